"""JSON values -> the same without secrets: a value is judged by its text and by the key it stands under."""

import re
from collections.abc import Mapping
from typing import Any, Final

from lib.core.masks.keys import judge
from lib.core.masks.personal import find_numbers
from lib.core.masks.rules import Tally
from lib.core.masks.text import FAMILIES, mask_with
from lib.core.masks.values import SCHEME, is_opaque, is_secret

MAX_DEPTH: Final = 200
"""Nobody logs deeper than this; Python's own limit lies not far beyond. Levels."""

KEPT: Final = frozenset(
    (
        "insertId timestamp receiveTimestamp logName resource trace spanId severity"
        " operation sourceLocation traceSampled split apphub"
    ).split()
)
"""What of a LogEntry says where it comes from, and holds no text of the application."""

_KEPT_BELOW: Final = frozenset({"instanceId", "@type"})
_NAMES: Final = (
    "name key Name Key header field param k variable NAME KEY id label option attribute property setting title".split()
)
_VALUES: Final = ("value", "Value", "val", "v", "values", "VALUE", "stringValue", "string_value", "default")
_TEXTS: Final = (
    "text content argument arg new old newValue oldValue new_value old_value current previous before after from to raw".split()
)
"""Beside a name these may hold a sentence as well: there only what looks like a secret is one."""
_CARRIERS: Final = frozenset(
    (
        "value val raw plain plaintext current old new previous prev text string data default content 0 1 2 3"
        " stringvalue string_value bytesvalue s n from to before after argument arg values list"
    ).split()
)
_PARAMETERS: Final = {
    "sig": 8,
    "signature": 16,
    "auth": 16,
    "hmac": 16,
    "x-amz-signature": 16,
    "x-goog-signature": 16,
    "connectionstring": 16,
}
_WHOLE: Final = ("password", "secret", "authorization", "cookie")


_CARD_KEYS: Final = frozenset("number card cardnumber card_number pan cc ccnumber cc_number creditcard credit_card".split())
_KEY_BEGINS: Final = re.compile(r"BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")


def _carries(key: str, value: object) -> bool:
    """True for the key of what stands beside a name."""
    return key in _VALUES or (key in _TEXTS and isinstance(value, str) and is_word(value, is_flag=False))


def is_word(value: str, is_flag: bool) -> bool:
    """True for what can be the value of the word before it: anything but a flag behind a flag, else what looks like a secret."""
    return not value.startswith("-") if is_flag else " " not in value and len(value) >= 8 and is_opaque(value)


class TooDeep(Exception):
    """A value is nested deeper than MAX_DEPTH."""


def mask_payload(value: object) -> object:
    """Return a JSON value without secrets; what is nested deeper than MAX_DEPTH levels is left out."""
    return Masker(FAMILIES, Tally(), cut_deep=True).mask(value, "", 0)


def mask_entry(entry: Mapping[str, Any], families: tuple[str, ...], tally: Tally) -> dict[str, object]:
    """Return a LogEntry without secrets, its origin untouched. Raises TooDeep."""
    masker = Masker(families, tally, cut_deep=False)
    return {key: value if key in KEPT else masker.mask(value, masker.rule_for(key, value, ""), 1) for key, value in entry.items()}


class Masker:
    """Walks a JSON value with the rules of some families, counting what it hides."""

    def __init__(self, families: tuple[str, ...], tally: Tally, *, cut_deep: bool) -> None:
        self.families = families
        self.tally = tally
        self.cut_deep = cut_deep
        self.by_key = "named" in families or "urls" in families

    def mask(self, value: object, rule: str, depth: int) -> object:
        """Return the value; `rule` is what its key announced."""
        if isinstance(value, str):
            return self.mask_string(value, rule)
        if isinstance(value, (dict, list, tuple)):
            if depth > MAX_DEPTH:
                return self._too_deep()
            return self.mask_object(value, rule, depth) if isinstance(value, dict) else self.mask_list(value, rule, depth)
        if rule and isinstance(value, (int, float)) and not isinstance(value, bool) and is_secret(rule, str(value), True):
            return self.tally.mark(rule)
        return value

    def _too_deep(self) -> str:
        if not self.cut_deep:
            raise TooDeep
        return "[nested too deep]"

    def mask_string(self, text: str, rule: str) -> str:
        """Hide all of a text that its key announced as a secret, else what is found in it; a scheme before it stays."""
        if not rule or not is_secret(rule, text, True):
            return mask_with(text, self.families, self.tally)
        scheme = SCHEME.match(text) if rule == "authorization" else None
        if scheme and scheme.end() < len(text):
            rest = text[scheme.end() :]
            return scheme.group() + self.tally.mark(rule) if is_secret(rule, rest, True) else text
        return self.tally.mark(rule)

    def mask_list(self, values: list[object] | tuple[object, ...], rule: str, depth: int) -> list[object]:
        """A list of two texts may be a header and its value."""
        if (
            self.by_key
            and len(values) == 2
            and isinstance(values[0], str)
            and isinstance(values[1], str)
            and (named := judge(values[0]))
        ):
            return [values[0], self.mask_string(values[1], named)]
        if len(values) > 2 and (self.by_key or "blocks" in self.families):
            return self._mask_words(values, rule, depth)
        return [self.mask(value, rule, depth + 1) for value in values]

    def _mask_words(self, values: list[object] | tuple[object, ...], rule: str, depth: int) -> list[object]:
        """A list of words may be a command line or a list of headers, or the lines of a key."""
        masked: list[object] = []
        announced, is_flag, in_key = "", False, False
        for value in values:
            if not isinstance(value, str):
                masked.append(self.mask(value, rule, depth + 1))
                announced = ""
                continue
            if in_key or (announced and is_word(value, is_flag)):
                in_key = in_key and "PRIVATE KEY-----" not in value
                masked.append(self.tally.mark("private_key") if not announced else self.mask_string(value, announced))
                announced = ""
                continue
            in_key = _KEY_BEGINS.search(value) is not None and "-----END" not in value
            is_flag = value.startswith("-")
            announced = judge(value) if self.by_key and "=" not in value and " " not in value else ""
            masked.append(self.mask(value, rule, depth + 1))
        return masked

    def mask_object(self, pairs: dict[str, object], rule: str, depth: int) -> dict[str, object]:
        """Judge each value by its key; {"name": …, "value": …} by what the name says."""
        named = self._named(pairs) if self.by_key else ""
        masked: dict[str, object] = {}
        for key, value in pairs.items():
            if key in _KEPT_BELOW:
                masked[key] = value
                continue
            if pairs.get("kind") == "Secret" and key in ("data", "stringData") and isinstance(value, dict) and self.by_key:
                masked[key] = {self._key(name, {}): self.mask(one, "secret", depth + 2) for name, one in value.items()}
                continue
            inner = named if named and _carries(key, value) else self.rule_for(key, value, rule)
            if key.lower() in _CARD_KEYS and isinstance(value, int) and next(find_numbers(str(value)), None):
                inner = "card"
            masked[self._key(key, masked)] = self.mask(value, inner, depth + 1)
        return masked

    def _named(self, pairs: dict[str, object]) -> str:
        if not any(_carries(key, value) for key, value in pairs.items()):
            return ""

        names = (pairs[key] for key in _NAMES if key in pairs)
        return next((rule for name in names if isinstance(name, str) and (rule := judge(name))), "")

    def rule_for(self, key: str, value: object, outer: str) -> str:
        """What the key announces; below a secret's name only those keys that carry its value, all of them below cookies."""
        if not self.by_key:
            return ""
        own = judge(key)
        if own in _WHOLE or (own and not isinstance(value, dict)):
            return own
        if outer and (outer == "cookie" or key.lower() in _CARRIERS):
            return outer
        least = _PARAMETERS.get(key.lower().replace("_", ""), 0)
        return "secret" if least and isinstance(value, str) and len(value) >= least and not value.isalpha() else ""

    def _key(self, key: str, taken: Mapping[str, object]) -> str:
        """A key can be a secret itself; two that are masked alike stay two."""
        new = mask_with(key, self.families, self.tally) if len(key) > 6 else key
        if new != key:
            plain, number = new, 1
            while new in taken:
                number += 1
                new = f"{plain}#{number}"
        return new
