"""Issues: for what went wrong, the draft of an issue with its criteria, and, once a tracker was asked, what to do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lib.core.issues import Action, Decision, Draft, Found, KeptDraft, Sent, SentState
from lib.core.model import Cluster, Coverage, Kind, Query
from lib.core.success.drafting import draft_criteria
from lib.core.success.model import Criterion
from lib.core.tickets.body import Facts, write_draft
from lib.core.tickets.matching import Traits, decide
from lib.core.wording import count_of, say_time
from lib.errors import BadQuery
from lib.ports import Ports
from lib.views import clusters as clusters_view
from lib.views import problems as problems_view
from lib.views.issuefacts import Setting, gather_facts, make_subject, read_setting
from lib.views.problems import ProblemRow

LIMIT = 10  # drafts of one answer: their searches take GitHub's limit for two minutes
DRAFTED = (Kind.FAILURE, Kind.OBSERVABILITY, Kind.WARNING)


@dataclass(frozen=True)
class Prepared:
    """One thing that is wrong: all of its draft that needs no tracker, and what an issue of it would be known by."""

    facts: Facts
    criteria: tuple[Criterion, ...]
    traits: Traits
    made: datetime
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True)
class IssueRow:
    """One thing that is wrong, drafted and decided."""

    cluster: Cluster
    draft: Draft
    decision: Decision
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True)
class IssuesView:
    """The answer: rows by what matters, and how many there are before the limit."""

    query: Query
    coverage: Coverage
    headline: str
    rows: tuple[IssueRow, ...]
    found: int


@dataclass(frozen=True)
class Drafting:
    """What is prepared, and what it rests on."""

    query: Query
    coverage: Coverage
    prepared: tuple[Prepared, ...]
    found: int


def prepare(ports: Ports, query: Query, now: datetime, cluster: str = "", limit: int = LIMIT, repo: str = "") -> Drafting:
    """Return what there would be an issue of, gravest first; of one cluster when its id is given. Errors: BadQuery."""
    listed = clusters_view.load(ports, replace(query, muted=True), now)
    problems = problems_view.load(ports, query, now).problems if listed.clusters else ()
    rows = choose(listed.clusters, problems)
    if cluster:
        rows = [find_one(ports, listed.clusters, cluster)]
    if not rows:
        return Drafting(listed.query, listed.coverage, (), 0)
    setting = read_setting(ports, replace(query, start=listed.query.start, end=listed.query.end), now)
    kept, sent = {d.cluster: d for d in ports.state.drafts()}, ports.state.sent()
    made = min(now, setting.window.bounds[1])
    prepared = [prepare_one(setting, one, problems, kept, sent, made, repo) for one in rows[:limit]]
    return Drafting(listed.query, replace(listed.coverage, cut=len(rows) > limit), tuple(prepared), len(rows))


def choose(clusters: Sequence[Cluster], problems: Sequence[ProblemRow]) -> list[Cluster]:
    """Return the clusters that an issue would be about: of each problem its root, and what is wrong and in no problem."""
    roots = {row.problem.root for row in problems}
    symptoms = {c for row in problems for c in row.problem.clusters} - roots
    rank = {row.problem.root: row.priority for row in problems}
    wrong = [c for c in clusters if c.kind in DRAFTED and c.id not in symptoms and not c.muted]
    return sorted(wrong, key=lambda c: (rank.get(c.id, c.priority), -c.count, c.id))


def find_one(ports: Ports, clusters: Sequence[Cluster], id: str) -> Cluster:
    """Return one cluster by an id of today or of an older link. Errors: BadQuery when it has no entry in the window."""
    today = ports.state.aliases().get(id, id)
    found = next((c for c in clusters if today in (c.id, *c.aliases) or id in c.aliases), None)
    if found is None:
        raise BadQuery(
            f"No entry of a cluster '{id[:40]}' is in this window.", hint="`python -m lib clusters` lists what is there."
        )
    return found


def prepare_one(
    setting: Setting,
    cluster: Cluster,
    problems: Sequence[ProblemRow],
    kept: Mapping[str, KeptDraft],
    sent: Sequence[Sent],
    made: datetime,
    repo: str,
) -> Prepared:
    """Return one cluster's draft as far as it needs no tracker. Criteria that are kept stay as they were first drafted."""
    problem = next((row for row in problems if cluster.id in row.problem.clusters), None)
    if problem and problem.problem.root == cluster.id:
        cluster = replace(cluster, priority=problem.priority, reason=problem.reason)
    facts = gather_facts(setting, cluster, problem)
    before = next((kept[i] for i in (cluster.id, *cluster.aliases) if i in kept), None)
    criteria = before.criteria if before and before.criteria else draft_criteria(make_subject(setting, facts, made))
    ids = (cluster.id, *cluster.aliases)
    mine = tuple(r for r in sent if r.cluster in ids and (not repo or r.repo == repo))
    ours = frozenset(r.number for r in mine if r.number is not None and r.state is SentState.SENT)
    traits = Traits(
        ids, cluster.template, cluster.sample, cluster.kind, cluster.location, cluster.exception, cluster.services,
        cluster.last, say_leave(cluster, problem), ours,
    )  # fmt: skip
    return Prepared(facts, criteria, traits, made, mine)


def say_leave(cluster: Cluster, problem: ProblemRow | None) -> str:
    """Return why a cluster gets no issue of its own, "" when it does."""
    if cluster.muted:
        return f"It is muted: {cluster.muted}"
    if problem and problem.problem.root != cluster.id:
        return f"It follows from the cluster {problem.problem.root}, whose issue tells of both."
    return ""


def finish(drafting: Drafting, found: Sequence[Found | None]) -> IssuesView:
    """Return the drafts with what to do. found: what the tracker answered for each, None where nobody asked it."""
    rows = []
    for one, answer in zip(drafting.prepared, found, strict=True):
        decision = decide(one.traits, answer)
        rows.append(IssueRow(one.facts.cluster, write_draft(one.facts, one.criteria, decision), decision, one.sent))
    return IssuesView(drafting.query, drafting.coverage, say_headline(rows, drafting.found), tuple(rows), drafting.found)


def say_headline(rows: Sequence[IssueRow], found: int) -> str:
    """Return what there is to do, in a sentence."""
    if not rows:
        return "Nothing was read that an issue would be about."
    counts = {a: sum(r.decision.action is a for r in rows) for a in Action}
    told = ", ".join(f"{n} to {a.value}" for a, n in counts.items() if n)
    more = f", the first {len(rows)} of {found}" if found > len(rows) else ""
    return f"{count_of(len(rows), 'draft')}{more}: {told}."


def keep(ports: Ports, drafting: Drafting, view: IssuesView, repo: str, now: datetime, *, follow: bool) -> None:
    """Keep what was decided of the drafts and, where they are to be followed, their criteria: a list alone follows nothing."""
    known = {d.cluster for d in ports.state.drafts()}
    for one, row in zip(drafting.prepared, view.rows, strict=True):
        if repo or follow or row.cluster.id in known:
            criteria = one.criteria if follow else ()
            decision, at = (row.decision, now) if repo else (None, None)
            kept = KeptDraft(row.cluster.id, row.draft.title, one.made, criteria, decision, repo, at, row.draft.labels)
            ports.state.keep_draft(kept)


@dataclass(frozen=True)
class IssueBlock:
    """What a cluster's page tells of its issue: what is kept, and in sentences what was decided and sent."""

    kept: KeptDraft | None
    sent: tuple[Sent, ...]
    told: tuple[str, ...]
    url: str = ""


def load_block(ports: Ports, ids: Sequence[str]) -> IssueBlock:
    """Return what is kept of a cluster's issue, by its id of today and older ones; nothing is asked over the network."""
    kept = next((d for d in ports.state.drafts() if d.cluster in ids), None)
    sent = tuple(r for r in ports.state.sent() if r.cluster in ids)
    decision = kept.decision if kept else None
    told = [say_sent(row) for row in sent]
    if kept and decision and kept.decided:
        where = f" of {kept.repo}" if kept.repo else ""
        what = {
            Action.UPDATE: f"Issue #{decision.number}{where} is the same ({decision.confidence} confidence).",
            Action.CREATE: f"No issue{where} is the same ({decision.confidence} confidence).",
            Action.LEAVE: f"Left alone ({decision.confidence} confidence).",
        }[decision.action]
        told += [f"{say_time(kept.decided)}: {what} {decision.why}"]
    url = next((r.url for r in sent if r.url), decision.url if decision else "")
    return IssueBlock(kept, sent, tuple(told), url)


def say_sent(row: Sent) -> str:
    """Return a row of the ledger as a sentence."""
    what = "a comment on" if row.kind == "comment" else "issue"
    place = f"{what} #{row.number} of {row.repo}" if row.number is not None else f"{what} of {row.repo}"
    told = {
        SentState.SENT: f"Sent as {place}.",
        SentState.SENDING: f"Begun as {place}; whether it arrived is not known. The same command looks first.",
        SentState.DELETED: f"Sent as {place}, and deleted there.",
    }[row.state]
    return f"{say_time(row.at)}: {told}"
