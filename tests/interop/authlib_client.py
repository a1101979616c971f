"""Signs in to a Conga sandbox with Authlib, by every grant that the sandbox takes, and checks its tokens.

    python authlib_client.py ISSUER

At the end it waits for the sandbox to have a new signing key, which the line `done` on standard input says; without it,
that step is left out.
"""

import sys
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

REDIRECT = "http://127.0.0.1:8765/callback"
USER = {"user_name": "ada@sandbox.example", "password": "sandbox-password"}
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class Form(HTMLParser):
    """The form of a page: where it is sent, and what it holds."""

    def __init__(self, html):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.action = attrs["action"]
        elif tag == "input" and attrs.get("name"):
            self.fields[attrs["name"]] = attrs.get("value") or ""


class Browser(requests.Session):
    """Follows redirects as long as they stay at the sandbox."""

    def visit(self, url, form=None):
        home = urlsplit(url).netloc
        answer = self.request("POST" if form else "GET", url, data=form, allow_redirects=False)
        while answer.is_redirect:
            url = urljoin(url, answer.headers["location"])
            if urlsplit(url).netloc != home:
                return url
            answer = self.get(url, allow_redirects=False)
        answer.raise_for_status()
        return answer.text

    def fill_in(self, page, **fields):
        form = Form(page)
        return self.visit(form.action, {**form.fields, **fields})


def main(issuer):
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration").json()
    assert metadata["issuer"] == issuer
    token_endpoint = metadata["token_endpoint"]

    def claims_of(token, audience):
        keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"]).json())
        decoded = jwt.decode(token, keys, algorithms=["RS256"])
        expected = {"essential": True, "value": issuer}, {"essential": True, "value": audience}
        jwt.JWTClaimsRegistry(iss=expected[0], aud=expected[1]).validate(decoded.claims)
        return decoded

    base = issuer.removesuffix("/api/v1/auth")

    for method in ["client_secret_basic", "client_secret_post"]:
        session = OAuth2Session("sandbox-api", "sandbox-secret", token_endpoint_auth_method=method)
        token = session.fetch_token(token_endpoint, grant_type="client_credentials", scope="api.cart sign")
        decoded = claims_of(token["access_token"], base)
        assert decoded.header["typ"] == "at+jwt"
        assert decoded.claims["scope"] == ["api.cart", "sign"]
        assert decoded.claims["client_id"] == "sandbox-api"
    try:
        OAuth2Session("sandbox-api", "wrong").fetch_token(token_endpoint, grant_type="client_credentials")
        raise AssertionError("a wrong secret was taken")
    except OAuthError as error:
        assert error.error == "invalid_client", error
    print("client credentials: ok")

    session = OAuth2Session(
        "sandbox-ui",
        scope="openid profile email api.data offline_access",
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    )
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    browser = Browser()
    page = browser.fill_in(browser.visit(url), **USER)
    arrived = browser.fill_in(page, decision="allow")
    assert arrived.startswith(REDIRECT), arrived
    assert parse_qs(urlsplit(arrived).query)["iss"] == [issuer]
    first = session.fetch_token(
        token_endpoint, authorization_response=arrived, state=state, code_verifier=verifier
    )
    user = claims_of(first["access_token"], base).claims["sub"]
    decoded = claims_of(first["id_token"], "sandbox-ui")
    id_token = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": issuer}, "aud": {"value": "sandbox-ui"}},
        {"nonce": nonce, "client_id": "sandbox-ui", "access_token": first["access_token"]},
    )
    id_token.validate()
    info = session.get(metadata["userinfo_endpoint"]).json()
    assert info["sub"] == id_token["sub"] == user
    assert info["email"] == USER["user_name"]
    print("authorization code with PKCE: ok")

    # Authlib leaves the reading of a refusal to the application.
    refused = browser.fill_in(browser.visit(f"{url}&prompt=consent"), decision="deny")
    refused = parse_qs(urlsplit(refused).query)
    assert refused["error"] == ["access_denied"] and refused["state"] == [state], refused
    print("refusal: ok")

    second = dict(session.refresh_token(token_endpoint, first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    assert claims_of(second["access_token"], base).claims["sub"] == user
    print("refresh token: ok")

    session = OAuth2Session("sandbox-ui", token_endpoint_auth_method="none")
    started = requests.post(
        metadata["device_authorization_endpoint"],
        data={"client_id": "sandbox-ui", "scope": "openid sign offline_access"},
    ).json()
    poll = lambda: session.fetch_token(
        token_endpoint, grant_type=DEVICE_CODE, device_code=started["device_code"]
    )
    browser = Browser()
    page = browser.fill_in(browser.visit(started["verification_uri_complete"]))
    page = browser.fill_in(page, **USER)
    assert started["user_code"] in page
    browser.fill_in(page, decision="allow")
    third = dict(poll())
    assert claims_of(third["access_token"], base).claims["sub"] == user
    try:
        poll()
        raise AssertionError("a device code was taken twice")
    except OAuthError as error:
        assert error.error == "invalid_grant", error
    print("device code: ok")

    session.client_secret, session.token_endpoint_auth_method = "sandbox-secret", "client_secret_basic"
    introspect = lambda token: session.introspect_token(metadata["introspection_endpoint"], token).json()
    assert introspect(third["access_token"])["active"]
    session.revoke_token(metadata["revocation_endpoint"], third["refresh_token"]).raise_for_status()
    assert not introspect(third["access_token"])["active"]
    print("introspection and revocation: ok")

    # The old key signs no more, and both verify.
    client = OAuth2Session("sandbox-api", "sandbox-secret")
    before = dict(client.fetch_token(token_endpoint, grant_type="client_credentials"))
    print("waiting for a new signing key", flush=True)
    if sys.stdin.readline() == "done\n":
        after = client.fetch_token(token_endpoint, grant_type="client_credentials")
        old, new = (claims_of(token["access_token"], base) for token in [before, after])
        assert old.header["kid"] != new.header["kid"]
        print("new signing key: ok")


if __name__ == "__main__":
    main(sys.argv[1])
