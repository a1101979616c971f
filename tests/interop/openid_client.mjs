// Signs in to a Conga sandbox with openid-client, by every grant that the sandbox takes, and checks its tokens with jose.
//
//     node openid_client.mjs ISSUER
//
// At the end it waits for the sandbox to have a new signing key, which the line `done` on standard input says; without it,
// that step is left out.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

// The packages are below target/, where setup.sh installs them.
const packages = createRequire(fileURLToPath(new URL("../../target/interop/node/", import.meta.url)));
const load = (name) => import(pathToFileURL(packages.resolve(name)));
const oidc = await load("openid-client");
const jose = await load("jose");

const issuer = process.argv[2];
const base = issuer.replace(/\/api\/v1\/auth$/, "");
const redirect = "http://127.0.0.1:8765/callback";
const user = { user_name: "ada@sandbox.example", password: "sandbox-password" };

/** A browser that fills in forms, and follows redirects as long as they stay at the sandbox. */
class Browser {
    cookies = new Map();

    async visit(url, form) {
        const home = new URL(url).host;
        for (;;) {
            const headers = { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
            const body = form && new URLSearchParams(form);
            const answer = await fetch(url, { method: form ? "POST" : "GET", headers, body, redirect: "manual" });
            for (const cookie of answer.headers.getSetCookie()) {
                const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
                this.cookies.set(name, value);
            }
            const location = answer.headers.get("location");
            if (!location) {
                assert.equal(answer.status, 200, await answer.clone().text());
                return answer.text();
            }
            url = new URL(location, url);
            if (url.host !== home) return url;
            form = undefined;
        }
    }

    async fillIn(page, fields) {
        const action = page.match(/<form method="post" action="([^"]*)"/)[1];
        const inputs = page.matchAll(/<input[^>]* name="([^"]*)"[^>]*>/g);
        const held = [...inputs].map(([tag, name]) => [name, tag.match(/ value="([^"]*)"/)?.[1] ?? ""]);
        return this.visit(action, { ...Object.fromEntries(held), ...fields });
    }
}

const configure = (id, secret, method) =>
    oidc.discovery(new URL(issuer), id, secret, method, { execute: [oidc.allowInsecureRequests] });

const publicClient = await configure("sandbox-ui", undefined, oidc.None());
// A key that is not known yet is asked for at once.
const keys = jose.createRemoteJWKSet(new URL(publicClient.serverMetadata().jwks_uri), { cooldownDuration: 0 });
const accessClaims = async (token) =>
    (await jose.jwtVerify(token, keys, { issuer, audience: base, typ: "at+jwt", algorithms: ["RS256"] })).payload;

for (const method of [oidc.ClientSecretBasic, oidc.ClientSecretPost]) {
    const client = await configure("sandbox-integration", "sandbox-secret", method("sandbox-secret"));
    const tokens = await oidc.clientCredentialsGrant(client, { scope: "api.cart sign" });
    const claims = await accessClaims(tokens.access_token);
    assert.deepEqual(claims.scope, ["api.cart", "sign"]);
    assert.equal(claims.client_id, "sandbox-integration");
    assert.equal(claims.c_org_iurl, base);
    const wrong = await configure("sandbox-integration", "wrong", method("wrong"));
    await assert.rejects(oidc.clientCredentialsGrant(wrong), (error) => {
        const code = error.error ?? error.cause?.[0]?.scheme;
        return code === "invalid_client" || code === "basic";
    });
}
console.log("client credentials: ok");

const verifier = oidc.randomPKCECodeVerifier();
const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
const authorization = oidc.buildAuthorizationUrl(publicClient, {
    redirect_uri: redirect,
    scope: "openid profile email api.data offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
});
const browser = new Browser();
const consent = await browser.fillIn(await browser.visit(authorization), user);
const arrived = await browser.fillIn(consent, { decision: "allow" });
assert.equal(arrived.searchParams.get("iss"), issuer);
const checks = { pkceCodeVerifier: verifier, expectedState, expectedNonce, idTokenExpected: true };
const first = await oidc.authorizationCodeGrant(publicClient, arrived, checks);
const { sub } = first.claims();
assert.equal((await accessClaims(first.access_token)).sub, sub);
const info = await oidc.fetchUserInfo(publicClient, first.access_token, sub);
assert.equal(info.email, user.user_name);
await assert.rejects(oidc.authorizationCodeGrant(publicClient, arrived, checks), { error: "invalid_grant" });
console.log("authorization code with PKCE: ok");

const silent = new URL(authorization);
silent.searchParams.set("prompt", "consent");
const refused = await browser.fillIn(await browser.visit(silent), { decision: "deny" });
await assert.rejects(oidc.authorizationCodeGrant(publicClient, refused, checks), { error: "access_denied" });
console.log("refusal: ok");

silent.searchParams.set("prompt", "none");
const again = await oidc.authorizationCodeGrant(publicClient, await browser.visit(silent), checks);
const second = await oidc.refreshTokenGrant(publicClient, again.refresh_token);
assert.equal((await accessClaims(second.access_token)).sub, sub);
await assert.rejects(oidc.refreshTokenGrant(publicClient, again.refresh_token), { error: "invalid_grant" });
await assert.rejects(oidc.refreshTokenGrant(publicClient, second.refresh_token), { error: "invalid_grant" });
console.log("refresh token: ok");

const device = await oidc.initiateDeviceAuthorization(publicClient, { scope: "openid sign offline_access" });
const elsewhere = new Browser();
const verification = await elsewhere.visit(device.verification_uri_complete);
const question = await elsewhere.fillIn(await elsewhere.fillIn(verification, {}), user);
assert.ok(question.includes(device.user_code));
await elsewhere.fillIn(question, { decision: "allow" });
const third = await oidc.pollDeviceAuthorizationGrant(publicClient, device);
assert.equal((await accessClaims(third.access_token)).sub, sub);
console.log("device code: ok");

const confidential = await configure("sandbox-ui", "sandbox-secret", oidc.ClientSecretBasic("sandbox-secret"));
assert.equal((await oidc.tokenIntrospection(confidential, third.access_token)).active, true);
await oidc.tokenRevocation(publicClient, third.refresh_token);
assert.equal((await oidc.tokenIntrospection(confidential, third.access_token)).active, false);
console.log("introspection and revocation: ok");

// The old key signs no more, and both verify.
const verified = await oidc.authorizationCodeGrant(publicClient, await browser.visit(silent), checks);
console.log("waiting for a new signing key");
const [line] = await Promise.race([once(process.stdin, "data"), once(process.stdin, "end")]);
if (String(line) === "done\n") {
    const renewed = await oidc.refreshTokenGrant(publicClient, verified.refresh_token);
    const kid = ({ access_token }) => jose.decodeProtectedHeader(access_token).kid;
    assert.notEqual(kid(renewed), kid(verified));
    for (const tokens of [renewed, verified]) assert.equal((await accessClaims(tokens.access_token)).sub, sub);
    console.log("new signing key: ok");
}
process.stdin.destroy();
