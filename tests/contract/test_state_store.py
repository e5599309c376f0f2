"""What every StateStore keeps, the fake one too."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lib.adapters.keptrows import MOST
from lib.adapters.state import SqlStateStore
from lib.core.blindness.corrections import Telling, ToldGap
from lib.core.collecting import SourceKind, SourceRecord, Stretch
from lib.core.curation import Action, Change
from lib.core.kept import Audited, Flown, HealthAnswer
from lib.core.model import ImportRecord, Skipped, SourceState
from lib.core.report.notes import Note
from lib.core.report.snapshots import Frozen
from lib.core.sentry.asked import Declared
from lib.core.sentry.healthdocs import HealthWord
from lib.core.sentry.sentryfacts import Failure, Point, Project, Release, SentryFacts
from lib.core.upkeep import Chore, Duty
from lib.errors import StoreError
from lib.ports import StateStore
from tests.entries import START
from tests.fakes import MemoryStateStore

IMPLEMENTATIONS: dict[str, Callable[[Path], StateStore]] = {
    "memory": lambda _: MemoryStateStore(),
    "sql": lambda home: SqlStateStore(home / "deep" / "state.sqlite"),
}
RECORD = ImportRecord("i1", "f1", "one.json", "running", START, START, size=1000)
FULL = replace(
    RECORD, state="done", done=1000, read=10, added=7, duplicates=2, no_message=1, skipped={"damaged JSON": 1},
    masked={"email": 3}, severities={"INFO": 9}, first=START, last=START + timedelta(microseconds=1), suspect="cut",
)  # fmt: skip


@pytest.fixture(params=IMPLEMENTATIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    return IMPLEMENTATIONS[request.param](tmp_path)


def by_first_letter(shapes: Iterable[str]) -> dict[str, str]:
    """Merge shapes that begin alike, once there are two of them."""
    all_of_them = set(shapes)
    same = {s: {t for t in all_of_them if t[0] == s[0]} for s in all_of_them}
    return {s: s[0] + "*" if len(same[s]) > 1 else s for s in all_of_them}


def add(store: StateStore, *shapes: str) -> None:
    store.add_shapes(shapes, by_first_letter, lambda template: f"id of {template}")


def test_a_record_comes_back_as_it_was_saved(store: StateStore) -> None:
    store.save_import(FULL)
    assert list(store.imports()) == [FULL]


def test_a_record_is_replaced_by_its_id(store: StateStore) -> None:
    store.save_import(RECORD)
    store.save_import(FULL)
    assert list(store.imports()) == [FULL]


def test_imports_come_newest_first(store: StateStore) -> None:
    for n in (1, 3, 2):
        store.save_import(replace(RECORD, id=f"i{n}", started=START + timedelta(hours=n)))
    assert [r.id for r in store.imports()] == ["i3", "i2", "i1"]


def test_skipped_entries_are_kept_once_a_place_and_come_in_order(store: StateStore) -> None:
    places = (("b.json", 7), ("a.json", 9), ("a.json", 2))
    rows = [Skipped(name, f"fingerprint of {name}", "damaged JSON", position, "{") for name, position in places]
    store.save_skipped(rows)
    store.save_skipped(rows)
    store.save_skipped([])
    assert [(s.source, s.position) for s in store.skipped()] == [("a.json", 2), ("a.json", 9), ("b.json", 7)]


def test_skipped_entries_are_found_by_reason_and_cut_at_the_limit(store: StateStore) -> None:
    store.save_skipped(Skipped("a", "f", "NUL character" if n % 2 else "damaged JSON", n, "x") for n in range(10))
    assert [s.position for s in store.skipped("NUL character")] == [1, 3, 5, 7, 9]
    assert [s.position for s in store.skipped(limit=3)] == [0, 1, 2]
    assert list(store.skipped("never heard of")) == []


def test_shapes_are_kept_with_the_template_of_today(store: StateStore) -> None:
    add(store, "apple", "bread")
    assert store.shapes() == {"apple": "apple", "bread": "bread"}
    add(store, "apricot")
    assert store.shapes() == {"apple": "a*", "apricot": "a*", "bread": "bread"}


def test_an_id_that_a_merge_took_away_leads_to_the_one_of_today(store: StateStore) -> None:
    add(store, "apple", "bread")
    assert store.aliases() == {}
    add(store, "apricot")
    assert store.aliases() == {"id of apple": "id of a*"}


def test_an_id_that_stands_is_no_alias_of_itself(store: StateStore) -> None:
    add(store, "apple")
    add(store, "bread")
    add(store, "apple")
    assert store.aliases() == {}


def test_an_alias_follows_through_two_merges(store: StateStore) -> None:
    add(store, "apple")
    add(store, "apricot")
    store.add_shapes(["berry"], lambda found: dict.fromkeys(found, "all"), lambda template: f"id of {template}")
    assert store.aliases() == {"id of apple": "id of all", "id of a*": "id of all"}


def test_shapes_that_are_known_ask_for_no_merge(store: StateStore) -> None:
    add(store, "apple")

    def refuse(_: Iterable[str]) -> dict[str, str]:
        raise AssertionError("merged without need")

    store.add_shapes(["apple"], refuse, str)
    store.add_shapes([], refuse, str)


def test_the_version_rises_with_what_changes_an_answer(store: StateStore) -> None:
    seen = [store.version()]
    store.save_import(RECORD)
    seen.append(store.version())
    add(store, "apple")
    seen.append(store.version())
    add(store, "apple")
    assert seen == sorted(set(seen))
    assert store.version() == seen[-1]


def test_a_merge_that_fails_leaves_the_catalog_as_it_was(store: StateStore) -> None:
    add(store, "apple")

    def fail(_: Iterable[str]) -> dict[str, str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.add_shapes(["bread"], fail, str)
    assert store.shapes() == {"apple": "apple"}


def test_a_damaged_file_is_told_kindly(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(StoreError, match="is damaged") as told:
        SqlStateStore(tmp_path / "state.sqlite")
    assert told.value.hint


def test_decisions_come_back_in_the_order_in_which_they_were_made(store: StateStore) -> None:
    made = [
        Change(START, Action.NAME, "pool", "no connection", "two wordings"),
        Change(START, Action.MUTE, "c1", "", "known", START + timedelta(hours=8)),
        Change(START - timedelta(days=1), Action.UNNAME, "pool"),
    ]
    for one in made:
        store.add_change(one)
    assert list(store.changes()) == made


def test_a_decision_is_a_new_version(store: StateStore) -> None:
    before = store.version()
    store.add_change(Change(START, Action.UNMUTE, "c1"))
    assert store.version() > before


HOUR = timedelta(hours=1)
FACTS = SentryFacts(
    "acme",
    (Project("orders", "45", "Orders", "python", START, ("staging",)),),
    (Point("orders", START, {"accepted": 3}), Point("orders", START + HOUR, {"accepted": 1, "rate_limited": 7})),
    (Release("orders-00042-abc", "orders", START, START + HOUR),),
    (Failure("sessions", "refused (403)", "give the token org:read"),),
    {"keys": {"orders": {"active": 1}}},
    START + 2 * HOUR,
)


def test_sentry_was_never_asked_until_it_was(store: StateStore) -> None:
    assert store.sentry() is None
    store.save_sentry(FACTS)
    assert store.sentry() == FACTS


def test_later_facts_do_not_erase_earlier_hours(store: StateStore) -> None:
    store.save_sentry(FACTS)
    later = SentryFacts("acme", points=(Point("orders", START + HOUR, {"accepted": 2}),), read_at=START + 9 * HOUR)
    store.save_sentry(later)
    kept = store.sentry()
    assert kept is not None
    assert [(p.start, p.outcomes) for p in kept.points] == [(START, {"accepted": 3}), (START + HOUR, {"accepted": 2})]
    assert (kept.projects, kept.failures, kept.read_at) == (FACTS.projects, (), later.read_at)


def test_facts_read_earlier_win_nothing_over_later_ones(store: StateStore) -> None:
    store.save_sentry(FACTS)
    store.save_sentry(replace(FACTS, points=(Point("orders", START, {"accepted": 1}),), read_at=START, failures=()))
    assert store.sentry() == FACTS


def test_sentrys_facts_change_the_version(store: StateStore) -> None:
    before = store.version()
    store.save_sentry(FACTS)
    assert store.version() > before


AUDITED = Audited(
    "orders",
    "",
    START,
    (
        Declared("requirements.txt", True, "sentry-sdk==2.1", "orders", "", "sentry-sdk", "2.1", "", "main", START),
        Declared("pyproject.toml", False, service="orders", error="line 3 is no TOML", read_at=START),
    ),
)
SAID = HealthAnswer("orders", "", START + HOUR, HealthWord.DISABLED, ("checks.sentry = disabled",))
SILENT = HealthAnswer("orders", "", START + 3 * HOUR, None, (), "The service 'orders' did not answer.", "See whether it runs.")
FLOWN = Flown("orders", "staging", START + 2 * HOUR, True, None, None, "e" * 32, "Whether Sentry shows it is unknown.")


def test_answers_come_back_as_they_were_given_oldest_first(store: StateStore) -> None:
    assert list(store.kept()) == []
    for answer in (SILENT, FLOWN, AUDITED, SAID, replace(FLOWN, accepted=True, after_s=2.5, read_at=START + 4 * HOUR)):
        store.keep(answer)
    told = list(store.kept())
    assert told[:4] == [AUDITED, SAID, FLOWN, SILENT]
    assert (told[4].accepted, told[4].after_s) == (True, 2.5)  # type: ignore[union-attr]


def test_a_kept_answer_is_a_new_version(store: StateStore) -> None:
    before = store.version()
    store.keep(AUDITED)
    assert store.version() > before


def test_of_many_answers_the_newest_stay_and_no_other_service_loses_one(tmp_path: Path) -> None:
    store = SqlStateStore(tmp_path / "state.sqlite")
    store.keep(replace(SAID, service="billing"))
    store.keep(AUDITED)
    for n in range(MOST + 3):
        store.keep(replace(SAID, read_at=START + n * timedelta(minutes=1)))
    told = store.kept()
    assert [a for a in told if a.service == "billing" or isinstance(a, Audited)] == [AUDITED, replace(SAID, service="billing")]
    mine = [a.read_at for a in told if isinstance(a, HealthAnswer) and a.service == "orders"]
    assert (len(mine), mine[0]) == (MOST, START + timedelta(minutes=3))


def test_what_was_told_of_gaps_comes_back_oldest_first(store: StateStore) -> None:
    gap = ToldGap("missing", START, None)
    older = Telling("orders", "staging", START, START + HOUR, START, START + HOUR, (gap,))
    newer = Telling("orders", "staging", START + HOUR, START + HOUR, START, START + HOUR)
    store.save_tellings([newer, older])
    assert list(store.tellings()) == [older, newer]


def test_a_telling_replaces_the_one_of_the_same_time_and_no_version(store: StateStore) -> None:
    told = Telling("orders", "staging", START, START, START, START + HOUR)
    store.save_tellings([told])
    before = store.version()
    store.save_tellings([replace(told, told_at=START + HOUR, gaps=(ToldGap("missing", START, START + HOUR),))])
    store.save_tellings([])
    assert [t.told_at for t in store.tellings()] == [START + HOUR]
    assert store.version() == before


def test_a_duty_comes_back_as_it_was_last_done_and_is_a_new_version(store: StateStore) -> None:
    assert store.chores() == {}
    before = store.version()
    store.save_chore(Chore(Duty.EXPIRE, START, before=START))
    last = Chore(Duty.EXPIRE, START + timedelta(hours=1), SourceState.FAILING, "full", "make room", START, 7)
    store.save_chore(last)
    store.save_chore(Chore(Duty.COMPACT, START))
    assert store.chores() == {Duty.EXPIRE: last, Duty.COMPACT: Chore(Duty.COMPACT, START)}
    assert store.version() > before


LIVE = SourceRecord(
    "acme-prod", SourceKind.LOGGING, SourceState.FAILING, "refused", "grant it", START, START, START, START, START, START,
    START + timedelta(microseconds=1), timedelta(seconds=1.5), HOUR, True, 7, 60, 3, 1, 10, 7, 2, 1, {"damaged JSON": 1},
    {"email": 3}, "severity>=WARNING", "INFO",
)  # fmt: skip


def test_a_live_source_comes_back_as_it_was_saved_and_is_replaced_by_its_name(store: StateStore) -> None:
    assert list(store.sources()) == []
    store.save_source(replace(LIVE, name="b"))
    store.save_source(SourceRecord("acme-prod", SourceKind.LOGGING))
    store.save_source(LIVE)
    assert list(store.sources()) == [LIVE, replace(LIVE, name="b")]


def stretch(start: int, end: int, source: str = "acme-prod", through: str = "") -> Stretch:
    return Stretch(source, START + start * HOUR, START + end * HOUR, through)


def test_stretches_that_touch_become_one_of_their_source_and_filter(store: StateStore) -> None:
    store.save_source(LIVE, [stretch(0, 1), stretch(2, 3), stretch(1, 2, "other"), stretch(1, 2, through="all")])
    assert list(store.stretches()) == [stretch(0, 1), stretch(2, 3), stretch(1, 2, through="all"), stretch(1, 2, "other")]
    store.save_source(LIVE, [stretch(1, 2)])
    assert list(store.stretches()) == [stretch(0, 3), stretch(1, 2, through="all"), stretch(1, 2, "other")]


def test_what_was_said_to_be_read_can_be_taken_back(store: StateStore) -> None:
    store.save_source(LIVE, [stretch(0, 2), stretch(3, 4), stretch(0, 4, "other")])
    before = store.version()
    store.cut_stretches("acme-prod", START + HOUR)
    assert list(store.stretches()) == [stretch(0, 1), stretch(0, 4, "other")]
    assert store.version() > before


def test_a_heartbeat_is_no_new_version_and_news_is(store: StateStore) -> None:
    store.save_source(LIVE)
    before = store.version()
    store.save_source(replace(LIVE, heartbeat=START + HOUR, asked=START + HOUR, rounds=4, calls=8))
    assert store.version() == before
    store.save_source(replace(LIVE, state=SourceState.OK))
    between = store.version()
    store.save_source(replace(LIVE, state=SourceState.OK), [stretch(0, 1)])
    assert before < between < store.version()


def test_a_watermark_that_moves_within_a_minute_is_no_new_version(store: StateStore) -> None:
    store.save_source(LIVE, [stretch(0, 1)])
    before = store.version()
    store.save_source(LIVE, [Stretch("acme-prod", START, START + HOUR + timedelta(seconds=59))])
    assert store.version() == before
    store.save_source(LIVE, [Stretch("acme-prod", START, START + HOUR + timedelta(seconds=60))])
    assert store.version() > before


NOTE = Note("n1", START, "Rolled back\nby hand", "Kim", START + HOUR, "checkout")
FROZEN = Frozen("a" * 32, START, START + HOUR, "postmortem", "Postmortem: noon", '{"a": "ü\\u2028"}\n', "ann@example.com")


def test_notes_come_back_in_the_order_of_writing_and_are_news(store: StateStore) -> None:
    before = store.version()
    store.add_note(NOTE)
    store.add_note(replace(NOTE, id="n0", ts=START - HOUR))
    assert list(store.notes()) == [NOTE, replace(NOTE, id="n0", ts=START - HOUR)]
    assert store.version() > before


def test_a_note_that_was_taken_away_is_kept_with_who_did_it_first(store: StateStore) -> None:
    store.add_note(NOTE)
    before = store.version()
    assert store.delete_note("n1", "Ash", START + 2 * HOUR)
    after = store.version()
    assert after > before
    assert not store.delete_note("n1", "Sam", START + 3 * HOUR)
    assert not store.delete_note("unknown", "Sam", START)
    assert store.version() == after
    assert list(store.notes()) == [replace(NOTE, deleted_at=START + 2 * HOUR, deleted_by="Ash")]


def test_a_frozen_report_comes_back_letter_by_letter(store: StateStore) -> None:
    store.freeze(FROZEN)
    assert store.frozen(FROZEN.id) == FROZEN
    assert store.frozen("b" * 32) is None


def test_freezing_forgets_what_has_ended_and_nothing_else(store: StateStore) -> None:
    never, later = replace(FROZEN, id="b" * 32, ends_at=None), replace(FROZEN, id="c" * 32, made_at=START + HOUR, ends_at=None)
    for one in (FROZEN, never, later):
        store.freeze(one)
    assert list(store.all_frozen()) == [later, never]


def test_when_a_frozen_report_ends_can_be_set_and_unset(store: StateStore) -> None:
    store.freeze(FROZEN)
    assert store.end_frozen(FROZEN.id, None)
    assert store.frozen(FROZEN.id) == replace(FROZEN, ends_at=None)
    assert not store.end_frozen("b" * 32, START)
