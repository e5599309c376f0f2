"""What a message says happened, and which other message repeats it."""

import pytest

from lib.core.causes.quotes import cause_of, core_of, quoted_by

TRACE = 'Traceback (most recent call last):\n  File "/app/a.py", line 3, in go\nshop.StoreError: no connection to it\nmore'


@pytest.mark.parametrize(("text", "cause"), [
    (TRACE, "StoreError: no connection to it"),
    (TRACE.replace("\n", "\\n"), "StoreError: no connection to it"),
    ("StoreError: no connection to it", "StoreError: no connection to it"),
    ("Startup failed\nsome more", "Startup failed"),
    ("Startup failed\n  StoreError: no connection", "Startup failed"),
])  # fmt: skip
def test_what_happened_is_the_exception_of_a_trace_or_the_first_line(text: str, cause: str) -> None:
    assert cause_of(text) == cause


@pytest.mark.parametrize(("text", "core"), [
    ("Startup failed: connection refused by the store", "connection refused by the store"),
    ("Startup failed: connection refused by the store.", "connection refused by the store"),
    ("Checkout failed badly: timeout exceeded", "Checkout failed badly: timeout exceeded"),
    ("timeout exceeded", ""),
    ("no db is up", ""),
    ("see https://a.example/x for more help", ""),
])  # fmt: skip
def test_what_is_left_without_wrappers_must_be_enough_to_tell(text: str, core: str) -> None:
    assert core_of(text) == core


@pytest.mark.parametrize(("one", "other", "quotes"), [
    ("connection refused by the store", "Checkout failed: connection refused by the store", True),
    ("connection refused after 12 s by it", "gave up, connection refused after 13 s by it, sorry", True),
    ("connection refused by the store", "Checkout failed: connection reset by the store", False),
    ("the store has answered 502", "the store has answered 503", False),
    ("the store has answered 502", "Checkout: the store has answered 502", True),
    ("timeout", "timeout of the store", False),
])  # fmt: skip
def test_a_quote_is_the_same_words_whatever_their_numbers(one: str, other: str, quotes: bool) -> None:
    assert quoted_by([one, other])(0, 1) is quotes
