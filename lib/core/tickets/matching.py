"""Which issue is the same already: by what an issue and a cluster have in common, each thing with its weight and its words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.issues import MACHINE, Action, Decision, Found, Issue, fingerprint_of, has_mark
from lib.core.model import Kind
from lib.core.sentry.trackingstates import Confidence
from lib.core.wording import join_words, say_time, shorten

SAME, SURE, RELATED = 0.6, 0.85, 0.3  # from where an issue is the same, surely the same, or may have to do with it
MOST_RELATED = 5
QUERY = 256  # characters that GitHub's search takes
PHRASE = 90  # characters of a quotation in a search
WORDS = 3  # words of a search: each must be there, so that few find more
STOP = frozenset(
    "about after again all and any are because been before but can cannot could did does during each error errors exception fail"
    " failed failure for from has have info into its line log message more most not now off once only other out over request"
    " response service some such than that the their then there these this too traceback under until very warning was were"
    " when where which while will with your enable".split()
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{2,60}[A-Za-z0-9_]")
_MODULE = re.compile(r"No module named '?([A-Za-z_][\w.]{1,60})|Cannot find module '([@\w/.-]{2,60})'")
_PACKAGE = re.compile(r"(?:pip install |npm install |install )([A-Za-z][\w.-]{1,60})")


@dataclass(frozen=True)
class Traits:
    """What a cluster is known by. ids: its own and older ones; last: newest entry; leave: why it gets no issue, "" for none."""

    ids: tuple[str, ...]
    template: str
    sample: str
    kind: Kind
    location: str = ""
    exception: str = ""
    services: tuple[str, ...] = ()
    last: datetime | None = None
    leave: str = ""
    ours: frozenset[int] = frozenset()  # issues on which the ledger has a comment of ours, or which we made

    @property
    def marks(self) -> tuple[str, ...]:
        """The fingerprints that its drafts may carry."""
        return tuple(fingerprint_of(i) for i in self.ids)

    @property
    def phrase(self) -> str:
        """The longest constant piece of its template, in whole words."""
        pieces = [" ".join(p.split()) for p in re.split(r"<\*>|\n", self.template)]
        longest = max(pieces, key=len, default="")
        return longest if len(longest) <= PHRASE else longest[:PHRASE].rpartition(" ")[0] or longest[:PHRASE]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that tell most of it: names of code before long words, in that order."""
        packages = " ".join(self.dependencies).lower()  # they count by themselves, not once more as words
        said = _WORD.findall(self.template.replace("<*>", " "))
        found = dict.fromkeys(w for w in said if w.lower() not in STOP and w.lower() not in packages)
        return tuple(sorted(found, key=lambda w: (not _is_name(w), -len(w), w)))

    @property
    def file(self) -> str:
        """The module or file that wrote it, without its folder and line; "" when that is not known."""
        module = self.location.split(":")[0]
        last = re.split(r"[/\\]", module)[-1]
        return last if last.endswith((".py", ".js", ".ts", ".go", ".java")) else last.rpartition(".")[2]

    @property
    def dependencies(self) -> tuple[str, ...]:
        """The packages that its text names as missing or to be installed."""
        found = [m[1] or m[2] for m in _MODULE.finditer(self.sample)] + [m[1] for m in _PACKAGE.finditer(self.sample)]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Match:
    """How much an issue is like a cluster, 0..1, and by what."""

    issue: Issue
    score: float
    reasons: tuple[str, ...]


def write_searches(repo: str, traits: Traits) -> tuple[str, ...]:
    """Return the searches that may find an issue, the surest first, within GitHub's limits: no operators, 256 characters."""
    scope = f"repo:{repo} is:issue "
    asked = [f'"{mark}"' for mark in traits.marks[:2]]
    if phrase := _searchable(traits.phrase):
        asked.append(f'"{phrase}"')
    if words := [w for w in map(_searchable, traits.words[:WORDS]) if w]:
        asked.append(" ".join(words))
    asked += [f'"{_searchable(name)}"' for name in (traits.file, *traits.dependencies[:1]) if _searchable(name)]
    fitting = (scope + words for words in dict.fromkeys(asked))
    return tuple(q for q in fitting if len(q) <= QUERY)


def _searchable(text: str) -> str:
    """Return a text without signs that a search would read as its own; words in capitals could be operators."""
    plain = re.sub(r"[^\w.@/ -]|(?<!\w)-", " ", text)
    return " ".join(w.lower() if w in ("AND", "OR", "NOT") else w for w in plain.split())


def _is_name(word: str) -> bool:
    return "_" in word or "." in word or bool(re.search(r"[a-z][A-Z]|[A-Za-z]-[A-Za-z]", word))


def score(traits: Traits, issue: Issue, marked: bool = False) -> Match:
    """Return how much an issue is like a cluster: the chance that all that they have in common is chance, taken off one.

    marked: a search for our mark found it.
    """
    rest, reasons = 1.0, []
    for weight, reason in _common(traits, issue, marked):
        rest *= 1 - weight
        reasons.append(reason)
    return Match(issue, 1 - rest, tuple(reasons))


def _common(traits: Traits, issue: Issue, marked: bool) -> Iterator[tuple[float, str]]:
    """Yield what an issue and a cluster have in common, with how much it tells."""
    if has_mark(issue.body, traits.marks) or issue.number in traits.ours:
        yield 0.98, "an earlier draft's mark"
        return
    if marked:
        yield 0.7, "an earlier draft's mark in a comment"
    said = _fold(f"{issue.title}\n{issue.body}")
    if len(traits.phrase) >= 16 and _fold(traits.phrase) in said:
        yield 0.65, f"the text “{shorten(traits.phrase, 50)}”"
    words = [w.lower() for w in traits.words[:8]]
    names = set(re.findall(r"[\w.-]+", said))
    shared = [w for w in words if w in names]
    if words and len(shared) >= 2:
        yield 0.55 * len(shared) / len(words), f"{len(shared)} of {len(words)} telling words"
    titled = [w for w in words if w in set(re.findall(r"[\w.-]+", _fold(issue.title)))]
    if titled:
        yield min(0.15 * len(titled), 0.3), f"its title ({join_words(titled[:3])})"
    if len(traits.file) > 4 and traits.file.lower() in said:
        yield 0.3, f"the place {traits.file}"
    if traits.exception and traits.exception.lower().rpartition(".")[2] in said:
        yield 0.2, f"the exception {shorten(traits.exception, 40)}"
    if found := [d for d in traits.dependencies if d.lower() in said]:
        yield 0.35, f"the dependency {found[0]}"
    if any(s and s.lower() in said for s in traits.services):
        yield 0.1, "the service"


def _fold(text: str) -> str:
    return " ".join(text.lower().split())


def decide(traits: Traits, found: Found | None) -> Decision:
    """Return what to do. found: None when nobody asked the tracker; then nothing is created: it may be there already."""
    if traits.leave:
        return _leave(shorten(traits.leave, 160), Confidence.HIGH)
    if traits.kind in (Kind.INFO, Kind.DEPLOY):
        return _leave("It tells of nothing that is wrong.", Confidence.HIGH)
    if found is None:
        return _leave("Nobody asked the tracker whether there is an issue already; the draft can be copied.", Confidence.LOW)
    matches = sorted(
        (score(traits, i, i.number in found.marked) for i in found.issues),
        key=lambda m: (-m.score, not m.issue.is_open, m.issue.number),
    )
    same = [m for m in matches if m.score >= SAME]
    open_ones = [m for m in same if m.issue.is_open]
    related = tuple(m.issue.number for m in matches if m.score >= RELATED)
    if open_ones:
        return _update(open_ones, related, found)
    if same:
        return _closed(traits, same[0], related, found)
    if found.why:
        return _leave(f"It cannot be told whether there is an issue already: {found.why}", Confidence.LOW, related)
    best = f"; the nearest, #{matches[0].issue.number}, shares only {_say(matches[0])}" if matches and matches[0].reasons else ""
    return Decision(
        Action.CREATE, None, "", Confidence.MEDIUM if related else Confidence.HIGH, f"No issue is the same{best}.",
        related[:MOST_RELATED],
    )  # fmt: skip


def _update(same: Sequence[Match], related: Sequence[int], found: Found) -> Decision:
    best, rest = same[0], same[1:]
    rival = bool(rest) and rest[0].score > best.score - 0.1
    sure = (
        Confidence.LOW
        if rival and best.score < SURE
        else Confidence.MEDIUM
        if rival or best.score < SURE or found.why
        else Confidence.HIGH
    )
    why = f"#{best.issue.number} is open and shares {_say(best)}." + (f" So does #{rest[0].issue.number}." if rival else "")
    others = tuple(n for n in related if n != best.issue.number)
    return Decision(Action.UPDATE, best.issue.number, best.issue.url, sure, why, others[:MOST_RELATED])


def _closed(traits: Traits, best: Match, related: Sequence[int], found: Found) -> Decision:
    """Return what to do where the same issue is closed: nothing while it stays away or is not wanted, else a new one."""
    issue, shared = best.issue, _say(best)
    when = f" at {say_time(issue.closed)}" if issue.closed else ""
    if issue.reason == "not_planned":
        return _leave(f"#{issue.number} shares {shared}, and was closed{when} as not planned.", Confidence.HIGH, related)
    if issue.closed and traits.last and traits.last <= issue.closed:
        return _leave(f"#{issue.number} shares {shared}, was closed{when}, and nothing was said since.", Confidence.HIGH, related)
    if found.why:
        return _leave(
            f"#{issue.number} is closed, and whether another is open cannot be told: {found.why}", Confidence.LOW, related
        )
    why = f"#{issue.number} shares {shared}, was closed{when}, and it is back: a closed issue is not opened again by a machine."
    return Decision(Action.CREATE, None, "", Confidence.MEDIUM, why, tuple(related)[:MOST_RELATED])


def _leave(why: str, sure: Confidence, related: Sequence[int] = ()) -> Decision:
    return Decision(Action.LEAVE, None, "", sure, why, tuple(related)[:MOST_RELATED])


def _say(match: Match) -> str:
    return join_words(match.reasons) or "nothing"


AREAS: Mapping[Kind, str] = {Kind.OBSERVABILITY: "area: error tracking"}


def label(kind: Kind, priority: str, services: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of a new issue, four at the most: area, priority, kind, and that a machine made it."""
    service = re.sub(r"[^a-z0-9-]+", "-", (services[0] if services else "").lower()).strip("-")[:40]
    area = AREAS.get(kind) or (f"area: {service}" if service else "")
    return tuple(filter(None, (area, f"priority: {priority}", f"kind: {kind.value}", MACHINE)))
