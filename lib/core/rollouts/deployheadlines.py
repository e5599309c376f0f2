"""The first line of the Deploys page and of its commands."""

from collections.abc import Sequence

from lib.core.deploys import Deploy, DeployOutcome
from lib.core.headlines import nothing_found
from lib.core.model import Coverage, Query
from lib.core.wording import count_of, join_words

WORDS = {
    DeployOutcome.FAILED: "failed",
    DeployOutcome.READY: "became ready",
    DeployOutcome.UNKNOWN: "of unknown outcome",
}


def of_deploys(rows: Sequence[tuple[Deploy, str, bool]], compared: int, coverage: Coverage, query: Query) -> str:
    """Return how many deploys there were and what became of them, and the newest one that changed something.

    rows: deploys, their verdicts, and whether they changed something; compared: how many could be compared at all.
    """
    if not rows:
        return "No deploy is known in this window." if coverage.entries else nothing_found(coverage, query)
    counted = {o: sum(d.outcome is o for d, *_ in rows) for o in WORDS}
    told = join_words([f"{n} {WORDS[o]}" for o, n in counted.items() if n])
    changed = [verdict for _, verdict, changes in rows if changes]
    if not changed:
        return f"{count_of(len(rows), 'deploy')}: {told}. {say_unchanged(len(rows), compared)}"
    head = f"{count_of(len(rows), 'deploy')}: {told}; {len(changed)} changed what the logs say."
    return f"{head} The newest of these: {changed[0]}"


def say_unchanged(deploys: int, compared: int) -> str:
    """Return what none changed, and how many of them could be compared at all: what was not seen is not called calm."""
    if not compared:
        return "What they changed cannot be told: nothing of both sides was read."
    if compared == deploys:
        return "None changed a cluster as far as can be told."
    return f"Only {compared} could be compared, and no change of a cluster was found there."


def of_comparisons(changed: Sequence[bool]) -> str:
    """Return how many deploys were compared, and how many changed something."""
    if not changed:
        return "No deploy in this window can be compared."
    return f"{count_of(len(changed), 'deploy')} compared; {sum(changed)} changed what the logs say."


def of_windows(changed: int, clusters: int) -> str:
    """Return how many clusters changed between two windows."""
    return f"{count_of(changed, 'cluster')} of {clusters:,} changed from the first window to the second, as far as can be told."


def of_no_lane(deploy: Deploy) -> str:
    """Return the verdict on a deploy that never served, or whose window was not read."""
    name = deploy.revision or f"A revision of {deploy.service}"
    if deploy.outcome is DeployOutcome.FAILED:
        return f"{name} failed and served nobody: {deploy.reasons[-1]}"
    return f"{name} cannot be compared: nothing of its window was read."
