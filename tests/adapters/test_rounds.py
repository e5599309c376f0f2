"""Sentry and health documents on their own clocks, against real servers on loopback."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lib import wiring
from lib.core.collecting import SourceKind
from lib.core.model import SourceState
from lib.errors import StoreError
from lib.rounds import HEALTH, SENTRY, Clocks, run_due
from tests.servers import ORGANIZATION, Reply, SentryWorld, Served, serve

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOKEN = "plan" + "ted-token"


def no_jitter() -> float:
    return 0.5


def workspace(home: Path, monkeypatch: pytest.MonkeyPatch, sentry: str = "", health: str = "") -> wiring.Workspace:
    lines = [f'[sentry]\nbase_url = "{sentry}"\norganization = "{ORGANIZATION}"'] if sentry else []
    lines += [f'[health]\ninterval = "5m"\n"checkout" = "{health}/health"'] if health else []
    (home / "blindspot.toml").write_text("\n".join(lines))
    monkeypatch.setenv("SENTRY_TOKEN", TOKEN)
    return wiring.open_workspace(home)


def since_of(served: Served) -> str:
    return next(s for s in served.seen if "stats_v2" in s.target).params["start"][0]


def test_each_is_read_when_it_is_due_and_not_before(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SentryWorld({"web": []}).answer) as sentry, serve(lambda seen: Reply({"checks": {"sentry": "ok"}})) as health:
        space, clocks = workspace(home, monkeypatch, sentry.url, health.url), Clocks()
        first = run_due(space, NOW, clocks, None, no_jitter)
        assert {o.name: o.state for o in first} == {SENTRY: SourceState.OK, f"{HEALTH}checkout": SourceState.OK}
        asked = len(sentry.seen)
        assert run_due(space, NOW + 4 * MINUTE, clocks, None, no_jitter) == []
        assert [o.name for o in run_due(space, NOW + 5 * MINUTE, clocks, None, no_jitter)] == [f"{HEALTH}checkout"]
        assert len(sentry.seen) == asked
        assert SENTRY in [o.name for o in run_due(space, NOW + 10 * MINUTE, clocks, None, no_jitter)]
    facts = space.ports.state.sentry()
    assert facts is not None
    assert facts.read_at == NOW + 10 * MINUTE
    assert [kept.read_at for kept in space.ports.state.kept()] == [NOW, NOW + 5 * MINUTE, NOW + 10 * MINUTE]


def test_a_later_reading_begins_a_little_before_the_last_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SentryWorld({"web": []}).answer) as sentry:
        space, clocks = workspace(home, monkeypatch, sentry.url), Clocks()
        run_due(space, NOW, clocks, None, no_jitter)
        sentry.seen.clear()
        run_due(space, NOW + 10 * MINUTE, clocks, None, no_jitter)
        assert since_of(sentry) == "2026-01-02T00:00:00Z"


def test_a_reading_that_fails_costs_itself_alone_and_comes_back_soon(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = SentryWorld({"web": []}, token="another")
    with serve(world.answer) as sentry, serve(lambda seen: Reply({"checks": {"sentry": "ok"}})) as health:
        space, clocks = workspace(home, monkeypatch, sentry.url, health.url), Clocks()
        outcomes = {o.name: o for o in run_due(space, NOW, clocks, None, no_jitter)}
        assert outcomes[f"{HEALTH}checkout"].state is SourceState.OK
        assert outcomes[SENTRY].state is SourceState.FAILING
        assert outcomes[SENTRY].hint
        assert TOKEN not in outcomes[SENTRY].message + outcomes[SENTRY].hint
        record = next(r for r in space.ports.state.sources() if r.name == SENTRY)
        assert (record.state, record.failures, record.succeeded) == (SourceState.FAILING, 1, None)
        world.token = TOKEN
        (mended,) = [o for o in run_due(space, NOW + 20 * MINUTE, clocks, None, no_jitter) if o.name == SENTRY]
        assert mended.state is SourceState.OK
        record = next(r for r in space.ports.state.sources() if r.name == SENTRY)
        assert (record.failures, record.succeeded) == (0, NOW + 20 * MINUTE)


def test_a_part_that_sentry_refuses_is_told_and_the_rest_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SentryWorld({"web": []}, troubles={"/releases/": Reply({}, 403)}).answer) as sentry:
        (outcome,) = run_due(workspace(home, monkeypatch, sentry.url), NOW, Clocks(), None, no_jitter)
    assert outcome.state is SourceState.STALE
    assert "project:read" in outcome.hint


def test_another_process_does_not_ask_again_before_its_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SentryWorld({"web": []}).answer) as sentry:
        space = workspace(home, monkeypatch, sentry.url)
        run_due(space, NOW, Clocks(), None, no_jitter)
        assert run_due(space, NOW + 9 * MINUTE, Clocks(), None, no_jitter) == []
        assert run_due(space, NOW + 10 * MINUTE, Clocks(), None, no_jitter)


def test_without_settings_nothing_is_read(home: Path) -> None:
    assert run_due(wiring.open_workspace(home), NOW, Clocks()) == []


def test_sentrys_broken_settings_are_told_as_its_outcome(home: Path) -> None:
    (home / "blindspot.toml").write_text("[sentry]\norganization = 3")
    (outcome,) = run_due(wiring.open_workspace(home), NOW, Clocks(), None, no_jitter)
    assert (outcome.name, outcome.state) == (SENTRY, SourceState.FAILING)
    assert "`organization`" in outcome.message


def test_a_kind_can_be_read_by_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SentryWorld({"web": []}).answer) as sentry, serve(lambda seen: Reply({"checks": {"sentry": "ok"}})) as health:
        space, clocks = workspace(home, monkeypatch, sentry.url, health.url), Clocks()
        assert [o.name for o in run_due(space, NOW, clocks, SourceKind.HEALTH, no_jitter)] == [f"{HEALTH}checkout"]
        assert sentry.seen == []
        assert [o.name for o in run_due(space, NOW, clocks, SourceKind.SENTRY, no_jitter)] == [SENTRY]
        assert run_due(space, NOW, clocks, None, no_jitter) == []


def test_a_state_that_cannot_be_written_is_raised(home: Path) -> None:
    (home / "blindspot.toml").write_text("[sentry]\norganization = 3")
    broken = wiring.open_workspace(home)
    broken.ports.state.database.engine.dispose()  # type: ignore[attr-defined]
    for file in home.glob("state.sqlite-*"):
        file.unlink()
    (home / "state.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        run_due(broken, NOW, Clocks(), None, no_jitter)
