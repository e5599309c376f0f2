"""Success criteria of a window: what each rests on is gathered, and each is answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.criteria import judge
from lib.core.gaps import Gap
from lib.core.kept import Flown, HealthAnswer, Kept, find_last_health, list_canaries
from lib.core.model import Coverage, Query
from lib.core.sentry.trackingcase import Case
from lib.core.success.model import Answered, Criterion, CriterionKind, Rates, Said, Seen
from lib.core.success.words import say_headline
from lib.core.tracking import judge_service
from lib.ports import Ports, Readers, StateStore, pin
from lib.views.criteriarates import read_rates
from lib.views.criteriasaid import Key, Scene, read_said
from lib.views.deployfacts import read_facts
from lib.views.gapevidence import find_service_gaps, find_unread_stretches, fold, sum_revisions
from lib.views.tracking import Gathered, gather
from lib.views.trackinghours import count_hours
from lib.views.window import Window, label_texts, open_window

CANARIES = 20  # the newest of a service that are looked at


@dataclass(frozen=True)
class CriteriaView:
    """The answers, in the order in which the criteria were given."""

    query: Query
    coverage: Coverage
    headline: str
    answers: tuple[Answered, ...] = ()


def load(ports: Ports, query: Query, now: datetime, criteria: Sequence[Criterion]) -> CriteriaView:
    """Return the answers of some criteria at the end of the query's window; its services and environments choose among them."""
    stored = pin(ports)
    window = open_window(stored, Query(query.start, query.end))
    asked = [c for c in criteria if is_about(c, query)]
    if window.entries is None or not asked:
        answers = tuple(judge(c, ()) for c in asked)
    else:
        evidence = Evidence.of(stored, window, asked)
        answers = tuple(judge(c, evidence.see(c)) for c in asked)
    return CriteriaView(window.query, window.coverage, say_headline(answers), answers)


def is_about(criterion: Criterion, query: Query) -> bool:
    """Return whether a criterion belongs to the query's services and environments."""
    fits = not query.environments or criterion.environment in ("", *query.environments)
    return fits and (not query.services or criterion.service in query.services)


def list_kept(state: StateStore) -> tuple[Criterion, ...]:
    """Return the criteria of every draft that is kept, oldest draft first."""
    return tuple(c for draft in state.drafts() for c in draft.criteria)


@dataclass(frozen=True)
class Evidence:
    """What the criteria of a window rest on. scene: None where no criterion needs it."""

    stored: Readers
    gathered: Gathered
    gaps: dict[Key, tuple[Gap, ...]]
    scene: Scene | None
    kept: tuple[Kept, ...]

    @classmethod
    def of(cls, stored: Readers, window: Window, criteria: Iterable[Criterion]) -> "Evidence":
        """Return the evidence of a window that holds entries; deploys are read only where a criterion needs them."""
        gathered = gather(stored, window)
        activity = sum_revisions(window.rollup.activity)
        minutes, unread = fold(activity, activity), find_unread_stretches(stored, window, activity)
        filtered = bool(window.coverage.left_out)
        gaps = {
            (case.service, case.environment): tuple(g for g in find_service_gaps(case, minutes, unread, filtered) if g.open)
            for case in gathered.cases
        }
        needs = any(c.kind in (CriterionKind.TEXT_GONE, CriterionKind.NO_WORSE) for c in criteria)
        last, end = stored.entries.span()[1], window.bounds[1]
        live = last is None or end > last  # then what was kept after the newest entry counts too
        kept = tuple(k for k in gathered.kept if live or k.read_at < end)
        return cls(stored, gathered, gaps, read_scene(stored, window) if needs else None, kept)

    def see(self, criterion: Criterion) -> list[Seen]:
        """Return what is known for a criterion, a service's environment each."""
        return [
            self.see_one(criterion, case)
            for case in self.gathered.cases
            if case.service == criterion.service and criterion.environment in ("", case.environment)
        ]

    def see_one(self, criterion: Criterion, case: Case) -> Seen:
        """Return what is known of one service in one environment."""
        key = (case.service, case.environment)
        return Seen(
            case,
            judge_service(case),
            self.gaps[key],
            count_hours(case, self.gathered) if criterion.kind is CriterionKind.ACCEPTED else (),
            self.find_health(key),
            self.find_canaries(key),
            self.find_said(criterion, key),
            self.find_rates(criterion, key),
        )

    def find_health(self, key: Key) -> HealthAnswer | None:
        """Return what its health document said last."""
        return find_last_health(self.kept, *key)

    def find_canaries(self, key: Key) -> tuple[Flown, ...]:
        """Return its newest canaries."""
        return list_canaries(self.kept, *key, CANARIES)

    def find_said(self, criterion: Criterion, key: Key) -> Said | None:
        """Return what was read of the criterion's text."""
        asked = criterion.kind is CriterionKind.TEXT_GONE
        return read_said(self.scene, criterion, key) if self.scene and asked else None

    def find_rates(self, criterion: Criterion, key: Key) -> Rates | None:
        """Return its requests before and after the newest deploy."""
        asked = criterion.kind is CriterionKind.NO_WORSE
        return read_rates(self.stored, self.scene, criterion, key) if self.scene and asked else None


def read_scene(stored: Readers, window: Window) -> Scene:
    """Return deploys, lanes and texts of a window that holds entries."""
    facts = read_facts(stored, window)
    labels = label_texts(stored, facts.series["collapsed"].drop_nulls().unique())
    return Scene(window, facts, labels, dict(stored.state.aliases()))
