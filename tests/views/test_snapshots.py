"""Frozen reports: the same for ever, unguessable, and one answer for every id that leads nowhere."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from lib import wiring
from lib.core import clustering, masks
from lib.core.issues import Action, Decision, KeptDraft
from lib.core.model import Query
from lib.core.report.actions import NONE_WRITTEN
from lib.core.report.comparing import SAME
from lib.core.report.document import Document, ReportKind, read_text, write_text
from lib.core.sentry.trackingstates import Confidence
from lib.core.success.model import Criterion, CriterionKind
from lib.errors import BadQuery, StoreError
from lib.ports import Ports
from lib.views import notes, report, snapshots, sources
from tests.entries import SERVICE, START, entry, texts
from tests.fakes import memory_ports

NOW = START + timedelta(hours=2)
DAY = timedelta(days=1)


def logs(folder: Path, count: int = 12) -> str:
    """Write an export whose every third entry is an error."""
    told = [(f"Order {n} not stored: pool timeout", "ERROR") if n % 3 else ("stored", "INFO") for n in range(count)]
    made = [entry(n, text, severity=severity) for n, (text, severity) in enumerate(told)]
    file = folder / f"logs{count}.json"
    file.write_bytes(b"\n".join(texts(*made)) + b"\n")
    return str(file)


@pytest.fixture
def space(tmp_path: Path) -> wiring.Workspace:
    """A real home folder with a few entries in it."""
    space = wiring.open_workspace(tmp_path / "home")
    wiring.import_paths([logs(tmp_path)], space)
    return space


def write(ports: Ports) -> Document:
    return report.load(ports, Query(), NOW)


def test_a_frozen_report_stays_byte_for_byte_the_same(space: wiring.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries expire, the rules get another version, and everything is opened again."""
    before = write(space.ports)
    frozen = snapshots.freeze(space.ports, before, NOW)
    space.ports.entries.expire(NOW + 400 * DAY)
    monkeypatch.setattr(clustering, "RULES_VERSION", 99)
    monkeypatch.setattr(masks, "RULES_VERSION", "99")
    again = wiring.open_workspace(space.home)
    assert sources.load(again.ports, Query(), NOW).rules == {"clustering": "99", "masking": "99"}
    assert write(again.ports).coverage["entries"] == 0
    opened = snapshots.open_frozen(again.ports, frozen.id, NOW + 400 * DAY)
    assert opened.text.encode() == frozen.text.encode() == write_text(before).encode()
    assert write_text(snapshots.read_document(opened)) == opened.text
    assert snapshots.read_document(opened) == before


def test_a_frozen_report_holds_figures_samples_coverage_method_and_versions(space: wiring.Workspace) -> None:
    document = snapshots.read_document(snapshots.freeze(space.ports, write(space.ports), NOW))
    assert document.facts.impact.failures == 8
    assert document.rules == {"clustering": str(clustering.RULES_VERSION), "masking": masks.RULES_VERSION}
    assert document.coverage["entries"] == 12
    assert any("pool timeout" in sample.text for section in document.sections for sample in section.samples)
    assert {"impact", "timeline", "problems", "clusters", "unknown", "method", "actions"} <= {s.name for s in document.sections}


def test_ids_hold_more_than_128_bits_and_never_come_twice(space: wiring.Workspace) -> None:
    document = write(space.ports)
    ids = {snapshots.freeze(space.ports, document, NOW).id for _ in range(50)}
    assert len(ids) == 50
    assert {len(one) for one in ids} == {32}  # 6 bits each


def test_an_id_that_leads_nowhere_gets_the_one_answer(space: wiring.Workspace) -> None:
    frozen = snapshots.freeze(space.ports, write(space.ports), NOW, NOW + DAY)
    with pytest.raises(BadQuery) as ended:
        snapshots.open_frozen(space.ports, frozen.id, NOW + DAY)
    near = frozen.id[:-1] + ("A" if frozen.id[-1] != "A" else "B")
    odd = ("", "x" * 32, "../../etc", "' OR 1=1 --", "ü" * 32, "A" * 10_000, "\x00" * 32)
    for wrong in (*odd, near, frozen.id[:-1], frozen.id + "\n"):
        with pytest.raises(BadQuery) as unknown:
            snapshots.open_frozen(space.ports, wrong, NOW)
        assert (unknown.value.message, unknown.value.hint) == (ended.value.message, ended.value.hint)


def test_a_link_ends_when_it_is_told_to_and_is_forgotten_with_the_next(space: wiring.Workspace) -> None:
    document = write(space.ports)
    frozen = snapshots.freeze(space.ports, document, NOW, NOW + DAY)
    assert snapshots.open_frozen(space.ports, frozen.id, NOW + DAY - timedelta(seconds=1)).id == frozen.id
    snapshots.set_end(space.ports, frozen.id, NOW, NOW)
    with pytest.raises(BadQuery):
        snapshots.open_frozen(space.ports, frozen.id, NOW)
    snapshots.freeze(space.ports, document, NOW)
    assert [f.id == frozen.id for f in space.ports.state.all_frozen()] == [False]


def test_an_end_that_is_past_is_refused(space: wiring.Workspace) -> None:
    with pytest.raises(BadQuery, match="which is past"):
        snapshots.freeze(space.ports, write(space.ports), NOW, NOW)
    assert not space.ports.state.all_frozen()


def test_two_who_freeze_at_once_get_a_link_each(space: wiring.Workspace) -> None:
    document, start, made = write(space.ports), Barrier(8), list[str]()

    def freeze() -> None:
        own = wiring.open_workspace(space.home)
        start.wait()
        made.append(snapshots.freeze(own.ports, document, NOW).id)

    threads = [Thread(target=freeze) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8
    assert {f.id for f in space.ports.state.all_frozen()} == set(made)


def test_nothing_changed_is_said_as_that(space: wiring.Workspace) -> None:
    document = write(space.ports)
    assert snapshots.compare(space.ports, document, write(space.ports)) == (SAME,)


def test_what_changed_since_is_told(space: wiring.Workspace, tmp_path: Path) -> None:
    before = write(space.ports)
    late = [entry(50, "Disk of the queue is full", severity="CRITICAL")]
    (tmp_path / "late.json").write_bytes(b"\n".join(texts(*late)) + b"\n")
    wiring.import_paths([str(tmp_path / "late.json")], space)
    told = "\n".join(snapshots.compare(space.ports, before, write(space.ports)))
    assert "1 more entry is known of this window." in told
    assert "1 cluster more: “Disk of the queue is full”" in told
    assert "9 failures now; it was 8." in told


def test_what_expired_is_not_called_gone(space: wiring.Workspace) -> None:
    before = write(space.ports)
    now = replace(
        before,
        coverage={**before.coverage, "entries": 0, "expired": "2026-01-01T00:00:00Z"},
        facts=replace(before.facts, clusters=()),
    )
    told = " ".join(snapshots.compare(space.ports, before, now))
    assert "have expired since: no entries are left of 12" in told
    assert "fewer" not in told


def test_a_text_that_is_no_report_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_text('{"kind": "postmortem"}')


def test_a_report_of_a_later_blindspot_says_so() -> None:
    text = write_text(replace(write(memory_ports()), format=99))
    with pytest.raises(StoreError, match="later version"):
        read_text(text)


def test_a_note_stands_on_the_timeline_until_somebody_takes_it_away(space: wiring.Workspace) -> None:
    note = notes.add_note(space.ports, START, "Turned the pool up to 40 | *now*", "Kim", NOW)
    assert "Turned the pool up to 40" in write_text(write(space.ports))
    notes.delete_note(space.ports, note.id, "Ash", NOW + DAY)
    assert "Turned the pool up to 40" not in write_text(write(space.ports))
    (kept,) = space.ports.state.notes()
    assert (kept.who, kept.deleted_by, kept.deleted_at) == ("Kim", "Ash", NOW + DAY)


def test_a_note_keeps_no_secret_and_no_control_sign(space: wiring.Workspace) -> None:
    note = notes.add_note(space.ports, START, "mail kim.doe@example.com", "Kim", NOW)
    assert "kim.doe@example.com" not in note.text
    for bad in ("", "  \n ", "x" * 2_001, "a\x1b[31mb"):
        with pytest.raises(BadQuery):
            notes.add_note(space.ports, START, bad, "Kim", NOW)
    with pytest.raises(BadQuery, match="No note has the id"):
        notes.delete_note(space.ports, "nothing", "Kim", NOW)


def test_criteria_and_decisions_that_are_kept_stand_in_the_report(space: wiring.Workspace) -> None:
    document = write(space.ports)
    assert document.facts.problems
    root = document.facts.problems[0].root
    assert NONE_WRITTEN in write_text(document)
    asked = Criterion("c1", CriterionKind.INITIALISED, "Sentry is initialised", SERVICE)
    decision = Decision(Action.UPDATE, 12, "", Confidence.HIGH, "the same text")
    space.ports.state.keep_draft(KeptDraft(root, "Pool", NOW, (asked,), decision, "acme/shop", NOW))
    after = report.load(space.ports, Query(), NOW, ReportKind.WORKLOG)
    assert "acme/shop number 12 (update: the same text)" in write_text(after)
    table = write(space.ports).tables()["actions"]
    assert table.rows[0][:2] == (f"{SERVICE}: Sentry is initialised", "undecided")
