"""Secrets in running text, told by their name: key=value, JSON at any depth of escapes, headers, flags, SQL, XML, prose."""

import re
from collections.abc import Iterator
from typing import Final

from lib.core.masks import keys
from lib.core.masks.rules import NAMES
from lib.core.masks.values import KNOWN_SCHEME, SCHEME, find_value, is_opaque, is_placeholder, is_secret

_ESC: Final = r"\\{0,64}"
_CLOSE: Final = rf"(?:{_ESC}[\"'`])?[\])]?"
_ASSIGN: Final = r"(?::=|=>|->|={1,3}|:|%3[DdAa])"
_VALUE_WORD: Final = rf"[,;]?[ \t]*(?:b?{_ESC}[\"'])?(?:string_?)?(?:value|val|content)(?:{_ESC}[\"'])?"

SEPARATOR: Final = rf"{_CLOSE}[ \t]{{0,8}}(?:{_ASSIGN}|{_VALUE_WORD}[ \t]{{0,4}}{_ASSIGN}|>)"
"""Between a name and its value, in every engine's syntax."""

PROSE: Final = (
    r"[ \t]+(?:(?:has been |was |been )?(?:issued|created|generated|received"
    r"|set|changed|reset)(?: to| as)?|is now|is|was|are|to)[ \t]*[:=]?[ \t]+"
    r"|[ \t]+for[ \t]+[!-~]{1,60}[ \t]*(?:[:=]|is)[ \t]*"
)
"""Between the words of a sentence and the value that it gives away."""

QUOTED: Final = rf"[ \t]{{1,4}}[bB]?{_ESC}[\"'`]"
PAIRED: Final = rf"{_ESC}[\"'`][ \t]{{0,4}},[ \t]{{0,4}}[bB]?{_ESC}[\"'`]"
BLANK: Final = r"[ \t]{1,4}"


def _hint(key: str) -> str:
    """Behind a key; in raw JSON a tab or a line end is two signs or more, and a value holds any letters."""
    sign = r"(?u:[^\s])"
    behind = (
        rf"{SEPARATOR}|{PROSE}|{QUOTED}|{PAIRED}|{_ESC}[\"'`][ \t]{{0,4}}[,}}\])]|{BLANK}(?:{sign}{{0,64}}[0-9]|{sign}{{20}})"
    )
    pattern = rf"(?i-u:{key}(?:{behind}))|(?i-u:-{{1,2}}[a-z0-9-]{{0,24}}{key}{BLANK}(?u:[^\s-]))"
    return pattern.replace(r"[ \t]", r"(?:[ \t]|\\{1,16}t)").replace("[!-~]", sign)


HINT: Final = _hint(keys.KEY)
"""Rust: finds every raw JSON text in which `find_named`, or a payload's key or name beside a value, announces something."""

_SEPARATOR: Final = re.compile(
    (
        rf"(?P<close>{_CLOSE})[ \t]{{0,8}}(?:{_ASSIGN}|{_VALUE_WORD}[ \t]{{0,4}}{_ASSIGN}"
        rf"|>)[ \t]*"
    ),
    re.IGNORECASE,
)
_PROSE: Final = re.compile(PROSE, re.IGNORECASE)
_QUOTED: Final = re.compile(r"[ \t]{1,4}(?=[bB]?\\{0,64}[\"'`])")
_PAIRED: Final = re.compile(rf"{_ESC}[\"'`][ \t]{{0,4}},[ \t]{{0,4}}(?=[bB]?{_ESC}[\"'`])")
_BLANK: Final = re.compile(r"[ \t]{1,4}(?=[^ \t\n-])")
_FLAG: Final = re.compile(r"(?:^|[\s\"'\[(,=])--?[0-9A-Za-z-]{0,24}$")
_BRACKET: Final = re.compile(rf"[\[(][ \t]*b?{_ESC}[\"'`][\w.-]{{0,24}}$")
_PAIRS: Final = re.compile(r"[^\s;=,\"'\\]{1,80}=[^\s;\"'\\]*(?:;[ \t]*[^\s;=,\"'\\]{1,80}=[^\s;\"'\\]*)*")
_ATTRIBUTE: Final = re.compile(
    (
        r";[ \t]*(?:path|domain|expires|max-age|samesite|secure|httponly|priority"
        r"|partitioned|version|comment)\b"
    ),
    re.IGNORECASE,
)
_NEWLINE: Final = re.compile(r"\s*")
_PARAMETERS: Final = re.compile(
    (
        r"(?:digest|oauth|hawk|aws4-hmac-sha256|signature|sharedaccesssignature"
        r"|mac|escher)\b"
    ),
    re.IGNORECASE,
)

_GAP: Final = re.compile(r"[ \t\n=:>\"'`]|%3")  # a name alone announces nothing
_NEXT_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*[=:](?!=?$)")

Span = tuple[int, int, str]


def find_named(text: str) -> Iterator[Span]:
    """Yield (start, end, rule name) of values behind secrets' names, in order."""
    if not _GAP.search(text):
        return
    low = keys.lower(text)
    if not any(stem in low for stem in keys.STEMS):
        return
    at = 0
    while match := keys.NAMED.search(low, at):
        at = match.end()
        if (rule := keys.rule_of(match, text)) and not _is_mark(text, match):
            for span in _find_behind(text, match, rule):
                yield span
                at = max(at, span[1])


def _is_mark(text: str, name: re.Match[str]) -> bool:
    """True for what stands for a hidden value; `user[password]=` is a parameter."""
    start, end = name.span()
    is_bracketed = text[start - 1 : start] == "[" and text[end : end + 1] == "]" and text[start:end] in NAMES
    return is_bracketed and not (text[start - 2 : start - 1].isalnum() and text[end + 1 : end + 2] in ("=", "%"))


def _find_behind(text: str, name: re.Match[str], rule: str) -> Iterator[Span]:
    """Yield the spans of what this name announces."""
    separator = _SEPARATOR.match(text, name.end())
    if separator:
        yield from _assigned(text, separator, rule)
    elif rule in ("authorization", "cookie") or _BRACKET.search(text, max(0, name.start() - 100), name.start()):
        pair = _PAIRED.match(text, name.end())
        if pair:
            yield from _spans(text, pair.end(), rule)
    else:
        yield from _loose(text, name, rule)


def _assigned(text: str, separator: re.Match[str], rule: str) -> Iterator[Span]:
    at = separator.end()
    if separator["close"][-1:] in ("'", '"') and separator["close"]:
        blank = _NEWLINE.match(text, at)
        at = blank.end() if blank else at
    in_prose = separator.group().endswith((" ", "\t")) and not separator["close"] and "=" not in separator.group()
    for start, end, name in _spans(text, at, rule):
        if not (in_prose and _reads_on(text, start, end)):
            yield start, end, name


def _reads_on(text: str, start: int, end: int) -> bool:
    """True for `token: unexpected end of input`: a plain word, and the sentence goes on."""
    is_word = text[start:end].isalpha() and text[start + 1 : end].islower()
    return is_word and text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha()


def _spans(text: str, at: int, rule: str) -> Iterator[Span]:
    """Yield the value at `at`, in the way of its rule."""
    if rule == "cookie":
        yield from _cookies(text, at)
        return
    for start, end, quoted in find_value(text, at):
        if rule == "authorization":
            yield from _credentials(text, start, end, quoted)
        elif is_secret(rule, text[start:end], quoted):
            scheme = KNOWN_SCHEME.match(text, start, end) if rule == "secret" else None
            yield (scheme.end() if scheme and scheme.end() < end else start), end, rule


def _credentials(text: str, start: int, end: int, quoted: bool) -> Iterator[Span]:
    """An Authorization header: the scheme stays, what follows it goes."""
    scheme = SCHEME.match(text, start)
    if scheme is None or (quoted and scheme.end() >= end):
        if is_secret("authorization", text[start:end], quoted):
            yield start, end, "authorization"
        return
    if quoted:
        stop = end
    elif _PARAMETERS.match(text, start):
        stop = min((p for p in (text.find(sign, start) for sign in "\n'`") if p >= 0), default=len(text))
    else:
        stop = next((e for _, e, _ in find_value(text, scheme.end())), scheme.end())
    value = text[scheme.end() : stop]
    known = not is_placeholder(value) and value.lower() not in ("realm", "auth", "token", "scheme", "header", "authentication")
    if known and not value.lower().startswith("realm="):
        yield scheme.end(), stop, "authorization"


def _cookies(text: str, at: int) -> Iterator[Span]:
    """A Cookie header's pairs as one; a Set-Cookie's attributes stay."""
    for start, end, quoted in find_value(text, at):
        pairs = None if quoted else _PAIRS.match(text, start)
        stop = pairs.end() if pairs else end
        attributes = _ATTRIBUTE.search(text, start, stop)
        stop = attributes.start() if attributes else stop
        if not is_placeholder(text[start:stop]) and is_secret("cookie", text[start:stop], quoted):
            yield start, stop, "cookie"


def _loose(text: str, name: re.Match[str], rule: str) -> Iterator[Span]:
    """Flags, SQL and sentences: here the value itself has to look like one."""
    flag = _BLANK.match(text, name.end()) if _FLAG.search(text, max(0, name.start() - 40), name.start()) else None
    if flag:
        yield from _spans(text, flag.end(), rule)
        return
    prose = _PROSE.match(text, name.end())
    gap = prose or _QUOTED.match(text, name.end()) or _BLANK.match(text, name.end())
    for start, end, quoted in find_value(text, gap.end()) if gap else ():
        value = text[start:end]
        if is_secret(rule, value, quoted) and not _NEXT_NAME.match(value) and _is_likely(rule, value, quoted, prose is not None):
            yield start, end, rule


def _is_likely(rule: str, value: str, quoted: bool, in_prose: bool) -> bool:
    if rule == "pin":
        return in_prose and value.isdigit() and 3 <= len(value) <= 8
    if rule == "password" and quoted:
        return " " not in value
    if in_prose or quoted:
        return is_opaque(value)
    return rule in ("password", "secret") and len(value) >= 12 and is_opaque(value) and value.count("-") < 3
