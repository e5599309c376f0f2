"""What one statement wrote is one cluster; what two statements wrote, or one number tells apart, is two."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import polars as pl
import pytest

from lib.core import clustering
from lib.core.clustering import (
    VARIABLE,
    cluster_id,
    cluster_ids,
    collapse,
    collapse_sql,
    find_shapes,
    merge_shapes,
    render_template,
)
from lib.core.templates import fanout
from lib.core.traces.stacktraces import parse_trace

SHARED = Path(__file__).parents[3] / "shared"
NEEDS_EXPORTS = pytest.mark.skipif(not (SHARED / "data" / "netra").exists(), reason="the shared exports are not here")


def _shape(message: str) -> str:
    return str(find_shapes(collapse(pl.Series("message", [message])))[0])


def _shown(*messages: str) -> list[str]:
    shapes = find_shapes(collapse(pl.Series("message", messages)))
    templates = merge_shapes(shapes)
    return [render_template(templates[shape]) for shape in shapes]


# ---- collapsing

MESSAGES = [
    "", "plain", "it's 'quoted' 7", "exit code -1", "signal 9signal 15", "a\nb 1\t2",
    "Container called exit(3).", "Container called exit(0).", "terminated on signal 9", "HTTP 503 from upstream",
    "status code: 429", "status 12345", 'GET "/a HTTP/1.1" status: 200', "IPv6 route", "id 123e4567-e89b-12d3-a456-426614174000",
    "fe80:0:0:c6b3:1ff:fecd", "0xDEADBEEF deadbeef facade ee0 1f", "naïve 12é 日本語3",
]  # fmt: skip


def test_sql_and_polars_collapse_alike() -> None:
    texts = [*MESSAGES, None]
    rows = duckdb.execute(f"SELECT {collapse_sql('m')} FROM (SELECT unnest(?) AS m)", [texts]).fetchall()
    assert [row[0] for row in rows] == collapse(pl.Series("m", texts, pl.String)).to_list()


def test_the_published_patterns_make_the_same_text() -> None:
    query = "SELECT regexp_replace(m, $1, '0', 'g'), regexp_extract(m, $2, 1) FROM (SELECT unnest($3) AS m)"
    rows = duckdb.execute(query, [clustering.COLLAPSE, clustering.CODES, MESSAGES]).fetchall()
    built = [text + (clustering.CODE_MARK + code if code else "") for text, code in rows]
    assert built == collapse(pl.Series("m", MESSAGES)).to_list()


def test_a_long_column_collapses_as_a_short_one_does() -> None:
    assert collapse(pl.Series("m", MESSAGES * 2_000)).to_list() == collapse(pl.Series("m", MESSAGES)).to_list() * 2_000


# ---- numbers that carry meaning

TOLD_APART = [
    ("Container called exit(0).", "Container called exit(3)."),
    ("Worker (pid:7) exited with code 3", "Worker (pid:8) exited with code 1"),
    ("Container terminated on signal 9.", "Container terminated on signal 15."),
    ("upstream answered HTTP 429 to our call", "upstream answered HTTP 503 to our call"),
    ("Unexpected status code: 429 from 10.0.0.1", "Unexpected status code: 500 from 10.0.0.1"),
    ("IPv4 Addr: 10.0.0.1", "IPv6 Addr: fe80:0:0:c6b3:1ff:fecd"),
    ("received SCREEN_ON of com.acme.power.SCREEN_ON", "received SCREEN_ON of com.acme.power.SCREEN_OFF"),
    ("order placed", "order shipped"),
]


@pytest.mark.parametrize(("one", "other"), TOLD_APART)
def test_what_means_something_else_is_another_cluster(one: str, other: str) -> None:
    first, second = cluster_ids([one, other])
    assert first != second


TAKEN_TOGETHER = [
    ("took 12.5 ms", "took 8 ms"),
    ("at 2025-09-16T00:42:53.123Z ok", "at 2025-09-16T00:42:53Z ok"),
    ("since Thu Jun 09 06:07:05 2005 up", "since Fri Jun 10 06:07:05 2005 up"),
    ("id 123e4567-e89b-12d3-a456-426614174000 made", "id face4567-beef-12d3-a456-426614174abc made"),
    ("read /srv/data/a.csv now", "read ./b now"),
    ("sent to ann@example.org now", "sent to bob.b@mail.example.org now"),
    ("see https://a.example/x?y=1 for help", "see http://b.example/ for help"),
    ("node-1 is up", "node-22 is up"),
    ("from 10.0.0.1 (10.0.0.1) at 5", "from 10.0.0.2 () at 6"),
    ("loading com.acme.shop.Cart done", "loading com.acme.web.api.Page done"),
    ("mac 00:1a:2b:3c:4d:5e seen", "mac fe:dc:ba:98:76:54 seen"),
    ("at 12/Jun/2005:10:11:12 +0000 ok", "at 13/Jul/2005:10:11:12 +0000 ok"),
    ("serial ab-cd-ef-12 seen", "serial 12-34-56-78 seen"),
    ("sent to db.internal now", "sent to cache.internal:80 now"),
    ("ids [] sent", "ids [1, 2] sent"),
    ("parts: 1, 2, 3", "parts: 4, 5"),
    ("links: a=1;b=2, a=3;b=4", "links: a=1;b=2"),
    ("status 404 after 7 ms, exit 2", "status 404 after 9 ms, exit 3"),
    ("Invalid user ann from 10.0.0.1", "Invalid user bob from 10.0.0.2"),
    ('1.1.1.1 "GET /a HTTP/1.1" status: 200 len: 3', '1.1.1.1 "GET /b HTTP/1.1" status: 404 len: 5'),
    ("field of dots......1", "field of dots...22"),
]


@pytest.mark.parametrize(("one", "other"), TAKEN_TOGETHER)
def test_what_one_statement_wrote_is_one_cluster(one: str, other: str) -> None:
    first, second = cluster_ids([one, other])
    assert first == second


def test_a_statement_of_dozens_of_statuses_is_one() -> None:
    messages = [f"job of the night ended with status {number}" for number in range(100, 130)]
    assert len(set(cluster_ids(messages))) == 1


# ---- merging

NAMES = "ann bob cleo dora emil finn gina hugo ivan jane kurt lena".split()


def test_five_words_in_one_place_are_values() -> None:
    assert len(set(cluster_ids([f"the order of {name} was placed" for name in NAMES[:5]]))) == 1


def test_four_words_in_one_place_are_statements() -> None:
    assert len(set(cluster_ids([f"the order of {name} was placed" for name in NAMES[:4]]))) == 4


# Words are values from so many on; one less, and they are statements.
FROM = [
    (5, "the order of {} was placed"),
    (12, "{} volume was mounted"),
    (10, "placed {}"),
    (10, "{} startup succeeded"),
]


@pytest.mark.parametrize(("values", "text"), FROM)
def test_so_many_words_in_one_place_are_values_and_one_less_are_statements(values: int, text: str) -> None:
    assert len(set(cluster_ids([text.format(name) for name in NAMES[:values]]))) == 1
    assert len(set(cluster_ids([text.format(name) for name in NAMES[: values - 1]]))) == values - 1


def test_sixteen_codes_in_one_place_are_values_and_fifteen_are_not() -> None:
    messages = [f"job of the night ended with status {number}" for number in range(100, 116)]
    assert len(set(cluster_ids(messages))) == 1
    assert len(set(cluster_ids(messages[:15]))) == 15


def test_a_word_beside_a_variable_part_in_the_same_place_is_a_value() -> None:
    assert len(set(cluster_ids(["the order of 17 was placed", "the order of ann was placed"]))) == 1
    assert len(set(cluster_ids(["order of 17", "order of ann"]))) == 2


def test_a_short_texts_first_word_is_its_meaning() -> None:
    assert len(set(cluster_ids([f"{name} startup succeeded" for name in NAMES[:9]]))) == 9


def test_records_with_the_same_keys_are_one() -> None:
    messages = [f"auth failed; uid=0 tty=ssh user={name}" for name in NAMES[:5]]
    assert len(set(cluster_ids(messages))) == 1


def test_records_of_two_keys_or_few_values_are_statements() -> None:
    rows = [("ann", "read"), ("bob", "write it all"), ("cleo", "list / of"), ("dora", "drop now !!"), ("emil", "move on")]
    assert len(set(cluster_ids([f"auth failed; tty={does} user={name}" for name, does in rows]))) == 5
    assert len(set(cluster_ids([f"auth failed; uid=x tty={does} user={name}" for name, does in rows]))) == 1
    assert len(set(cluster_ids([f"auth failed; uid=x tty={does} user={name}" for name, does in rows[:3]]))) == 3


def test_a_list_of_few_properties_is_statements() -> None:
    keys = ["user.name=ann", "os.name=Linux", "java.vendor=Some Company", "user.dir=/"]
    assert len(set(cluster_ids([f"Server environment:{key}" for key in keys]))) == 4


def count(form: str, words: Iterable[str]) -> int:
    """Return how many clusters the form makes with each of the words in it."""
    return len(set(cluster_ids([form % word for word in words])))


def test_three_values_of_a_records_key_are_three_records() -> None:
    assert count("job ended: id=7 state=%s by=cron", "done lost late".split()) == 3
    assert count("job ended: id=7 state=%s by=cron", "done lost late held".split()) == 1


def test_a_capital_behind_a_word_names_one_of_several() -> None:
    assert count("door locker %s", "ABCD") == 1
    assert count("door locker %s opened", "AB") == 1


def test_a_capital_that_begins_a_line_or_follows_a_value_is_its_meaning() -> None:
    assert count("%s cannot reach the store", "EW") == 2
    assert count("12:30:05 %s cannot reach the store", "EW") == 2


def test_small_letters_and_words_are_no_enumeration() -> None:
    assert count("torus receiver %s reports an error", "xyz") == 3
    assert count("door locker %s opened", ["A", "was"]) == 2


def test_texts_of_other_lengths_do_not_change_what_is_found() -> None:
    """Texts are compared in blocks by their length: where a block ends decides nothing."""
    short, long = [f"user {word} came in" for word in "ann bob eve joe kim".split()], ["a b " * 40, "c d e " * 30]
    with patch.object(fanout, "BLOCK", 1):
        alone = merge_shapes([*short, *long])
    assert alone == merge_shapes([*short, *long])
    assert len({alone[text] for text in short}) == 1


def test_a_list_of_properties_is_one() -> None:
    keys = ["user.name=ann", "os.name=Linux", "java.vendor=Some Company", "user.dir=/", "host.name=web"]
    assert len(set(cluster_ids([f"Server environment:{key}" for key in keys]))) == 1


def test_several_varying_words_are_found() -> None:
    rows = [(NAMES[i], NAMES[(5 * i + 1) % 12], NAMES[(7 * i + 3) % 12]) for i in range(12)]
    assert len(set(cluster_ids([f"now the {a} of team {b} was moved to group {c} by hand" for a, b, c in rows]))) == 1


def test_varying_words_in_a_text_that_is_hardly_constant_are_statements() -> None:
    rows = [(NAMES[i], NAMES[(5 * i + 1) % 12], NAMES[(7 * i + 3) % 12]) for i in range(12)]
    assert len(set(cluster_ids([f"now {a} saw {b} with {c}" for a, b, c in rows]))) == 1
    assert len(set(cluster_ids([f"{a} saw {b} {c}" for a, b, c in rows]))) == 12


def test_a_word_that_takes_few_values_parts_the_statements() -> None:
    rows = [(NAMES[i], NAMES[(5 * i + 1) % 12], "started" if i % 2 else "stopped") for i in range(12)]
    messages = [f"now the {a} of team {b} was {does} by hand" for a, b, does in rows]
    assert len(set(cluster_ids(messages))) == 2


def test_a_text_that_a_template_covers_joins_it() -> None:
    assert len(set(cluster_ids(["cron job (/etc/a) was started", "cron job (run-parts /etc/b) was started"]))) == 1


@pytest.mark.parametrize("other", [
    "cron job (run all /etc/b) was started",
    "cron job (user=/etc/b) was started",
    "cron job ({[<a>]} !? %%) was started",
    "cron job (run-parts /etc/b) was stopped",
])  # fmt: skip
def test_a_text_that_says_more_than_a_template_does_not_join_it(other: str) -> None:
    assert len(set(cluster_ids(["cron job (/etc/a) was started", other]))) == 2


def test_a_template_of_two_words_covers_nothing() -> None:
    assert len(set(cluster_ids(["started (/etc/a) job", "started (run-parts /etc/b) job"]))) == 2


def test_the_first_120_tokens_tell_statements_apart() -> None:
    words = "one two three four five six seven eight nine ten".split()
    start = " ".join(a + b for a in words for b in words)
    assert len(set(cluster_ids([f"{start} {'x ' * 21}end", f"{start} {'x ' * 21}other"]))) == 1
    assert len(set(cluster_ids([f"{start} end", f"{start} other"]))) == 2


# ---- for people


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Container called exit(3).", "Container called exit(3)."),
        ("upstream answered HTTP 503 in 12 ms", "upstream answered HTTP 503 in <*>"),
        ("Pool of db: size=3 idle=1, done.", "Pool of db: size=<*> idle=<*>, done."),
        ("[11] [ERROR] Worker failed", "[<*>] [ERROR] Worker failed"),
        ("eth0: link up", "eth<*>: link up"),
        ("  many   blanks\n here", "many blanks here"),
    ],
)
def test_a_template_reads_as_the_line_did(message: str, shown: str) -> None:
    assert _shown(message) == [shown]


def test_a_traces_template_says_what_and_where() -> None:
    text = 'Traceback (most recent call last):\n  File "/app/shop/cart/prices.py", line 41, in reprice\nValueError: bad price 12'
    trace = parse_trace(text)
    assert trace is not None
    assert render_template(trace.key) == "ValueError: bad price <*> at shop.cart.prices:reprice"


# ---- ids


def test_an_id_is_the_same_on_every_machine() -> None:
    template = f"took {VARIABLE} ms"
    code = f"from lib.core.clustering import cluster_id; print(cluster_id({template!r}))"
    root = Path(__file__).parents[2]
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == cluster_id(template)


def test_a_line_without_text_has_a_cluster_too() -> None:
    assert len(set(cluster_ids(["", " "]))) == 1


def test_nothing_in_nothing_out() -> None:
    assert (cluster_ids([]), merge_shapes([])) == ([], {})
    assert find_shapes(pl.Series("collapsed", [], pl.String)).to_list() == []


def test_a_trace_key_passes_the_masks_unchanged() -> None:
    key = f"ValueError: module 'a.b.c'{clustering.TRACE_MARK}shop.cart.prices:reprice"
    assert find_shapes(pl.Series([key])).to_list() == [key]
    assert merge_shapes([key]) == {key: key}


def test_words_of_an_exceptions_message_can_be_values() -> None:
    mark = clustering.TRACE_MARK
    keys = [f"ValueError: the colour {name} is not known here{mark}shop.cart.prices:reprice" for name in NAMES]
    other = f"ValueError: the colour ann is not known here{mark}shop.cart.prices:quote"
    types = [f"{name.title()}Error: the colour of it is not known here{mark}shop.cart.prices:reprice" for name in NAMES]
    assert len(set(merge_shapes(types).values())) == len(NAMES)
    templates = merge_shapes([*keys, other])
    assert len({templates[key] for key in keys}) == 1
    assert templates[other] == other


def test_a_mark_in_a_message_is_harmless() -> None:
    assert _shape(f"odd {clustering.CODE_MARK} text 7") == f"odd {clustering.CODE_MARK} text {VARIABLE}"


# ---- real logs


def _message(entry: dict[str, Any]) -> str:
    payload = entry.get("jsonPayload") or {}
    return str(entry.get("textPayload") or payload.get("message") or "")


TRUE_COUNTS = {
    "staging-0041-0043Z.json": {
        "CRITICAL: Enhanced middleware setup failed": 15,
        "Middleware setup failure details": 15,
        "Exception in worker process": 15,
        "exited with code 3": 15,
        "Shutting down: Master": 15,
        "Worker failed to boot": 15,
        "Container called exit(3)": 15,
        "Sentry SDK not available": 15,
        "SERVICE_ID contained whitespace": 14,
    },
    "staging-1924-2249Z.json": {
        "HTTP response was malformed": 67,
        "Sentry SDK not available": 35,
        "Container called exit(3)": 12,
        "could not start": 10,
        "Failed to run migrations": 7,
        "PHASE FAILED": 7,
        "Application startup failed": 6,
        "session middleware error": 6,
    },
}


@NEEDS_EXPORTS
@pytest.mark.parametrize(("name", "counts"), TRUE_COUNTS.items())
def test_the_true_counts_of_the_real_exports_are_clusters(name: str, counts: dict[str, int]) -> None:
    messages = [_message(entry) for entry in json.loads((SHARED / "data" / "netra" / name).read_text())]
    ids = cluster_ids(messages)
    sizes = Counter(ids)
    lines = [(message, sizes[name]) for message, name in zip(messages, ids, strict=True) if "Traceback" not in message]
    found = {text: {size for message, size in lines if text in message} for text in counts}
    assert found == {text: {count} for text, count in counts.items()}


@pytest.mark.skipif(not (SHARED / "data" / "loghub").exists(), reason="the labelled logs are not here")
def test_sixteen_labelled_systems_are_grouped_right_from_one_setting() -> None:
    sys.path.insert(0, str(SHARED / "tools"))
    from clusters_eval import load, score  # type: ignore[import-not-found]

    scores = {name: score(truth, cluster_ids(lines)) for name, (lines, truth) in load(SHARED / "data" / "loghub").items()}
    assert sum(accuracy for accuracy, _ in scores.values()) / len(scores) >= 0.995
    assert sum(f1 for _, f1 in scores.values()) / len(scores) >= 0.973
    assert min(accuracy for accuracy, _ in scores.values()) >= 0.97
