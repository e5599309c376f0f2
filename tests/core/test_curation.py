"""Patterns that people write, the decisions that hold, and what is new since the last deploy."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.curation import Action, Change, describe_change, give_names, named_id, names_ever, settle
from lib.core.newness import find_new
from lib.core.patterns import compile_pattern, match_texts, readable
from lib.core.priority import RUBRIC, describe_priority
from lib.core.templates.collapsing import collapse
from lib.errors import BadQuery
from tests.entries import START

LINES = [
    "Container called exit(3).",
    "Container called exit(0).",
    "order 12 failed:  no connection",
    "ORDER 9 failed:\nno connection to 10.0.0.1",
    "job 0af31b22 done in 12 ms",
]
LATER = START + timedelta(hours=1)


def taken(pattern: str) -> list[str]:
    """Return the lines in whose collapsed texts a pattern is found."""
    found = match_texts(collapse(pl.Series("text", LINES)), pattern)
    return [line for line, yes in zip(LINES, found, strict=True) if yes]


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("exit(3)", [0]),
        ("Container called exit", [0, 1]),
        ("container CALLED", [0, 1]),
        ("order 777 failed: no connection", [2, 3]),
        ("order <*> connection", [2, 3]),
        ("connection to", [3]),
        ("job deadbeef1 done in 5 ms", [4]),
        (r"/exit\([1-9]/", [0]),
        (r"/order \d+|exit\(0/", [1, 2]),
        ("/^job/", [4]),
        ("exit(4)", []),
        ("exit.3.", []),
    ],
)
def test_a_pattern_takes_what_it_says_and_nothing_else(pattern: str, places: list[int]) -> None:
    assert taken(pattern) == [LINES[p] for p in places]


@pytest.mark.parametrize("line", LINES)
def test_a_pasted_line_is_a_pattern_that_takes_itself(line: str) -> None:
    assert line in taken(line)


EMPTY = ["", "  ", "<*>", "<*> <*>", "//", "/a*/", "\x10"]
UNREADABLE = ["/(a/", "/(?=a)b/", "/a{1000}{1000}/", "/a{1,99999999999}/", "/" + "(" * 400 + "a" + ")" * 400 + "/", "x" * 1001]


@pytest.mark.parametrize("pattern", EMPTY + UNREADABLE)
def test_a_pattern_that_says_nothing_or_cannot_be_read_is_refused_with_a_hint(pattern: str) -> None:
    with pytest.raises(BadQuery) as told:
        compile_pattern(pattern)
    assert told.value.hint
    assert "polars" not in told.value.message + told.value.hint


@pytest.mark.parametrize("pattern", [r"/\p{Lu}+ 0/", r"/failed:\s+no connection\z/", r"/\x{6f}rder .*(?i)CONNECTION/"])
def test_a_regular_expression_is_read_as_rust_reads_it(pattern: str) -> None:
    assert taken(pattern)


def test_what_is_wrong_with_a_regular_expression_is_told() -> None:
    with pytest.raises(BadQuery, match="no regular expression: unclosed group"):
        compile_pattern("/(a/")


@given(st.text(min_size=1, max_size=60))
def test_plain_text_never_breaks_and_takes_the_line_that_it_came_from(text: str) -> None:
    try:
        found = match_texts(collapse(pl.Series("text", [f"before {text} after"], pl.String)), f"before {text} after")
    except BadQuery:
        return
    assert found[0] or "<*>" in text or any(sign in text for sign in "\x10\x11\x1a")


def test_texts_without_a_message_match_nothing() -> None:
    assert match_texts(pl.Series("text", [None, "a b"], pl.String), "a").to_list() == [False, True]


def test_a_collapsed_text_reads_as_people_wrote_it() -> None:
    assert readable(collapse(pl.Series("t", ["exited with code 3 after 12 s"])))[0] == "exited with code 3 after 0 s"
    assert readable(pl.Series("t", ["ValueError: no\x11shop.store:save"]))[0] == "ValueError: no at shop.store:save"


def change(action: Action, subject: str, hours: int = 0, **values: str | datetime) -> Change:
    return Change(START + timedelta(hours=hours), action, subject, **values)  # type: ignore[arg-type]


def mute(subject: str, until: datetime, **values: str) -> Change:
    return Change(START, Action.MUTE, subject, until=until, reason="known", **values)


def test_a_name_holds_until_it_is_taken_away() -> None:
    given_it = change(Action.NAME, "pool", pattern="no connection")
    assert [n.pattern for n in settle([given_it], LATER).named] == ["no connection"]
    assert settle([given_it, change(Action.UNNAME, "pool", 1)], LATER).named == ()


def test_a_better_pattern_keeps_the_id_of_a_name() -> None:
    both = [change(Action.NAME, "pool", pattern="a"), change(Action.NAME, "pool", 1, pattern="b")]
    (held,) = settle(both, LATER).named
    assert (held.pattern, held.cluster) == ("b", named_id("pool"))


def test_a_mute_ends_by_itself_at_its_time_and_not_before() -> None:
    held = [mute("c1", LATER)]
    assert [m.cluster for m in settle(held, LATER - timedelta(microseconds=1)).mutes] == ["c1"]
    assert settle(held, LATER).mutes == ()


def test_a_mute_can_be_ended_and_made_again() -> None:
    ended = [mute("c1", LATER), change(Action.UNMUTE, "c1")]
    assert settle(ended, START).mutes == ()
    assert len(settle([*ended, mute("c1", LATER)], START).mutes) == 1


def test_a_mute_is_of_a_cluster_or_of_a_pattern() -> None:
    of_cluster, of_pattern = settle([mute("c1", LATER), mute("timeout", LATER, pattern="timeout")], START).mutes
    assert (of_cluster.cluster, of_cluster.pattern) == ("c1", "")
    assert (of_pattern.cluster, of_pattern.pattern) == ("", "timeout")


def test_a_link_to_a_name_is_known_after_the_name_is_gone() -> None:
    gone = [change(Action.NAME, "pool", pattern="a"), change(Action.UNNAME, "pool", 1)]
    assert names_ever(gone) == {named_id("pool"): "pool"}


def test_the_first_of_two_names_has_a_text() -> None:
    named = settle([change(Action.NAME, "a", pattern="one"), change(Action.NAME, "b", pattern="two")], LATER).named
    texts = pl.Series("collapsed", ["one", "two", "one two", "three"])
    before = pl.Series("cluster", ["1", "2", "3", "4"])
    assert give_names(texts, before, named).to_list() == [named_id("a"), named_id("b"), named_id("a"), "4"]


@pytest.mark.parametrize("action", list(Action))
def test_every_decision_reads_as_a_sentence_with_its_reason(action: Action) -> None:
    told = describe_change(Change(START, action, "pool", pattern="a", reason="known fault", until=LATER))
    assert "“pool”" in told
    assert told.endswith("because: known fault")


# ---- new since the last deploy


def seen(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    """Return rows of cluster, service, revision, hours since START."""
    names = ["cluster", "service", "revision"]
    made = [dict(zip(names, r, strict=False), environment="prod", first=START + timedelta(hours=r[3])) for r in rows]
    return pl.DataFrame(made).select("cluster", "service", "environment", "revision", "first")


REVISIONS = seen(("", "api", "api-1", 0), ("", "api", "api-2", 5), ("", "job", "job-1", 0)).drop("cluster")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("c", "api", "api-2", 6)], {"c": ("api",)}),
        ([("c", "api", "api-2", 6), ("c", "api", "api-1", 7)], {"c": ()}),
        ([("c", "api", "api-1", 6)], {"c": ()}),
        ([("c", "api", "", 4)], {"c": ()}),
        ([("c", "api", "", 6)], {"c": ("api",)}),
        ([("c", "job", "job-1", 6)], {}),
        ([("c", "job", "job-1", 6), ("c", "api", "api-2", 6)], {"c": ("api",)}),
    ],
)
def test_only_what_the_newest_revision_alone_wrote_is_new(rows: list[tuple[str, str, str, int]], told: object) -> None:
    assert find_new(seen(*rows), REVISIONS) == told


# ---- the reason of a priority


@pytest.mark.parametrize(
    ("count", "span", "revisions", "told"),
    [
        (67, timedelta(hours=3), 2, "67 in 3 h, 2 revisions"),
        (1, timedelta(0), 1, "once, 1 revision"),
        (5, timedelta(milliseconds=3), 0, "5 at once"),
    ],
)
def test_a_priority_is_a_sentence_with_what_it_rests_on(count: int, span: timedelta, revisions: int, told: str) -> None:
    rule = RUBRIC[1]
    assert describe_priority(rule, count, span, revisions) == f"{rule.priority}: {rule.reason}, {told}"
