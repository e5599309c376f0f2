"""What safe.py makes of text: nothing in it is lost, and nothing of it acts."""

import pytest

from lib.ui import safe

UNSEEN = "\x00\x07\x1b\x7f\x9b\u00ad\u061c\u200b\u200d\u200e\u202e\u2028\u2066\u2060\ufeff\U000e0041"


@pytest.mark.parametrize("sign", UNSEEN, ids=lambda sign: f"{ord(sign):x}")
def test_what_cannot_be_seen_gets_a_sign_that_can(sign: str) -> None:
    for made in (safe.plain, safe.html, safe.plotly, safe.cell):
        assert made(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_lines_and_tabs_stay() -> None:
    assert safe.plain("a\tb\nc") == "a\tb\nc"


@pytest.mark.parametrize("text", [
    "=1+1", '=HYPERLINK("http://evil.example")', " =A1", "@SUM(1)", "-2+3+cmd|' /C calc'!A0", "+1", "- cmd|' /C calc'!A0",
    "\uff1d1+1", "'=1+1",
])  # fmt: skip
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(text: str) -> None:
    assert safe.cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["= same", "- a point", "-- flag", "+ more", "a=b", "", 3, None, ["-1"]])
def test_what_is_none_stays_as_it_is(value: object) -> None:
    assert safe.cell(value) == value
