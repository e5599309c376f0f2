"""Secrets in running text, told by their name: key=value, JSON at any depth of escapes, headers, flags, SQL, XML, prose."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from lib.core.masks import keys
from lib.core.masks.notations import ASSIGN, CLOSE, ESC, LINK, PROSE, VALUE_WORD
from lib.core.masks.rules import NAMES
from lib.core.masks.values import KNOWN_SCHEME, SCHEME, find_value, is_opaque, is_placeholder, is_secret

_SEPARATOR: Final = re.compile(
    (
        rf"(?P<close>{CLOSE})[ \t]{{0,8}}(?:{ASSIGN}|{VALUE_WORD}[ \t]{{0,4}}{ASSIGN}"
        rf"|>)[ \t]*"
    ),
    re.IGNORECASE,
)
_PROSE_FIRST: Final = tuple("fthwbcirsuag|\\")  # the first letters of its words
_PROSE: Final = re.compile(PROSE, re.IGNORECASE)
_QUOTED: Final = re.compile(r"[ \t]{1,4}(?=[bB]?\\{0,64}[\"'`])")
_PAIRED: Final = re.compile(rf"{ESC}[\"'`][ \t]{{0,4}},[ \t]{{0,4}}(?=[bB]?{ESC}[\"'`])")
_CALL: Final = re.compile(rf"\((?={ESC}[\"'])")  # SQL's function
_BLANK: Final = re.compile(r"[ \t]{1,4}(?=[^ \t\n-])")
_LINK_SIGNS: Final = frozenset("\"'\\<{(\n\r")  # one of these is in every link
_LINK: Final = re.compile(LINK, re.IGNORECASE)
_FLAG: Final = re.compile(
    r"(?:^|[\s\"'\[(,=])--?[0-9A-Za-z-]{0,24}$|\b(?:set|setx|export)(?:[ \t]+-[a-zA-Z]{1,3})?[ \t]+[\w./:-]{0,40}$", re.IGNORECASE
)
_QUOTED_FLAG: Final = re.compile(r"[\"'`]--?[0-9A-Za-z-]{0,24}$")
_RESOURCE: Final = re.compile(r"\barn:[\w:/*-]{1,100}:$")
_THEN: Final = re.compile(rf"(?:{ESC}[\"'`])?[ \t]{{1,4}}(?:to|->|=>)[ \t]{{1,4}}(?={ESC}[\"'`])")
_PARAMETER_NAME: Final = re.compile(r"[?&][\w.-]*$")
_PHONE: Final = re.compile(r"[+(0-9][0-9 ()./-]{5,22}[0-9]")
_BRACKET: Final = re.compile(rf"[\[(][ \t]*b?{ESC}[\"'`][\w.-]{{0,24}}$")
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
_DIGIT: Final = re.compile(r"[0-9]")
_KEBAB: Final = re.compile(r"[a-z]+(?:[-_.][a-z]+)*")
_NEXT_NAMED: Final = re.compile(r"[A-Za-z_][\w.-]{0,40}=")
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
    next_name = _search_long(low) if len(low) > _LONG else _search_short(low)
    while match := next_name(at):
        at = match.end()
        if (rule := keys.rule_of(match, text)) and not _is_mark(text, match) and not _is_resource(text, match):
            for span in _find_behind(text, match, rule):
                yield span
                at = max(at, span[1])


_LONG: Final = 1_000
"""From here on it is worth to look for names only where a stem stands. Letters."""
_BEFORE_STEM, _BEHIND_STEM, _LONGEST_NAME = 40, 360, 120


def _search_short(low: str) -> Callable[[int], re.Match[str] | None]:
    """Return what finds the next name at or behind a place."""
    return lambda at: keys.NAMED.search(low, at)


def _search_long(low: str) -> Callable[[int], re.Match[str] | None]:
    """The same, looking around the stems alone: each letter is read a bounded number of times."""
    spots = iter(sorted({at.start() for stem in keys.STEMS if stem in low for at in re.finditer(re.escape(stem), low)}))
    spot, floor = next(spots, -1), 0

    def find(at: int) -> re.Match[str] | None:
        nonlocal spot, floor
        while spot >= 0:
            if spot >= at and spot >= floor:
                start = max(at, floor, spot - _BEFORE_STEM)
                match = keys.NAMED.search(low, start, spot + _BEHIND_STEM)
                if match:
                    return match if match.end() < spot + _BEHIND_STEM else keys.NAMED.search(low, match.start())
                floor = spot + _BEHIND_STEM - _LONGEST_NAME
            spot = next(spots, -1)
        return None

    return find


def _is_mark(text: str, name: re.Match[str]) -> bool:
    """True for what stands for a hidden value; `user[password]=` is a parameter."""
    start, end = name.span()
    is_bracketed = text[start - 1 : start] == "[" and text[end : end + 1] == "]" and text[start:end] in NAMES
    is_parameter = text[start - 2 : start - 1].isalnum() and text[end + 1 : end + 2] in ("=", "%")
    return is_bracketed and not is_parameter and text[end + 1 : end + 5] != " => "


def _is_resource(text: str, name: re.Match[str]) -> bool:
    """True within an ARN: there `secret:` is a kind of thing."""
    if text[name.end() : name.end() + 1] != ":" or "arn:" not in text[max(0, name.start() - 120) : name.start()]:
        return False
    return _RESOURCE.search(text, max(0, name.start() - 120), name.start()) is not None


def _find_behind(text: str, name: re.Match[str], rule: str) -> Iterator[Span]:
    """Yield the spans of what this name announces."""
    if text[name.end() : name.end() + 1] == " " and text[name.end() + 1 : name.end() + 2].isalnum():
        yield from _loose(text, name, rule)
        return
    near = text[name.end() : name.end() + 28]
    if not _LINK_SIGNS.isdisjoint(near) and (link := _LINK.match(text, name.end())):
        yield from _spans(text, link.end(), rule)
        return
    separator = _SEPARATOR.match(text, name.end())
    if separator:
        yield from _assigned(text, separator, rule, name)
    elif paired := _paired_secret(text, name, rule):
        yield paired
    elif rule in ("authorization", "cookie") or _BRACKET.search(text, max(0, name.start() - 100), name.start()):
        pair = _PAIRED.match(text, name.end())
        if pair:
            yield from _spans(text, pair.end(), rule)
    else:
        yield from _loose(text, name, rule)


def _paired_secret(text: str, name: re.Match[str], rule: str) -> Span | None:
    """Return what stands behind a flag or a header in a list of words: there the value has to look like one."""
    pair = _PAIRED.match(text, name.end())
    if pair is None:
        return None
    is_flag = _QUOTED_FLAG.search(text, max(0, name.start() - 40), name.start()) is not None
    for start, end, quoted in find_value(text, pair.end()):
        value = text[start:end]
        likely = (
            not value.startswith("-") if is_flag else len(value) >= 12 and is_opaque(value) and _DIGIT.search(value) is not None
        )
        if likely and is_secret(rule, value, quoted):
            return start, end, rule
        break
    return None


def _assigned(text: str, separator: re.Match[str], rule: str, name: re.Match[str]) -> Iterator[Span]:
    at = separator.end()
    if separator.group().strip(" \t\"'") == ">" and separator.group()[-1:] in " \t":
        return  # `<password> --user`, a placeholder in a usage line
    sign = separator.group().lstrip(" \t")
    if sign[:1] == "=" and separator.group()[:1] == "=" and sign[-1:] in (" ", "\t") and _NEXT_NAMED.match(text, at):
        return  # `password= user=x`: it is empty
    if separator["close"] and any(mark in separator["close"] for mark in "\"'"):
        blank = _NEWLINE.match(text, at)
        at = blank.end() if blank else at
    in_prose = separator.group().endswith((" ", "\t")) and not separator["close"] and "=" not in separator.group()
    percent = separator.group().lower().rstrip().endswith("%3d")
    for start, end, found in _spans(text, at, rule, is_parameter=_is_parameter(text, name.start())):
        stop = text.find("%26", start, end) if percent else -1
        if not (in_prose and _reads_on(text, start, end)):
            yield start, end if stop < 0 else stop, found
            yield from _second(text, end, rule)


def _is_parameter(text: str, start: int) -> bool:
    """True for the name of a URL's parameter."""
    before = text[max(0, start - 40) : start]
    return ("?" in before or "&" in before) and _PARAMETER_NAME.search(before) is not None


def _second(text: str, end: int, rule: str) -> Iterator[Span]:
    """Yield the new value of `"old" -> "new"`."""
    if then := _THEN.match(text, end):
        yield from _spans(text, then.end(), rule)


def _reads_on(text: str, start: int, end: int) -> bool:
    """True for `token: unexpected end of input`: a plain word, and the sentence goes on."""
    is_word = text[start:end].isalpha() and text[start + 1 : end].islower()
    return is_word and text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha()


def _spans(text: str, at: int, rule: str, *, is_parameter: bool = False) -> Iterator[Span]:
    """Yield the value at `at`, in the way of its rule."""
    if rule == "cookie" and not is_parameter:
        yield from _cookies(text, at)
        return
    if rule == "phone" and (number := _PHONE.match(text, at)):
        yield *number.span(), rule
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
        stop = end - 1 if text[scheme.end() - 1] in "\"'" and text[end - 1] == text[scheme.end() - 1] else end
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


def _is_flag(text: str, start: int) -> bool:
    """True for `--password` and `set password`."""
    before = text[max(0, start - 64) : start].lower()
    return ("-" in before or "set" in before or "export " in before) and _FLAG.search(before) is not None


def _loose(text: str, name: re.Match[str], rule: str) -> Iterator[Span]:
    """Flags, SQL and sentences: here the value itself has to look like one."""
    flag = _BLANK.match(text, name.end()) if _is_flag(text, name.start()) else None
    if flag:
        yield from _spans(text, flag.end(), rule)
        return
    at = name.end()
    while text[at : at + 1] in (" ", "\t") and at < name.end() + 8:
        at += 1
    prose = _PROSE.match(text, name.end()) if text[at : at + 1].lower() in _PROSE_FIRST else None
    call = _CALL.match(text, name.end()) if text[name.start() : name.end()] == "PASSWORD" else None
    gap = call or prose or _QUOTED.match(text, name.end()) or _BLANK.match(text, name.end())
    for start, end, quoted in find_value(text, gap.end()) if gap else ():
        value = text[start:end]
        if is_secret(rule, value, quoted) and not _NEXT_NAME.match(value) and _is_likely(rule, value, quoted, prose is not None):
            yield start, end, rule
            yield from _second(text, end, rule)


def _is_likely(rule: str, value: str, quoted: bool, in_prose: bool) -> bool:
    if rule == "pin":
        return in_prose and value.isdigit() and 3 <= len(value) <= 8
    if rule == "password" and quoted:
        return " " not in value
    if in_prose or quoted:
        return is_opaque(value)
    least = 8 if rule == "password" and value != value.lower() and value != value.upper() else 12
    likely = rule in ("password", "secret") and len(value) >= least and is_opaque(value) and value.count("-") < 3
    return likely and (_DIGIT.search(value) is not None or not _KEBAB.fullmatch(value))
