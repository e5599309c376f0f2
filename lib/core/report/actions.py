"""What is to be done after an incident, and what an issue tracker knows of it; None where nobody wrote or looked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NONE_WRITTEN = "No action is written yet: nobody has said how it will be known that this is over."
NOBODY_LOOKED = "Related issues are not known: nobody has looked for them."


@dataclass(frozen=True)
class Action:
    """One thing to be done as a criterion: what, whether it holds (pass, fail, undecided), why, and what is still needed."""

    title: str
    answer: str
    why: str
    needs: str = ""


Related = Mapping[str, Sequence[str]]  # a cluster's id: its issues, a line each


def say_related(clusters: Sequence[str], related: Related | None) -> str:
    """Return the issues of some clusters as a sentence."""
    looked = [] if related is None else [c for c in clusters if c in related]
    if related is None or not looked:
        return NOBODY_LOOKED
    found = list(dict.fromkeys(line for cluster in looked for line in related[cluster]))
    return f"Related issues: {'; '.join(found)}." if found else "No related issue was found."


def say_answers(actions: Sequence[Action]) -> str:
    """Return how many actions got which answer: "1 fail, 2 undecided"."""
    counted = Counter(action.answer for action in actions)
    return ", ".join(f"{number:,} {answer}" for answer, number in sorted(counted.items()))
