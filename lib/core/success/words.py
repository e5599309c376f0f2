"""What criteria come to, in a sentence that can be pasted."""

from collections import Counter
from collections.abc import Sequence

from lib.core.success.model import Answered, Outcome, worst_of
from lib.core.wording import count_of, join_words

VERBS = {Outcome.FAIL: ("fails", "fail"), Outcome.UNDECIDED: ("is undecided", "are undecided"), Outcome.PASS: ("passes", "pass")}
SIGNS = {Outcome.FAIL: "✖", Outcome.UNDECIDED: "?", Outcome.PASS: "✓"}


def say_headline(answers: Sequence[Answered]) -> str:
    """Return how many criteria fail, pass and are undecided: "1 criterion fails, 2 are undecided and 2 pass: it is not over."."""
    if not answers:
        return "No criterion was asked."
    counts = Counter(a.outcome for a in answers)
    told = [say_count(counts[o], o, first=not i) for i, o in enumerate(o for o in Outcome if counts[o])]
    worst = worst_of(counts)
    rest = {
        Outcome.FAIL: "It is not over.",
        Outcome.UNDECIDED: "Nobody can say yet that it is over.",
        Outcome.PASS: "It is over, as far as these tell.",
    }[worst]
    return f"{join_words(told)}. {rest}"


def say_count(count: int, outcome: Outcome, *, first: bool = True) -> str:
    """Return "2 criteria fail", or "2 fail" where the noun stands before."""
    noun = count_of(count, "criterion", "criteria") if first else f"{count:,}"
    return f"{noun} {VERBS[outcome][count != 1]}"
