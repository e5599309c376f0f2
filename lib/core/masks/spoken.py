"""Secrets that their surroundings give away: URLs, queries, schemes, commands, key blocks, validation errors."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from lib.core.masks.values import is_opaque, is_placeholder

Span = tuple[int, int, str]

_BEGIN: Final = re.compile(r"-{4,5} ?BEGIN[ +][A-Z0-9 +]{0,40}PRIVATE[ +]KEY(?:[ +]BLOCK)?(?: ?-{4,5})?|Private-Lines: \d+")
_END: Final = re.compile(r"-{4,5} ?END[ +][A-Z0-9 +]{1,60}-{4,5}|Private-MAC: ?[0-9a-f]*")
_BODY: Final = re.compile(
    r"(?:(?:\s|\\+[nrt])*(?:[0-9A-Za-z+/=]{16,}|[A-Z][A-Za-z-]{2,20}: [^\n]{0,200}\n))*(?:(?:\s"
    r"|\\+[nrt])*[0-9A-Za-z+/=]{1,64}(?![a-z ]))?"
)

_SLASHES: Final = r":\\{0,16}/\\{0,16}/"
DIGIT: Final = re.compile(r"[0-9]")
_USER: Final = re.compile(
    _SLASHES
    + (
        r"(?P<user>[^\s/:@\"'<>?#]{0,128})(?::(?P<tight>[^\s/\"'<>?#]{1,256})@|:(?!\d{1,5}(?:[/?#]"
        r"|$))(?P<loose>[^\s\"'<>@]{1,128})@|@)(?=[\w\[(-])"
    )
)
_DSN: Final = re.compile(
    r":(?P<go>[^\s@/:\"']{1,128})@(?:tcp|unix)\(|thin:[^/\s@]{1,64}/(?P<oracle>[^@\s]{1,128})@"
    r"|(?:^|[\s\"'=(])[A-Za-z_][\w.-]{0,60}:(?P<bare>[^\s@/:\"'<>]{8,128})@(?=[\w.-]{1,120}[:/])"
)

# Names that are secret only as a parameter of a URL or a form.
_PARAMETER: Final = re.compile(
    r"(?:[?&;#]|%3[Ff]|%26|\\u0026|^)(?P<name>key|auth|sig|signature|code|hash"
    r"|hmac|sid|ticket|sas|x-(?:amz|goog)-(?:signature|credential|security-token)"
    r"|session"
    r"|session_?id|state|nonce|samlresponse|samlrequest|assertion|id_token_hint"
    r"|code_verifier|st|se_token|user_?key|app_?key|access|policy|pass|p"
    r"|invite|magic|verification|confirm|reset|otp|pin|jwt|sso|oauth_[a-z]{1,16})(?:="
    r"|%3[Dd])(?P<value>[^\s&\"'<>;,)\]}\\#]{6,2048})",
    re.IGNORECASE,
)
_SURE: Final = frozenset("sig signature hmac code auth key sas x-amz-signature x-goog-signature".split())

_BEARER: Final = re.compile(
    (
        r"\b(?P<bearer>bearer)(?:[ \t]+|%20|\+|: ?)(?P<token>[0-9A-Za-z._~+/=-]{12,4096})"
        r"|\bbasic(?: |%20)(?P<basic>[0-9A-Za-z+/=_-]{8,1024})"
    ),
    re.IGNORECASE,
)
# A link that lets its holder in; the last part of its path is the key.
_LINK: Final = re.compile(
    r"/(?:password[-_/]?reset|reset[-_/]?password|forgot[-_]password|resets?"
    r"|magic(?:[-_]link)?|verify(?:[-_]email)?|confirm(?:ation|[-_]email)?"
    r"|activat(?:e|ion)|unsubscribe|invit(?:e|es|ation|ations)|webhooks?"
    r"|incoming[-_]?webhooks?|login[-_]?link|set[-_]password|access[-_]?link)"
    r"(?:/[a-z0-9-]{1,16})?/(?P<link>[0-9A-Za-z_.~-]{20,1024})",
    re.IGNORECASE,
)

_CREDENTIAL: Final = re.compile(r"\b(?:Credential|Signature|oauth_token|oauth_signature)=\"?(?P<value>[^\s,\"'&]{16,512})")


def find_blocks(text: str) -> Iterator[Span]:
    """Yield private key blocks; one without an end goes as far as its lines look like a key's."""
    if "PRIVATE KEY" not in text and "PRIVATE+KEY" not in text and "Private-Lines" not in text:
        return
    at = 0
    end: re.Match[str] | None = None
    open_ended = False
    while begin := _BEGIN.search(text, at):
        if not open_ended:
            end = _END.search(text, begin.end())
            open_ended = end is None
        body = _BODY.match(text, begin.end())
        at = end.end() if end else body.end() if body else begin.end()
        if at > begin.end():
            yield begin.start(), at, "private_key"


def find_in_urls(text: str) -> Iterator[Span]:
    """Yield passwords and tokens before the @ of URLs and connection strings, and secret parameters of queries."""
    if "@" in text:
        for match in _USER.finditer(text):
            yield from _user_information(match)
        for match in _DSN.finditer(text):
            if not match["bare"] or is_opaque(match["bare"]):
                yield from hidden_groups(match, "url_password")
    if "/" in text:
        for match in _LINK.finditer(text):
            if is_opaque(match["link"]) and DIGIT.search(match["link"]) and not FILE.search(match["link"]):
                yield *match.span("link"), "secret"
    if "=" in text or "%3" in text:
        for match in _PARAMETER.finditer(text):
            if _is_parameter(match["name"].lower(), match["value"]) and not _is_plain_pair(text, match):
                yield *match.span("value"), "secret"


def _user_information(match: re.Match[str]) -> Iterator[Span]:
    """Yield the password; alone before the @, a long user is a token."""
    for name in ("tight", "loose"):
        if match[name] and not is_placeholder(match[name]):
            yield *match.span(name), "url_password"
    user = match["user"]
    if len(user) >= 16 and is_opaque(user) and DIGIT.search(user) and (match["tight"] is None or len(user) >= 30):
        yield *match.span("user"), "url_password"


FILE: Final = re.compile(
    r"^[\w.-]+(?:/[\w.=-]+)*\.[A-Za-z]{2,5}$|^[a-z]+(?:[-_.][a-z0-9]{1,12})+$|^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$"
)


_PATH: Final = re.compile(r"[\w.-]+(?:/[\w.=-]+)*\.[A-Za-z]{2,5}")


def _is_plain_pair(text: str, match: re.Match[str]) -> bool:
    """True for `hash=… state=done` and for `key=a/file.json`: no query begins so."""
    starts_text = match.start("name") == 0 and "&" not in text
    is_path = match["name"].lower() == "key" and _PATH.fullmatch(match["value"]) is not None
    return is_path or (starts_text and match["name"].lower() in ("hash", "state", "nonce", "code", "key", "access", "policy"))


def _is_parameter(name: str, value: str) -> bool:
    if is_placeholder(value):
        return False
    if name in _SURE or name.startswith(("oauth_", "x-")):
        return len(value) >= 16 or (is_opaque(value) and ":" not in value)
    return len(value) >= 16 and is_opaque(value)


def find_schemes(text: str) -> Iterator[Span]:
    """Yield what follows Bearer and Basic outside of an Authorization header, and the parts of a signed request."""
    low = text.lower()
    if "bearer" in low or "basic" in low:
        for match in _BEARER.finditer(text):
            if match["token"] and is_opaque(match["token"]) and "=" not in match["token"].rstrip("="):
                yield *match.span("token"), "authorization"
            if match["basic"] and is_basic(match["basic"]):
                yield *match.span("basic"), "authorization"
    if "redential=" in text or "ignature=" in text or "oauth_" in text:
        for match in _CREDENTIAL.finditer(text):
            if not is_placeholder(match["value"]):
                yield *match.span("value"), "authorization"


def is_basic(value: str) -> bool:
    """True when it decodes to user:password."""
    try:
        return b":" in base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return False


def hidden_groups(match: re.Match[str], rule: str) -> Iterator[Span]:
    """Yield the spans of the groups that matched something worth hiding."""
    for name, value in match.groupdict().items():
        if value and not is_placeholder(value):
            yield *match.span(name), rule


HINT_BLOCKS: Final = r"PRIVATE[ +]KEY|Private-Lines"
HINT_PARAMETERS: Final = (
    r"(?i-u:(?:[?&;#\"]|%3f|%26|u0026)(?:key|auth|sig|signature|code|hash|hmac"
    r"|sid|ticket|sas|x-[a-z-]{1,24}|session[a-z_]{0,3}|state|nonce|saml[a-z]{1,8}"
    r"|assertion|id_token_hint|code_verifier|st|se_token|user_?key|app_?key"
    r"|access|policy|pass|p|invite|magic|verification|confirm|reset|otp|pin"
    r"|jwt|sso"
    r"|oauth_[a-z]{1,16})(?:=|%3d)[!-~]{6})"
)
LOOSE_PARAMETERS: Final = (
    "(?:key|auth|sig|signature|code|hash|hmac|sid|ticket|sas|credential|security-token"
    "|session_?(?:id)?|state|nonce|saml(?:request|response)|assertion"
    "|id_token_hint|code_verifier|[?&;]st|se_token|access|policy|pass|[?&;]p"
    "|invite|magic|verification|confirm|reset|otp|pin|jwt|sso|oauth_[a-z]{1,16})="
)
"""Parameters for a first look."""

_LINK_WORDS: Final = "password|reset|forgot|magic|verify|confirm|activat|unsubscribe|invit|webhook|incoming|login|set|access"
HINT_LINKS: Final = rf"/(?:{_LINK_WORDS})[a-z_/-]{{0,40}}/[a-z0-9_.~-]{{20}}"
LOOSE_LINKS: Final = rf"/(?:{_LINK_WORDS})"
"""Ignore case."""

HINT_URLS: Final = (
    rf"(?i-u:{HINT_LINKS})|"
    + r":\\{0,16}/\\{0,16}/[^\x00-\x20\"@]{0,400}@|@(?:tcp|unix)\(|thin:|:[^\s@/:]{8,160}@[0-9A-Za-z.-]{1,120}[:/\\]|"
    + HINT_PARAMETERS
)
HINT_SCHEMES: Final = (
    r"(?i-u:bearer(?:(?:[ \t]|\\{1,16}t)|%20|\+|:)[!-~ ]{12}|basic(?:(?:[ \t]|\\{1,16}t)|%20)[0-9a-z+/=_-]{8})"
    r"|(?:redential|ignature|oauth_[a-z]{1,12})=[!-~]{16}"
)
"""Rust: find every raw JSON text in which the finders above find something."""
