"""A real OpenID provider on loopback: discovery, keys, a code, and a signed id_token with whatever claims a test wants."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.servers import Reply, Seen, Served, serve

CLIENT = "blindspot-tests"


@dataclass
class Provider:
    """Who would sign in next, and what was asked. claims: those of the id_token beside the protocol's own."""

    claims: dict[str, Any]
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    url: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, seen: Seen) -> Reply:
        """Answer as a provider does; whoever comes is signed in without being asked."""
        self.asked.append(seen.path)
        if seen.path == "/.well-known/openid-configuration":
            return Reply({
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        if seen.path == "/keys":
            return Reply({"keys": [self.key.as_dict(private=False)]})
        if seen.path == "/authorize":
            asked = {name: values[-1] for name, values in seen.params.items()}
            code = secrets.token_urlsafe(12)
            self.codes[code] = asked
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            return Reply(status=302, headers={"Location": back}, raw=b"")
        return self._give_token(seen) if seen.path == "/token" else Reply(status=404)

    def _give_token(self, seen: Seen) -> Reply:
        form = {name: values[-1] for name, values in parse_qs(seen.body.decode()).items()}
        basic = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if asked is None or seen.headers.get("Authorization") != f"Basic {basic}" or proof != asked["code_challenge"]:
            return Reply({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        own = {"iss": self.url, "aud": CLIENT, "sub": "7", "iat": now, "exp": now + 3600, "nonce": asked["nonce"]}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, own | self.claims, self.key)
        return Reply({"access_token": secrets.token_urlsafe(12), "token_type": "Bearer", "expires_in": 3600, "id_token": token})


@contextmanager
def provide(claims: dict[str, Any]) -> Iterator[tuple[Provider, Served]]:
    """Run a provider until the block ends."""
    provider = Provider(claims)
    with serve(provider.answer) as served:
        provider.url = served.url
        yield provider, served


def write_secrets(home: Path, provider: Provider) -> None:
    """Write what Streamlit's sign-in reads, into a person's home folder."""
    file = home / ".streamlit" / "secrets.toml"
    file.parent.mkdir(parents=True)
    told = {
        "redirect_uri": "http://localhost:{port}/oauth2callback",
        "cookie_secret": secrets.token_urlsafe(48),
        "client_id": CLIENT,
        "client_secret": provider.secret,
        "server_metadata_url": f"{provider.url}/.well-known/openid-configuration",
    }
    file.write_text("[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items()))


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
