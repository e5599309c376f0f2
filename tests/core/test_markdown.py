"""A draft of hostile text, as GitHub's own renderer sees it: nothing of the text is anything but code."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.codemarks import within
from lib.core.issues import Action, Decision, Draft, fingerprint_of, has_mark, read_mark, write_mark
from lib.core.model import Cluster, Coverage, Kind, Priority
from lib.core.sentry.trackingstates import Confidence
from lib.core.success.model import Criterion, CriterionKind
from lib.core.tickets import markdown as md
from lib.core.tickets.body import Facts, Place, write_draft
from tests.entries import START
from tests.hostile import OWN, find_live, read_hostile, render

ALLOWED = {"p", "strong", "h3", "pre", "code", "ul", "li", "input", "hr", "br"}
HOUR = timedelta(hours=1)


def draft(text: str, related: tuple[int, ...] = ()) -> Draft:
    """Return a draft in which every word that can come from outside is the text."""
    cluster = Cluster(
        "0123456789ab", text, Kind.OBSERVABILITY, Priority.P2, 3, 0.1, {text: 3}, (text,), 1, 1, START, START + HOUR, text,
        location=text, exception=text, reason=text,
    )  # fmt: skip
    coverage = Coverage(10, False, {text: 1}, 1, (text,), START, START + HOUR, START, left_out=(text,))
    place = Place(text, text, text, 3, START, START + HOUR)
    facts = Facts(cluster, coverage, (place, place), (text, text + "x"), text, (text,), (text,), (text,), text)
    criterion = Criterion(text, CriterionKind.TEXT_GONE, text, text, text, text, text)
    decision = Decision(Action.CREATE, None, text, Confidence.HIGH, text, related)
    return write_draft(facts, [criterion], decision)


def check(text: str) -> None:
    """Hold that nothing of a text takes effect in title or body, and that the mark still ends the body."""
    made = draft(text)
    tree = render(made.body)
    assert tree.tags <= ALLOWED
    assert find_live(tree) == {}
    assert [c.strip() for c in tree.comments] == [f"blindspot:{made.fingerprint} {made.digest}"]
    assert read_mark(made.body) == (made.fingerprint, made.digest)
    assert md.size(made.body) <= md.LIMIT
    assert "\n" not in made.title
    assert 0 < len(made.title) <= 256
    titled = render(made.title)
    assert titled.tags <= {"p"}
    assert find_live(titled) == {}
    assert not titled.comments


def test_there_are_seventy_of_our_own_at_least() -> None:
    assert len(set(OWN)) >= 70


@pytest.mark.parametrize("text", OWN, ids=[f"{i}-{ascii(t)[1:20]}" for i, t in enumerate(OWN)])
def test_nothing_of_a_hostile_text_takes_effect(text: str) -> None:
    check(text)


def test_nothing_of_the_style_and_the_facts_takes_effect(shared: Path) -> None:
    texts = read_hostile(shared)
    assert len(texts) > 300
    for text in texts:
        check(text)


SIGNS = st.text(st.sampled_from("`~@#<>!-[]()|*_\\&:$/. \n\r\tab1\u2028\x85\u202e") | st.characters(), max_size=80)


@given(SIGNS)
def test_nothing_of_any_text_takes_effect(text: str) -> None:
    check(text)


@given(SIGNS)
def test_a_fence_holds_all_of_a_text_and_ends(text: str) -> None:
    tree = render(f"before\n\n{md.fence(text)}\n\nafter")
    assert tree.tags == {"p", "pre", "code"}
    assert "".join(tree.prose.split()) == "beforeafter"
    assert tree.code == [within(text) + "\n"]


@given(st.lists(SIGNS, max_size=4))
def test_code_within_a_line_holds_all_of_a_text(texts: list[str]) -> None:
    tree = render("- " + " and ".join(md.code(t) for t in texts) + " end")
    assert tree.tags <= {"ul", "li", "code"}
    assert len(tree.code) == len(texts)


def test_the_renderer_would_tell() -> None:
    for text in ("@octocat", "#1", "acme/shop#1", "https://evil.example", "fixes #1"):
        assert find_live(render(text))
    assert "img" in render("![x](https://evil.example)").tags
    assert "details" in render("<details>x</details>").tags
    assert render("<!-- x -->").comments == [" x "]


def test_related_issues_are_the_only_references() -> None:
    assert find_live(render(draft("@octocat #1", (12, 34)).body)) == {"reference": ["#12", "#34"]}


def test_a_long_text_is_cut_and_says_so_and_its_fence_is_closed() -> None:
    body = draft("word " * 100_000).body
    assert "characters more]" in body
    assert md.size(body) < md.LIMIT
    assert read_mark(body)[0]


def test_parts_that_do_not_fit_are_left_out_whole_and_told() -> None:
    parts = [md.fence("x" * 30_000, 40_000) for _ in range(5)]
    body = md.assemble(parts, "last")
    assert body.count("```text") == 2
    assert "More was found than an issue takes" in body
    assert body.endswith("last")


def test_a_mark_counts_at_the_end_alone() -> None:
    mark = write_mark("bs-" + "0" * 16, "1" * 12)
    assert read_mark(f"text\n\n{mark}") == ("bs-" + "0" * 16, "1" * 12)
    assert read_mark(f"text\r\n\r\n{mark}\r\n".replace("\n", "\r\n")) != ("", "")
    assert read_mark(mark.partition("\n")[0]) == ("bs-" + "0" * 16, "1" * 12)  # the hidden one got lost
    assert read_mark(f"{mark}\n\nMore.") == ("", "")
    assert read_mark("\n".join(f"> {line}" for line in mark.split("\n"))) == ("", "")
    assert read_mark(f"```\n{mark}\n```") == ("", "")
    assert has_mark(mark, ("bs-" + "0" * 16,))
    assert not has_mark(mark, ("bs-" + "1" * 16,))


def test_the_same_evidence_makes_the_same_digest_and_other_evidence_another() -> None:
    one, two = draft("a"), draft("a", (5,))
    assert (one.digest, one.fingerprint) == (two.digest, two.fingerprint)
    assert draft("b").digest != one.digest
    assert one.fingerprint == fingerprint_of("0123456789ab")


def test_titles_say_what_and_where() -> None:
    cluster = replace(
        Cluster("c", "Sentry SDK not available <*> x", Kind.OBSERVABILITY, Priority.P2, 1, 0.1, {}, (), 1, 1, START, START, ""),
    )
    facts = Facts(cluster, Coverage(), (Place("shop", "staging", "r", 1, START, START),))
    assert write_draft(facts, ()).title == "Sentry SDK not available … x [shop (staging)]"
