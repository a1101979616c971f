// An identity provider by oidc-provider, with the endpoints, scopes and token shapes of Conga's, to test the client with.
//
//     node oidc_provider.mjs
//
// It prints its issuer, and runs until its standard input ends. Any user name and password sign in.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

// The packages are below target/, where setup.sh installs them.
const packages = createRequire(fileURLToPath(new URL("../../target/interop/node/", import.meta.url)));
const { Provider } = await import(pathToFileURL(packages.resolve("oidc-provider")));

const prefix = "/api/v1/auth";
const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const base = `http://127.0.0.1:${server.address().port}`;

const deviceCode = "urn:ietf:params:oauth:grant-type:device_code";
const apiToApi = { client_secret: "s:ecret+", grant_types: ["client_credentials"], response_types: [], redirect_uris: [] };
const uiToApi = {
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token", deviceCode],
    redirect_uris: ["http://127.0.0.1/callback"],
};
const clients = [
    { ...apiToApi, client_id: "api-post", token_endpoint_auth_method: "client_secret_post" },
    { ...apiToApi, client_id: "api-basic", token_endpoint_auth_method: "client_secret_basic" },
    { ...uiToApi, client_id: "ui", token_endpoint_auth_method: "none" },
    { ...uiToApi, client_id: "ui-secret", client_secret: "s:ecret+", token_endpoint_auth_method: "client_secret_basic" },
];

const hour = () => 60 * 60;
const day = () => 24 * 60 * 60;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(base + prefix, {
    clients,
    scopes: ["openid", "offline_access", "api.cart", "api.data", "sign"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, name: "Ada", email: accountId }) }),
    features: {
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
        // Tokens of client credentials are JWTs for the platform; those of users are opaque, and open userinfo.
        resourceIndicators: {
            enabled: true,
            defaultResource: ({ oidc }) => (oidc.params.grant_type === "client_credentials" ? base : undefined),
            getResourceServerInfo: () => ({ scope: "api.cart api.data sign", audience: base, accessTokenFormat: "jwt" }),
        },
    },
    extraTokenClaims: () => ({ c_org_iurl: base }),
    formats: {
        customizers: {
            jwt(_, token, { payload }) {
                payload.scope = payload.scope?.split(" ");
            },
        },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    routes: {
        authorization: "/connect/authorize",
        code_verification: "/device",
        device_authorization: "/connect/deviceauthorization",
        end_session: "/connect/endsession",
        introspection: "/connect/introspect",
        jwks: "/.well-known/openid-configuration/jwks",
        revocation: "/connect/revocation",
        token: "/connect/token",
        userinfo: "/connect/userinfo",
    },
    ttl: {
        AccessToken: hour,
        ClientCredentials: hour,
        DeviceCode: hour,
        Grant: day,
        IdToken: hour,
        Interaction: hour,
        RefreshToken: day,
        Session: day,
    },
    cookies: { keys: ["of a test"] },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }] },
});

const answer = provider.callback();
server.on("request", (request, response) => {
    if (!request.url.startsWith(`${prefix}/`)) {
        response.writeHead(404).end();
        return;
    }
    request.originalUrl = request.url;
    request.url = request.url.slice(prefix.length);
    answer(request, response);
});

console.log(`issuer: ${provider.issuer}`);
process.stdin.resume().on("end", () => process.exit());
