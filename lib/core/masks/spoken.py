"""Secrets that their surroundings give away: URLs, queries, schemes, commands, key blocks, validation errors."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from lib.core.masks import keys
from lib.core.masks.values import is_opaque, is_placeholder

Span = tuple[int, int, str]

_BEGIN: Final = re.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?(?: ?-{4,5})?|Private-Lines: \d+")
_END: Final = re.compile(r"-{4,5} ?END [A-Z0-9 ]{1,60}-{4,5}|Private-MAC: ?[0-9a-f]*")
_BODY: Final = re.compile(
    r"(?:(?:\s|\\+[nrt])*(?:[0-9A-Za-z+/=]{16,}|[A-Z][A-Za-z-]{2,20}: [^\n]{0,200}\n))*(?:(?:\s"
    r"|\\+[nrt])*[0-9A-Za-z+/=]{1,64}(?![a-z ]))?"
)

_SLASHES: Final = r":\\{0,16}/\\{0,16}/"
_DIGIT: Final = re.compile(r"[0-9]")
_USER: Final = re.compile(
    _SLASHES
    + (
        r"(?P<user>[^\s/:@\"'<>?#]{0,128})(?::(?P<tight>[^\s/\"'<>?#]{1,256})@|:(?!\d{1,5}(?:[/?#]"
        r"|$))(?P<loose>[^\s\"'<>@]{1,128})@|@)(?=[\w\[(-])"
    )
)
_DSN: Final = re.compile(r":(?P<go>[^\s@/:\"']{1,128})@(?:tcp|unix)\(|thin:[^/\s@]{1,64}/(?P<oracle>[^@\s]{1,128})@")

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
_COMMAND: Final = re.compile(
    r"\bcurl\b[^\n|]{0,200}?\s(?:-u|--user|--proxy-user|-U)[ =]?[\"']?[^\s:\"']{0,80}:(?P<curl>[^\s\"']{1,128})"
    r"|(?:^|\s)(?:-u|--user)[ =][\"']?[\w.@-]{1,80}:(?P<user>[^\s\"':]{1,128})(?=[\s\"']|$)"
    r"|\bmysql\w{0,10}\b[^\n|]{0,200}?\s-p(?P<mysql>[^\s\"'-][^\s\"']{0,127})"
    r"|\b(?:sshpass|redis-cli|docker login|mongo(?:sh)?|ldapsearch)\b[^\n|]{0,200}?\s-[apw][ ]?[\"']?"
    r"(?P<other>[^\s\"'-][^\s\"']{0,127})"
)
_NETRC: Final = re.compile(
    (
        r"\blogin[ \t]+\S{1,128}[ \t]+password[ \t]+(?P<netrc>\S{1,128})|\bIDENTIFIED[ \t]+(?:BY"
        r"|WITH \w{1,40} (?:BY|AS))[ \t]+(?:PASSWORD[ \t]+)?'(?P<sql>[^'\n]{1,256})'"
    ),
    re.IGNORECASE,
)
_CHECKED: Final = re.compile(r"input_value=(?P<q>[\"']?)(?P<value>[^\n]{1,300}?)(?P=q)(?:, input_type|\])")
_LOOK_BACK: Final = 400
"""A validation error names its field on the line before; no message in between is longer. Characters."""

_CREDENTIAL: Final = re.compile(r"\b(?:Credential|Signature|oauth_token|oauth_signature)=\"?(?P<value>[^\s,\"&]{16,512})")


def find_blocks(text: str) -> Iterator[Span]:
    """Yield private key blocks; one without an end goes as far as its lines look like a key's."""
    if "PRIVATE KEY" not in text and "Private-Lines" not in text:
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
            yield from _group(match, "url_password")
    if "=" in text or "%3" in text:
        for match in _PARAMETER.finditer(text):
            if _is_parameter(match["name"].lower(), match["value"]):
                yield *match.span("value"), "secret"


def _user_information(match: re.Match[str]) -> Iterator[Span]:
    """Yield the password; alone before the @, a long user is a token."""
    for name in ("tight", "loose"):
        if match[name] and not is_placeholder(match[name]):
            yield *match.span(name), "url_password"
    user = match["user"]
    if len(user) >= 16 and is_opaque(user) and _DIGIT.search(user) and (match["tight"] is None or len(user) >= 30):
        yield *match.span("user"), "url_password"


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
            if match["basic"] and _is_basic(match["basic"]):
                yield *match.span("basic"), "authorization"
    if "redential=" in text or "ignature=" in text or "oauth_" in text:
        for match in _CREDENTIAL.finditer(text):
            if not is_placeholder(match["value"]):
                yield *match.span("value"), "authorization"


def _is_basic(value: str) -> bool:
    """True when it decodes to user:password."""
    try:
        return b":" in base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return False


def find_in_commands(text: str) -> Iterator[Span]:
    """Yield passwords on command lines, in SQL and netrc, and the input that a validation error repeats."""
    if " -" in text or text.startswith("-"):
        for match in _COMMAND.finditer(text):
            yield from _group(match, "password")
    if " " in text:
        for match in _NETRC.finditer(text):
            yield from _group(match, "password")
    if "input_value=" in text and "\n" in text:
        for match in _CHECKED.finditer(text):
            if _is_field_secret(text, match.start()) and not is_placeholder(match["value"].strip("'\"")):
                yield *match.span("value"), "password"


def _is_field_secret(text: str, at: int) -> bool:
    lines = text[max(0, at - _LOOK_BACK) : at].rsplit("\n", 2)
    return len(lines) > 1 and keys.judge(lines[-2].strip()) != ""


def _group(match: re.Match[str], rule: str) -> Iterator[Span]:
    for name, value in match.groupdict().items():
        if value and not is_placeholder(value):
            yield *match.span(name), rule


HINT_BLOCKS: Final = r"PRIVATE KEY|Private-Lines"
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

HINT_URLS: Final = r":\\{0,16}/\\{0,16}/[^\x00-\x20\"@]{0,400}@|@(?:tcp|unix)\(|thin:|" + HINT_PARAMETERS
HINT_SCHEMES: Final = (
    r"(?i-u:bearer(?:(?:[ \t]|\\{1,16}t)|%20|\+|:)[!-~ ]{12}|basic(?:(?:[ \t]|\\{1,16}t)|%20)[0-9a-z+/=_-]{8})"
    r"|(?:redential|ignature|oauth_[a-z]{1,12})=[!-~]{16}"
)
HINT_TOOLS: Final = (
    r"(?:curl|mysql|sshpass|redis-cli|docker login|mongo|ldapsearch)[^ \n]{0,12}[ ].{0,260}-[A-Za-z-]"
    r"|-u[ =]|--user[ =]"
)
HINT_COMMANDS: Final = (
    HINT_TOOLS
    + r"|input_value=|(?i-u:login(?:[ \t]|\\{1,16}t)[!-~]{1,128}(?:[ \t]|\\{1,16}t)+password|IDENTIFIED(?:[ \t]|\\{1,16}t))"
)
"""Rust: find every raw JSON text in which the finders above find something."""
