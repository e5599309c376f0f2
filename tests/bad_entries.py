"""Entries that cannot be read, each under its own reason, and entries that look like them and can."""

import json

from lib.core import faults, normalize
from tests.entries import as_json, entry


def _with(name: str, value: str) -> bytes:
    """Return an entry whose payload holds a raw JSON value."""
    return as_json(entry(500, None, jsonPayload={"message": "m", name: "@@"})).replace(b'"@@"', value.encode())


WHOLE = as_json(entry(500, "a message that is long enough to be cut somewhere"))
DEEP = 10_000

BAD: dict[str, tuple[bytes, str]] = {
    "cut in a string": (WHOLE[:-20], faults.DAMAGED),
    "cut in an object": (WHOLE[: WHOLE.index(b"revision_name") - 1], faults.DAMAGED),
    "a raw line feed made of words": (b'{"insertId": nonsense}', faults.DAMAGED),
    "no timestamp": (as_json(entry(500, timestamp=None)), normalize.NO_TIMESTAMP),
    "empty timestamp": (as_json(entry(500, timestamp="")), normalize.NO_TIMESTAMP),
    "null timestamp": (as_json({**entry(500), "timestamp": None}), normalize.NO_TIMESTAMP),
    "words for a timestamp": (as_json(entry(500, timestamp="yesterday")), normalize.UNREADABLE),
    "the 30th of February": (as_json(entry(500, timestamp="2026-02-30T00:00:00Z")), normalize.UNREADABLE),
    "a time without a zone": (as_json(entry(500, timestamp="2026-02-03T00:00:00")), normalize.UNREADABLE),
    "no insertId": (as_json(entry(500, insertId=None)), normalize.NO_INSERT_ID),
    "no logName": (as_json(entry(500, logName=None)), normalize.NO_LOG_NAME),
    "year 0001": (as_json(entry(500, timestamp="0001-01-01T00:00:00Z")), normalize.OUT_OF_RANGE),
    "year 9999": (as_json(entry(500, timestamp="9999-12-31T23:59:59.999999999Z")), normalize.OUT_OF_RANGE),
    "timestamp as a number": (as_json(entry(500, timestamp=1758000000)), normalize.WRONG_TYPE),
    "insertId as a number": (as_json(entry(500, insertId=17)), normalize.WRONG_TYPE),
    "insertId as an object": (as_json(entry(500, insertId={"a": 1})), normalize.WRONG_TYPE),
    "textPayload as an object": (as_json(entry(500, None, textPayload={"a": 1})), normalize.WRONG_TYPE),
    "textPayload as a number": (as_json(entry(500, None, textPayload=5)), normalize.WRONG_TYPE),
    "textPayload as a boolean": (as_json(entry(500, None, textPayload=True)), normalize.WRONG_TYPE),
    "jsonPayload as text": (as_json(entry(500, None, jsonPayload="text")), normalize.WRONG_TYPE),
    "jsonPayload as an array": (as_json(entry(500, None, jsonPayload=[1, 2])), normalize.WRONG_TYPE),
    "resource as text": (as_json(entry(500, resource="cloud_run")), normalize.WRONG_TYPE),
    "labels as text": (as_json(entry(500, labels="a=b")), normalize.WRONG_TYPE),
    "httpRequest as text": (as_json(entry(500, None, httpRequest="GET /")), normalize.WRONG_TYPE),
    "severity as an object": (as_json(entry(500, severity={"level": 1})), normalize.WRONG_TYPE),
    "nested 10,000 deep, arrays": (_with("deep", "[" * DEEP + "]" * DEEP), faults.TOO_DEEP),
    "nested 10,000 deep, objects": (_with("deep", '{"a":' * DEEP + "1" + "}" * DEEP), faults.TOO_DEEP),
    "nested 150 deep": (_with("deep", "[" * 150 + "]" * 150), faults.TOO_DEEP),
    "a lone high surrogate": (_with("x", r'"\ud800"'), faults.LONE_SURROGATE),
    "a lone low surrogate": (_with("x", r'"a\udc00b"'), faults.LONE_SURROGATE),
    "surrogates the wrong way round": (_with("x", r'"\ude00\ud83d"'), faults.LONE_SURROGATE),
    "an escaped NUL": (_with("x", r'"a\u0000b"'), faults.NUL),
    "an escaped NUL in the message": (WHOLE.replace(b"long", rb"l\u0000ng"), faults.NUL),
    "an escaped NUL behind an escaped backslash": (_with("x", r'"a\\\u0000b"'), faults.NUL),
    "a raw NUL": (WHOLE.replace(b"long", b"l\0ng"), faults.NUL),
    "NaN": (_with("x", "NaN"), faults.NOT_A_NUMBER),
    "Infinity": (_with("x", "Infinity"), faults.NOT_A_NUMBER),
    "minus Infinity": (_with("x", "-Infinity"), faults.NOT_A_NUMBER),
    "NaN in an array": (_with("x", "[1,NaN]"), faults.NOT_A_NUMBER),
    "2 to the 63rd": (_with("x", str(2**63)), faults.TOO_BIG),
    "a number of forty digits": (_with("x", "1" * 40), faults.TOO_BIG),
    "less than minus 2 to the 63rd": (_with("x", str(-(2**63) - 1)), faults.TOO_BIG),
    "1e999": (_with("x", "1e999"), faults.TOO_BIG),
    "-1E+400": (_with("x", "-1E+400"), faults.TOO_BIG),
    "invalid UTF-8": (WHOLE.replace(b"long", b"l\xff\xfeng"), faults.INVALID_UTF8),
    "cut UTF-8": (WHOLE.replace(b"long", "größer".encode()[:3]), faults.INVALID_UTF8),
    "a surrogate in UTF-8": (WHOLE.replace(b"long", b"\xed\xa0\x80"), faults.INVALID_UTF8),
    "1 MB": (as_json(entry(500, "x" * 1_000_000)), faults.TOO_LARGE),
    "an array": (b"[1,2,3]", faults.NO_OBJECT),
    "a string": (b'"logName"', faults.NO_OBJECT),
    "a number": (b"42", faults.NO_OBJECT),
    "null": (b"null", faults.NO_OBJECT),
    "true": (b"true", faults.NO_OBJECT),
    "words": (b"Traceback (most recent call last):", faults.NO_OBJECT),
}

GOOD: dict[str, bytes] = {
    "a surrogate pair": _with("x", r'"\ud83d\ude00"'),
    "a surrogate pair in the message": json.dumps(entry(500, "smile 😀")).encode(),
    "NaN in a string": _with("x", '"is NaN, or Infinity"'),
    "a string that is NaN": _with("x", '"NaN"'),
    "NaN behind a colon in a string": _with("x", json.dumps('{"a": NaN}')),
    "an escaped backslash before u0000": _with("x", r'"C:\\u0000"'),
    "an escaped backslash before ud800": _with("x", r'"C:\\ud800"'),
    "19 digits in a string": _with("x", '"9999999999999999999"'),
    "19 digits behind a colon in a string": _with("x", json.dumps('{"id":9999999999999999999}')),
    "the largest number": _with("x", str(2**63 - 1)),
    "the least number": _with("x", str(-(2**63))),
    "a large float": _with("x", "1e300"),
    "a tiny float": _with("x", "1e-999"),
    "depth 50": _with("deep", "[" * 50 + "]" * 50),
    "many brackets side by side": _with("x", json.dumps([[1]] * 200)),
    "brackets in a string": _with("x", json.dumps("[{" * 300)),
    "duplicate keys": _with("x", '1,"x":2'),
    "an empty message": as_json(entry(500, "")),
    "no message at all": as_json(entry(500, None)),
    "no severity": as_json(entry(500, severity=None)),
    "a severity nobody knows": as_json(entry(500, severity="LOUD")),
    "a severity as a number": as_json(entry(500, severity=500)),
    "no resource": as_json(entry(500, resource=None)),
    "no labels": as_json(entry(500, labels=None)),
    "null where an object belongs": as_json({**entry(500), "httpRequest": None, "jsonPayload": None, "labels": None}),
    "a message that is a number": as_json(entry(500, "42")),
    "a message that is JSON": as_json(entry(500, '{"a": [1]}')),
    "an insertId of digits": as_json(entry(500, insertId="12345")),
    "fields in another order": json.dumps(dict(sorted(entry(500).items(), reverse=True))).encode(),
    "a field that nobody knows": as_json(entry(500, newField={"a": [1]})),
    "blanks everywhere": json.dumps(entry(500), indent=None, separators=(" , ", " : ")).encode(),
    "control signs, escaped": _with("x", r'"\u0001\u001b[31m\t\b\f"'),
    "exactly 512 KiB less a little": as_json(entry(500, "x" * (500 << 10))),
}
