"""Personal data by shape, each with the check that its numbers allow: Luhn, IBAN's mod 97, whether an address is public."""

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

Span = tuple[int, int, str]

_AT: Final = re.compile(r"@|%40|\\u0040|&#64;")
_LOCAL_SIGNS: Final = frozenset("._%+-'")
_DOMAIN: Final = re.compile(r"(?:[^\W_](?:[\w-]{0,62}[^\W_])?\.){1,8}(?:[^\W\d_]{2,24}|xn--[0-9a-z-]{2,40})(?![\w-])")
# The last part of a file, a unit or a machine that looks like a domain's.
_NO_DOMAIN: Final = frozenset(
    "png jpg jpeg gif svg webp css js ts map json py so service timer socket"
    " slice mount target scope internal localdomain localhost cluster svc go"
    " rb "
    "java class jar gz zip html htm txt log md yaml yml toml git lan".split()
)
MACHINES: Final = (".gserviceaccount.com", "developer.gserviceaccount.com")
_MACHINE_USERS: Final = frozenset({"git", "noreply", "no-reply", "donotreply"})

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# What stands before a number: nothing of a word, or the end of an escape (\\n, %3D).
_EDGE: Final = r"(?:(?<![0-9A-Za-z_.~-])|(?<=\\[nrtbf])|(?<=%[0-9A-F]{2}))"
_IPV4: Final = re.compile(rf"{_EDGE}(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9A-Za-z_]|\.[0-9]|[-+~][A-Za-z0-9])")
_IPV6: Final = re.compile(r"(?<![0-9A-Za-z:.])(?:[23][0-9A-Fa-f]{3}|64:[fF]{2}9[bB])(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:])")
_PRODUCT: Final = re.compile(r"(?:^|[\s\"'(;,:=\[])[A-Za-z][\w. -]{0,40}/$")
_VERSION_WORD: Final = re.compile(
    (
        r"(?:version|versions|ver|release|build|driver|firmware|agent|to|from|v|section|chapter|clause|oid|figure|paragraph"
        r"|.*(?:==|>=|<=|~=|~~))"
    ),
    re.DOTALL,
)
_FOUR: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[ip_address\]")
_UPGRADE: Final = re.compile(r"upgrad|updat|bump|migrat")
_SOCKET: Final = re.compile(r":[0-9]{1,5}(?![0-9])")

_CARD: Final = re.compile(
    _EDGE
    + (
        r"[2-6][0-9]{3}[ -]?(?:[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}|[0-9]{6}[ -]?[0-9]{4,5})(?![0-9A-Za-z_]"
        r"|[.-][0-9])"
    )
)
_ISSUERS: Final = re.compile(
    r"4[0-9]{15}|(?:6759|676[1-3]|6304|50(?:18|20|38)|5893)[0-9]{12}"
    r"|5[1-5][0-9]{14}|2(?:2[2-9]|[3-6][0-9]|7[01])[0-9]{13}|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[689][0-9])[0-9]{11,13}|6(?:011|5[0-9]{2}|4[4-9][0-9]|2[0-9]{2})[0-9]{12}"
    r"|35[0-9]{14}"
)
_DIGITS: Final = re.compile(r"[0-9][0-9A-Z. ()-]{6}")
_SSN: Final = re.compile(_EDGE + r"(?!000|666|9)[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9A-Za-z_]|[.-][0-9])")
_IBAN: Final = re.compile(_EDGE + r"[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]{4}){2,7}(?:[ -]?[0-9A-Z]{1,3})?(?![0-9a-z])")
_IBAN_LENGTH: Final = {
    code[:2]: int(code[2:]) for code in
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28"
    " CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18"
    " GR27 "
    "GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21"
    " LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24"
    " PL28 "
    "PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20".split()
}  # fmt: skip
_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z_.+-])(?<![0-9]:)(?:\+|%2B)[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,4}\)?){2,5}(?![0-9A-Za-z_]"
    r"|[.-][0-9])"
)


def find_emails(text: str) -> Iterator[Span]:
    """Yield the addresses of people: not of service accounts, nor user@host of a URL or a machine without a public name."""
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end())
        if domain is None or domain.group().rsplit(".", 1)[1].lower() in _NO_DOMAIN or domain.group().lower().endswith(MACHINES):
            continue
        start = _local_start(text, at.start())
        local = text[start : at.start()]
        if local and local.lower() not in _MACHINE_USERS and not text.endswith("//", 0, start):
            yield start, domain.end(), "email"


def _local_start(text: str, end: int) -> int:
    """Return where the local part that ends at `end` begins; escapes before it (\\n, %20, =3D) are none of it."""
    start = end
    while start > 0 and end - start < 64 and (text[start - 1].isalnum() or text[start - 1] in _LOCAL_SIGNS):
        start -= 1
    if start and text[start - 1] == "\\" and text[start] in "nrtbf" and end - start > 1:
        start += 1
    while start < end and text[start] in "'.%-+":
        start += 3 if text[start] == "%" else 1
    cut = max(text.rfind(sign, start, end) for sign in ("%3D", "%3d", "%20", "%26", "%2C", "%3A", "%22"))
    return min(end, cut + 3 if cut >= 0 else start)


@lru_cache(maxsize=8192)
def is_public(address: str) -> bool:
    """True for a global unicast address; of the IETF's own 192.0.0.0/24 Python calls some addresses global, by its version."""
    if address.startswith("192.0.0."):
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast


def find_addresses(text: str) -> Iterator[Span]:
    """Yield public IPv4 and IPv6 addresses; four numbers behind a product's name or the word version are none."""
    if text.count(".") >= 3:
        for match in _IPV4.finditer(text):
            if is_public(match.group()) and not _is_version(text, match):
                yield *match.span(), "ip_address"
    if text.count(":") >= 2:
        for match in _IPV6.finditer(text):
            if is_public(match.group()):
                yield *match.span(), "ip_address"


def _is_version(text: str, match: re.Match[str]) -> bool:
    """A port behind it settles that it is an address, host.name/8.8.4.4:53 as Java writes it."""
    if _SOCKET.match(text, match.end()):
        return False
    before = text[max(0, match.start() - 44) : match.start()]
    if before.endswith("/"):
        return _PRODUCT.search(before) is not None
    if before.endswith(("==", ">=", "<=", "~=")):
        return True
    words = before.rstrip(" \t:='\"(").lower().rsplit(None, 3)[-3:]
    if words[-1:] == ["to"] and len(words) == 3 and _FOUR.fullmatch(words[1]):
        return words[0] == "from" and _UPGRADE.search(before.lower()) is not None
    words = words[-2:]
    if not words or _VERSION_WORD.fullmatch(words[-1]) is None:
        return False
    return words[-1] not in ("to", "from") or words[0] in ("upgrade", "upgraded", "upgrading", "update", "updated")


def find_numbers(text: str) -> Iterator[Span]:
    """Yield card, bank account, social security and telephone numbers whose check holds."""
    if not _DIGITS.search(text):
        return
    for match in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", match.group())
        if _ISSUERS.fullmatch(digits) and _passes_luhn(digits):
            yield *match.span(), "card"
    for match in _SSN.finditer(text):
        yield *match.span(), "ssn"
    for match in _IBAN.finditer(text):
        if end := _iban_end(text, match):
            yield match.start(), end, "iban"
    if "+" in text or "%2B" in text:
        for match in _PHONE.finditer(text):
            if 10 <= sum(map(str.isdigit, match.group().replace("%2B", ""))) <= 15:
                yield *match.span(), "phone"


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) if i % 2 else int(digit) for i, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _iban_end(text: str, match: re.Match[str]) -> int:
    """Return where the account number ends that a match begins with, 0 when it is none: the country tells how long it is."""
    length = _IBAN_LENGTH.get(match.group()[:2].upper(), 0)
    end, taken = match.start(), ""
    while len(taken) < length and end < match.end():
        taken += text[end] if text[end].isalnum() else ""
        end += 1
    if not length or len(taken) < length or text[end : end + 1].isalnum():
        return 0
    return end if int("".join(str(int(c, 36)) for c in (taken[4:] + taken[:4]))) % 97 == 1 else 0


_EDGE_RAW: Final = r"(?:^|[^0-9A-Za-z_.~-]|\\[nrtbf]|u00[01][0-9A-Fa-f]|%[0-9A-F]{2})"
_WHOLE: Final = (
    "(?:[1-9]|1[1-9]|[2-9][0-9]|10[1-9]|11[0-9]|12[0-689]|1[3-5][0-9]|16[0-8]"
    "|17[013-9]|18[0-9]|19[013-79]|20[0-24-9]|21[0-9]|22[0-3])"
)
_REST: Final = rf"(?:\.{_OCTET}){{3}}"
PUBLIC_IPV4: Final = (
    rf"(?:{_WHOLE}{_REST}|100\.(?:[0-9]|[1-5][0-9]|6[0-3]|12[89]|1[3-9][0-9]|2[0-9]{{2}})(?:\.{_OCTET}){{2}}"
    rf"|169\.(?:[0-9]{{1,2}}|1[0-9]{{2}}|2[0-4][0-9]|25[0-35])(?:\.{_OCTET}){{2}}"
    rf"|172\.(?:[0-9]|1[0-5]|3[2-9]|[4-9][0-9]|[12][0-9]{{2}})(?:\.{_OCTET}){{2}}"
    rf"|192\.(?:[1-9]|[1-9][0-9]|1[0-57-9][0-9]|16[0-79]|2[0-9]{{2}})(?:\.{_OCTET}){{2}}"
    rf"|192\.0\.(?:[1-9][0-9]{{1,2}}|[13-9])\.{_OCTET}"
    rf"|198\.(?:[0-9]|1[0-7]|[2-4][0-9]|50|5[2-9]|[6-9][0-9]|[12][0-9]{{2}})(?:\.{_OCTET}){{2}}"
    rf"|198\.51\.(?:[0-9]{{1,2}}|10[1-9]|1[1-9][0-9]|2[0-9]{{2}})\.{_OCTET}"
    rf"|203\.(?:[1-9]|[1-9][0-9]|[12][0-9]{{2}})(?:\.{_OCTET}){{2}}|203\.0\.(?:[0-9]{{1,2}}"
    rf"|10[0-9]|11[0-24-9]|1[2-9][0-9]|2[0-9]{{2}})\.{_OCTET})"
)
"""Every public IPv4 address, and a few more: Rust has no look-around to take one out of a range."""

PUBLIC_IPV6: Final = r"(?:[23][0-9A-Fa-f]{3}|64:[fF]{2}9[bB])(?::[0-9A-Fa-f]{0,4}){2,7}"

_GROUP: Final = "[0-9A-Fa-f]{1,4}"
SURE_IPV6: Final = rf"2(?:[4-9A-Fa-f][0-9A-Fa-f]{{2}}):(?:(?:{_GROUP}:){{6}}{_GROUP}|(?:{_GROUP}:){{0,4}}(?::{_GROUP}){{1,2}})"
"""IPv6 addresses that are public whatever their middle holds."""

HINT_EMAILS: Final = r"(?:@|%40|u0040|&#64;)[^\s@\"\\]{1,250}\."
HINT_ADDRESSES: Final = (
    (
        rf"(?:(?:^|[^0-9A-Za-z_.~/-]|\\[nrtbf]|u00[01][0-9A-Fa-f]|%[0-9A-F]{{2}}|(?:^|[^0-9A-Za-z_.-]"
        rf"|/[\w.-]{{1,40}})/){PUBLIC_IPV4}|/{PUBLIC_IPV4}:[0-9])(?:[^0-9A-Za-z_]"
        rf"|$)"
        rf"|(?:^|[^0-9A-Za-z:.]|\\[nrtbf]|u00[01][0-9A-Fa-f]){PUBLIC_IPV6}"
    )
    .replace(r"\w", "[0-9A-Za-z_]")
    .replace("[[0-9A-Za-z_].-]", "[0-9A-Za-z_.-]")
)
HINT_NUMBERS: Final = (
    rf"{_EDGE_RAW}(?:[2-6][0-9]{{3}}[ -]?(?:[0-9]{{4}}[ -]?[0-9]{{4}}[ -]?[0-9]{{4}}"
    rf"|[0-9]{{6}}[ -]?[0-9]{{4,5}})|[0-9]{{3}}[- ][0-9]{{2}}[- ][0-9]{{4}})(?:[^0-9A-Za-z_]"
    rf"|$)"
    rf"|{_EDGE_RAW}[A-Z]{{2}}[0-9]{{2}}(?:[ -]?[0-9A-Z]{{4}}){{2}}|(?:[^0-9A-Za-z_.+-])(?:\+"
    rf"|%2B)[1-9][0-9]{{0,2}}[0-9 .()-]{{7}}"
)
"""Rust: find every raw JSON text in which the finders above find something."""

_BEFORE: Final = r"(?:[ -,/:-@\[-^`{-}nrtbf]|u00[01][0-9A-Fa-f])"
LOOSE_NUMBERS: Final = (
    rf"{_BEFORE}(?:[0-9]{{3}}[- ][0-9]{{2}}[- ][0-9]{{4}}|[2-6][0-9]{{3}}[ -]?[0-9]{{4}}[ -]?[0-9]{{4}}"
    rf"|[2-6][0-9]{{3}}[ -]?[0-9]{{6}}[ -]?[0-9]{{4}}"
    rf"|[A-Z]{{2}}[0-9]{{2}}[ -]?[0-9A-Z]{{4}}|\+[1-9][0-9 .()-]{{8}}|[23][0-9A-Fa-f]{{3}}:[0-9A-Fa-f:]|64:[fF]{{2}}9)"
)
"""Numbers and IPv6 addresses for a first look: shorter, and finds more."""
