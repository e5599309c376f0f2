"""The same text without what hides a secret from a rule: escapes, entities, colours, invisible and wide letters."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_WIDE: Final = {0xFF00 + code - 0x20: chr(code) for code in range(0x21, 0x7F)}
_ENTITIES: Final = {
    **dict.fromkeys(("&quot;", "&#34;", "&#x22;"), '"'),
    **dict.fromkeys(("&#39;", "&#x27;", "&apos;"), "'"),
    **dict.fromkeys(("&#64;", "&#x40;", "&commat;"), "@"),
    **dict.fromkeys(("&#61;", "&#x3d;", "&#x3D;", "&equals;"), "="),
    "&#58;": ":",
    "&amp;": "&",
}

_FOLDED: Final = str.maketrans({**dict.fromkeys(map(ord, _INVISIBLE), ""), **_WIDE})
_SIGNS: Final = re.compile(
    rf"[{_INVISIBLE}\uff01-\uff5e\x1b]|\\u00[2-7]|\\/|&(?:#|quot|apos|amp|equals"
    rf"|commat)|\\u001[bB]|\\x1[bB]|\\x[2-7]"
)
_UNICODE: Final = re.compile(r"\\+(?:u00|x)([2-7][0-9A-Fa-f])")
_COLOUR: Final = re.compile(r"(?:\x1b|\\+u001[bB]|\\+x1[bB]|\\+033)\[[0-9;]{0,20}m")
_SLASH: Final = re.compile(r"\\+/")
_ENTITY: Final = re.compile("|".join(map(re.escape, _ENTITIES)))
_PERCENT_RUN: Final = re.compile(r"[^\s\"'<>]*%(?:25)?[2-7][0-9A-Fa-f][^\s\"'<>]*")


def unfold(text: str) -> str:
    """Return the text as a person would read it; the very same when nothing is disguised."""
    if not _SIGNS.search(text):
        return text
    plain = _COLOUR.sub("", text)
    plain = _UNICODE.sub(lambda match: chr(int(match[1], 16)), plain)
    plain = _ENTITY.sub(lambda match: _ENTITIES[match[0]], plain)
    return _SLASH.sub("/", plain).translate(_FOLDED)


def mask_disguised(text: str, mask: Callable[[str], str]) -> str:
    """Return the text in plain if `mask` then finds something, run by run for percent signs; else the text as it is."""
    plain = unfold(text)
    if plain is not text:
        masked = mask(plain)
        text = masked if masked != plain else text
    return _PERCENT_RUN.sub(lambda match: _mask_run(match[0], mask), text) if "%" in text else text


def _mask_run(run: str, mask: Callable[[str], str]) -> str:
    plain = unquote(unquote(run))
    masked = mask(plain)
    return masked if masked != plain else run


_HEX: Final = [(code, f"{code:02x}") for code in range(0x20, 0x7F)]
PLAIN: Final[dict[str, str]] = {
    **{f"\\u00{form}": chr(code) for code, hexa in _HEX for form in {hexa, hexa.upper()}},
    **{f"\\x{form}": chr(code) for code, hexa in _HEX for form in {hexa, hexa.upper()}},
    **{f"%{form}": chr(code) for code, hexa in _HEX for form in {hexa, hexa.upper()}},
    **{f"%25{form}": chr(code) for code, hexa in _HEX for form in {hexa, hexa.upper()}},
    **{f"\\u{form}": "" for sign in _INVISIBLE for form in {f"{ord(sign):04x}", f"{ord(sign):04X}"}},
    **{f"\\u{form}": plain for code, plain in _WIDE.items() for form in {f"{code:04x}", f"{code:04X}"}},
    **dict.fromkeys(_INVISIBLE, ""),
    **{chr(code): plain for code, plain in _WIDE.items()},
    **_ENTITIES,
    "\\/": "/",
}
"""For columns: what in raw JSON text stands for a plain sign."""

COLOURS: Final = r"(?:\x1B|\\+u001[bB]|\\+x1[bB]|\\+033)\[[0-9;]{0,20}m"
DEEP_ESCAPES: Final = r"\\{2,}(u00|x|/)"

SIGNS: Final = (
    *tuple(
        r"\u00 \x \/ \u200 \u2060 \ufe \uFE \uff \uFF \uFf \033 &# &quot &apos &amp"
        r" &equals &commat %22 %25 %26 %27 %3 %4 %5 %6 %7 %2B %2b %20".split()
    ),
    *_INVISIBLE,
    "＝",
    "：",
    "＠",
    "\x1b",
)
"""One of these is in every text in which something may be disguised."""
