"""What stands behind a secret's name: where the value begins and ends, and whether it is one at all."""

import re
from collections.abc import Iterator
from typing import Final

from lib.core.masks.rules import NAMES

MAX_QUOTED: Final = 16_384
"""A quotation longer than this is no value: somebody wrote an apostrophe. Characters."""

# An opening bracket, a constructor's name, Python's prefix of bytes, then the quotation mark with its escapes.
_OPEN: Final = re.compile(r"(?:[\[({]{0,2}|[A-Za-z]\w{0,24}\()[ \t]*(?:[bBuUrRfF]{1,2})?(\\{0,64})([\"'`])")
_NEXT: Final = re.compile(r"[ \t]*,[ \t]*(\\{0,64})([\"'`])")
_MARKS: Final = {mark: re.compile(rf"(\\*){mark}") for mark in "\"'`"}

# Signs that end a value, except where the next one shows that it goes on.
_PLAIN: Final = r"[^\s\"'`,;&<>(){}\[\]|\\]"
_BARE: Final = re.compile(
    rf"(?:{_PLAIN}+"
    rf"|\[(?:{'|'.join(NAMES)})\]"
    r"|\\(?![nrtbfu\"'`\\/0])"
    r"|[(){}\[\]](?=[0-9A-Za-z!#$%*@^_~+-])"
    r"|\|(?![\w.%-]{1,40}[=:])(?=[0-9A-Za-z!#$%*@^_~+-])"
    r"|[,;&](?![\w.%\[\]-]{1,40}\\{0,64}[\"']?[ \t]?[=:])(?=[0-9A-Za-z!#$%*@^_~+/-])"
    r"|[\"'`](?=[0-9A-Za-z])"
    r"|[<>](?=[0-9!@#$%^*_+-]))+"
)
_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?%?")
_OPENERS: Final = re.compile(r"[\[(][ \t]*")

_HIDDEN: Final = (
    "redacted filtered masked hidden removed scrubbed secret protected sensitive omitted obfuscated censored truncated"
).split()
_PLACEHOLDER: Final = re.compile(
    r"[\[<({*]{0,2}(?:" + "|".join([*_HIDDEN, *NAMES]) + r")[\])>}*]{0,2}(?:#[0-9]+)?"
    r"|[*x•.…#-]{2,}|<[A-Za-z_ .-]{1,40}>|\$\{?[A-Za-z_][\w.:-]*\}{0,2}|\{\{.*"
    r"|%\(?\w*\)?[+#]?[sdrvqxT]|%[A-Z_]{2,40}%|\{\w*\}|\?|\$[0-9]+|:\w+|@\w+",
    re.IGNORECASE,
)
_WORDS: Final = frozenset(
    "none null nil undefined true false yes no on off ok n/a na nan str string"
    " int integer number bool boolean bytes object any dict list map array"
    " "
    "optional required missing invalid valid expired empty set unset not is"
    " was are has wrong incorrect bad changed updated reset enabled disabled"
    " "
    "unknown unauthorized forbidden rejected accepted denied failed failure"
    " success successful error errors field value default must should cannot"
    " "
    "could may will can the a an for from to in of and or with by at this that"
    " your you it if then else found unsupported unexpected expected "
    "pass passwd pwd authentication authorization auth basic bearer digest"
    " token password secret key type name id user username using via login"
    " log rotated "
    "rotation created deleted revoked generated issued refresh refreshed present"
    " absent provided supplied given loaded loading saved stored "
    "mismatch malformed plain plaintext text hidden prompt env environment"
    " file vault lax strict always never auto manual latest self".split()
)
_CODE: Final = re.compile(
    r"(?:self|this|os|settings|config|cfg|request|req|process|env|args|kwargs"
    r"|ctx|data|params|options|opts)\b[.\[].*|[A-Za-z_][A-Za-z_.]*[({].*|(?:[a-z]+\.){2,}[a-z]+(?:/.*)?"
    r"|0x[0-9a-f]{1,16}"
)
_PATH: Final = re.compile(
    r"(?:[a-z]+://)?[~.]?(?:/[a-z0-9._-]+){2,}/?(?::[0-9]{1,6}){0,2}|projects/[\w./-]+|[\w-]+/versions/\w+"
    r"|[a-z_][\w.-]*(?:/[\w.=-]+)+\.[a-z]{1,5}"
)
# What a form answers stands behind the name of its field.
_ANSWER: Final = re.compile(r"[A-Z][a-z']+(?: [A-Za-z0-9'_-]+){1,20}[.!]?(?<=[a-z.!])", re.ASCII)
_ANSWER_WORDS: Final = frozenset(
    "is must required field cannot should not valid invalid least characters blank empty incorrect".split()
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL: Final = re.compile(r"https?://.*", re.DOTALL)
_ALPHA: Final = re.compile(r"[A-Za-z]")
_DIGIT: Final = re.compile(r"[0-9]")
_PROSE: Final = re.compile(r"[A-Za-z]?[a-z]+")

_SCHEMES: Final = (
    "bearer|basic|token|apikey|api-key|key|ssws|digest|negotiate|ntlm|hawk"
    "|oauth|aws4-hmac-sha256|googlelogin|jwt|dpop|geniekey|splunk|signature"
    "|sharedaccesssignature|sharedkey|sharedkeylite|bot|pat|mac|zoho-oauthtoken"
)
_AFTER_SCHEME: Final = r"(?:[ \t]+|%20|\+)(?:(?:token|auth|t|credential|key|id)=[\"']?)?(?=\S)"

KNOWN_SCHEME: Final = re.compile(rf"(?:{_SCHEMES}){_AFTER_SCHEME}", re.IGNORECASE)
SCHEME: Final = re.compile(rf"(?:{_SCHEMES}|[a-z][a-z-]{{1,15}}(?=(?:[ ]|%20)\S)){_AFTER_SCHEME}", re.IGNORECASE)
"""The word before the credentials; behind Authorization any word will do, elsewhere it could be the secret's first."""


def quoted_end(text: str, start: int, escapes: int, mark: str) -> int:
    """Return where the quotation that opened before `start` ends, -1 when nowhere; `escapes` backslashes stand before its mark.

    A mark within the value carries more backslashes; an escaped backslash at the value's end adds a whole level of them.
    """
    for match in _MARKS[mark].finditer(text, start, start + MAX_QUOTED):
        if (len(match[1]) - escapes) % (2 * escapes + 2) == 0 and len(match[1]) >= escapes:
            return match.end() - 1 - escapes
    return -1


def find_value(text: str, at: int) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, quoted) of the value that begins at `at`; of a list in brackets each quoted value."""
    opened = _OPEN.match(text, at)
    if opened is None:
        opener = _OPENERS.match(text, at)
        bare = _BARE.match(text, opener.end() if opener else at)
        if bare:
            yield bare.start(), bare.start() + len(bare.group().rstrip(".:")), False
        return
    is_list = text[at : at + 1] == "["
    while opened:
        start, escapes = opened.end(), len(opened[1])
        end = quoted_end(text, start, escapes, opened[2])
        if end < 0:
            yield start, _line_end(text, start), True
            return
        yield start, end, True
        opened = _NEXT.match(text, end + escapes + 1) if is_list else None


def _line_end(text: str, start: int) -> int:
    """An open quotation was cut off: what is left of the line belongs to it."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def is_placeholder(value: str) -> bool:
    """True when the value stands for something, or has been hidden already."""
    return not value or (len(value) <= 80 and _PLACEHOLDER.fullmatch(value) is not None)


def is_opaque(value: str) -> bool:
    """True when no word of a language looks like this: letters beside digits, or mixed case and length."""
    if len(value) < 6 or _PATH.fullmatch(value):
        return False
    letters, digits = _ALPHA.search(value), _DIGIT.search(value)
    return bool(letters and digits) or (len(value) >= 20 and not _PROSE.fullmatch(value) and " " not in value)


def _is_answer(value: str) -> bool:
    """True for `This field is required.`"""
    return (
        " " in value and not _ANSWER_WORDS.isdisjoint(value.lower().rstrip(".!").split()) and _ANSWER.fullmatch(value) is not None
    )


def is_session(value: str) -> bool:
    """True for what a session's or a recovery code's name announces: opaque, and no id by which logs are joined."""
    return len(value) >= 8 and is_opaque(value) and not _UUID.fullmatch(value) and not value.isdigit() and " " not in value


def is_secret(rule: str, value: str, quoted: bool) -> bool:
    """True when `value`, found behind a name that stands for `rule`, is worth hiding."""
    if is_placeholder(value) or value.lower().rstrip(".!?") in _WORDS or _is_answer(value):
        return False
    if rule == "session":
        return is_session(value)
    if len(value) < 3 and not value.isalnum():
        return False
    if _NUMBER.fullmatch(value):
        return _is_secret_number(rule, value)
    if rule in ("pin", "ssn", "card", "phone"):
        return sum(map(str.isdigit, value)) >= 3 and len(value) <= 40
    if rule == "cookie" and not quoted and _CODE.fullmatch(value):
        return False
    if rule in ("iban", "cookie"):
        return len(value) >= 6 and (rule == "cookie" or _DIGIT.search(value) is not None)
    if rule == "secret" and (_PATH.fullmatch(value) or _URL.match(value)):
        return False
    if rule == "password" and not quoted and _PATH.fullmatch(value):
        return False  # PWD and OLDPWD are folders
    return quoted or not _CODE.fullmatch(value)


_LEAST_DIGITS: Final = {"pin": 3, "password": 4, "ssn": 9, "card": 12, "phone": 7, "iban": 6, "personal": 6}


def _is_secret_number(rule: str, value: str) -> bool:
    """Counts stand behind names such as `tokens`; a token of digits alone is long."""
    digits = sum(map(str.isdigit, value))
    return digits >= _LEAST_DIGITS.get(rule, 6) and not (rule == "pin" and digits > 10)
