"""One failing statement is one key, whoever called it and however its values read."""

import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from lib.core.traces.stacktraces import looks_like_trace_expr, parse_trace

EXPORT = Path(__file__).parents[3] / "shared" / "data" / "netra" / "staging-0041-0043Z.json"

PYTHON = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/starlette/routing.py", line 74, in app
    response = await func(request)
  File "/app/shop/cart/prices.py", line 41, in reprice
    return table[key]
           ~~~~~^^^^^
  File "/usr/local/lib/python3.11/site-packages/cachetools/keys.py", line 9, in __getitem__
    raise KeyError(key)
KeyError: 'cart 8812'"""

JAVA = """2025-09-16 10:00:00 ERROR c.a.Web - java.lang.IllegalStateException: could not price
\tat org.springframework.web.Dispatcher.doGet(Dispatcher.java:88)
\tat com.acme.shop.Prices.lambda$all$0(Prices.java:31)
\tat com.acme.shop.Web.cart(Web.java:12)
Caused by: java.sql.SQLException: Timeout after 30 s on connection 5
\tat com.mysql.cj.jdbc.Driver.connect(Driver.java:9)
\tat com.acme.shop.Store$1.load(Store.java:77)
\t... 12 more"""

NODE = """Error: cannot pay order 17
    at Object.charge (/app/src/pay/charge.js:10:9)
    at async /app/node_modules/express/lib/router.js:4:1 {
  [cause]: TypeError: Cannot read properties of undefined (reading 'amount')
      at total (/app/src/pay/total.js:3:22)
      at node:internal/process/task_queues:95:5
}"""

GO = """panic: runtime error: index out of range [5] with length 3 [recovered]

goroutine 18 [running]:
runtime.panicIndex(0x5, 0x3)
\t/usr/local/go/src/runtime/panic.go:88 +0x74
github.com/acme/shop/cart.(*Cart).Item(0xc000010000, 0x5)
\t/srv/cart/cart.go:33 +0x1d
main.main()
\t/srv/main.go:9 +0x25

goroutine 1 [chan receive]:
main.other()
\t/srv/other.go:1 +0x1"""

RUBY = """/srv/shop/app/models/cart.rb:12:in `block in total': undefined method `price' for nil (NoMethodError)
\tfrom /usr/lib/ruby/3.2.0/gems/rack/lib/rack.rb:4:in `call'
\tfrom /srv/shop/app/web.rb:7:in `show'"""


def _key(text: str) -> str:
    trace = parse_trace(text)
    assert trace is not None
    return trace.key


@pytest.mark.parametrize(
    ("text", "exception", "location"),
    [
        (PYTHON, "KeyError", "shop.cart.prices:reprice:41"),
        (JAVA, "SQLException", "com.acme.shop.Store:load:77"),
        (NODE, "TypeError", "pay.total:total:3"),
        (GO, "runtime error", "cart.cart:cart.(*Cart).Item:33"),
        (RUBY, "NoMethodError", "models.cart:total:12"),
    ],
    ids=["python", "java", "node", "go", "ruby"],
)
def test_the_root_cause_and_the_innermost_own_frame_are_found(text: str, exception: str, location: str) -> None:
    trace = parse_trace(text)
    assert trace is not None
    assert (trace.exception, trace.location) == (exception, location)


@pytest.mark.parametrize("text", [PYTHON, JAVA, NODE, GO, RUBY], ids=["python", "java", "node", "go", "ruby"])
def test_line_numbers_and_values_do_not_split(text: str) -> None:
    other = text.replace("8812", "7").replace("30 s", "31 s").replace("[5]", "[6]")  # values
    other = other.replace("line 41", "line 43").replace("Store$1.load(Store.java:77", "Store$1.load(Store.java:80")  # lines
    other = other.replace(".js:3:", ".js:4:").replace("cart.go:33", "cart.go:35").replace("cart.rb:12", "cart.rb:13")
    assert other != text
    assert _key(other) == _key(text)


def test_a_library_frame_does_not_split() -> None:
    assert _key(PYTHON.replace("cachetools/keys.py", "cachetools/func.py").replace("starlette", "flask")) == _key(PYTHON)


def test_another_own_function_splits() -> None:
    assert _key(PYTHON.replace("in reprice", "in quote")) != _key(PYTHON)


def test_the_missing_module_is_the_meaning_and_splits() -> None:
    text = 'Traceback (most recent call last):\n  File "/app/shop/main.py", line 1, in <module>\nImportError: No module named {}'
    assert _key(text.format("stripe")) != _key(text.format("boto3"))


def test_a_status_in_the_message_splits() -> None:
    assert _key(PYTHON.replace("'cart 8812'", "HTTP 429")) != _key(PYTHON.replace("'cart 8812'", "HTTP 503"))


INNER = PYTHON + "\n\n{}\n\n"
OUTER = 'Traceback (most recent call last):\n  File "/app/shop/web.py", line 5, in show\n    raise\n{}'
DIRECT = "The above exception was the direct cause of the following exception:"
DURING = "During handling of the above exception, another exception occurred:"


def test_an_explicit_cause_is_followed() -> None:
    assert _key(INNER.format(DIRECT) + OUTER.format("shop.errors.Unpriced: no price")) == _key(PYTHON)


def test_an_exception_during_handling_is_followed_only_where_it_repeats_the_inner_one() -> None:
    quoting = INNER.format(DURING) + OUTER.format("RuntimeError: failed: 'cart 8812'")
    own = INNER.format(DURING) + OUTER.format("RuntimeError: the page is gone")
    assert _key(quoting) == _key(PYTHON)
    assert _key(own).startswith("RuntimeError")


def test_a_cancellation_is_never_the_cause() -> None:
    cancelled = PYTHON.replace("KeyError: 'cart 8812'", "asyncio.exceptions.CancelledError")
    assert _key(cancelled + "\n\n" + DIRECT + "\n\n" + OUTER.format("TimeoutError")).startswith("TimeoutError")


def test_what_was_suppressed_in_java_is_no_cause() -> None:
    closing = "\tSuppressed: java.io.IOException: stream closed\n\t\tat com.acme.shop.Files.close(Files.java:3)\n"
    assert _key(JAVA.replace("Caused by", closing + "Caused by")) == _key(JAVA)


def test_a_group_of_equal_failures_is_that_failure() -> None:
    member = "\n".join(f"    | {line}" for line in PYTHON.split("\n"))
    group = (
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "/app/shop/all.py", line 3, in run\n'
        "  | ExceptionGroup: unhandled errors (2 sub-exceptions)\n"
        f"  +-+---------------- 1 ----------------\n{member}\n"
        f"    +---------------- 2 ----------------\n{member}\n"
        "    +------------------------------------"
    )
    assert _key(group) == _key(PYTHON)


def test_a_trace_in_one_line_with_written_line_ends_is_read() -> None:
    assert _key(PYTHON.replace("\n", "\\n")) == _key(PYTHON)


NO_TRACES = ["", "all is well", "Error: disk full", "meet me at (noon)\n at last", "goroutine 5 [running]:", "\n" * 50]


@pytest.mark.parametrize("text", NO_TRACES)
def test_what_is_no_trace_gives_none(text: str) -> None:
    assert parse_trace(text) is None


def test_a_first_look_sees_every_trace_and_never_answers_null() -> None:
    texts = [PYTHON, JAVA, NODE, GO, RUBY, PYTHON.replace("\n", "\\n"), "all is well", "look\nat this", "", None]
    found = pl.DataFrame({"t": texts}).select(looks_like_trace_expr(pl.col("t")))["t"]
    assert found.to_list() == [True] * 6 + [False] * 4


@pytest.mark.skipif(not EXPORT.exists(), reason="the shared export is not here")
def test_the_real_incident_is_one_missing_module_and_the_error_that_quotes_it() -> None:
    entries = json.loads(EXPORT.read_text())
    traces = (parse_trace(entry.get("textPayload", "")) for entry in entries if "Traceback" in entry.get("textPayload", ""))
    found = Counter((trace.exception, trace.location) for trace in traces if trace)
    assert found == {
        ("ModuleNotFoundError", "middleware.gcp_auth_context_middleware:<module>:23"): 30,
        ("RuntimeError", "core.middleware_setup:setup_middleware:836"): 15,
    }


@pytest.mark.parametrize("line", ["a({{{" * 4_000, "a(" * 10_000, "goroutine 1 [running]:\n" + "main.f({" * 10_000])
def test_a_hostile_call_is_read_in_one_pass(line: str) -> None:
    """An expression that tries every split takes seconds for so much; the suite would not end."""
    assert parse_trace(line) is None
    trace = parse_trace(f"panic: x\n\ngoroutine 1 [running]:\n{line}\n\t/app/a.go:1 +0x1")
    assert trace is None or "x" in trace.message
