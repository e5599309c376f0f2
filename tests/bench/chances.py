"""Are the statistics of before and after right? `python -m tests.bench.chances [seed]`: SciPy's exact tests, and simulation.

Series are simulated as services write them: a daily rhythm, a service's own noise with memory, each cluster's own beside it, and
chance. The memory and size of the noise differ from service to service; core.rollouts.noise is told neither.
"""

import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from lib.core.compare import Compared, History, Side, compare_services
from lib.core.rollouts import ratios
from lib.core.rollouts.noise import find_even_minutes
from lib.core.rollouts.placebos import BIN_MIN, Floats, Piece
from lib.core.rollouts.ratios import Counts

SERIES, CLUSTERS, TOGETHER = 2000, 20, 4  # services that are compared together, as in one store
EFFECTS = (0.2, 0.5, 2.0, 3.0, 10.0)
FOUND = ("new", "gone", "more", "fewer")


@dataclass(frozen=True)
class Truth:
    """A simulated service and what was done to its clusters: the true ratio of each."""

    history: History
    ratios: Floats


def walk(chance: np.random.Generator, shape: tuple[int, int], memory_min: float, size: float) -> Floats:
    """Return log rates that wander around 0."""
    keeps = np.exp(-BIN_MIN / memory_min)
    steps = chance.normal(0, size, shape)
    for i in range(1, shape[1]):
        steps[:, i] = keeps * steps[:, i - 1] + np.sqrt(1 - keeps**2) * steps[:, i]
    return steps


def simulate(chance: np.random.Generator, effects: bool) -> Truth:
    """Return a service with two windows of 6 to 24 h."""
    cuts = [0, *np.cumsum(chance.integers(72, 288, 2))]
    hours = (np.arange(cuts[-1]) + chance.integers(288)) * BIN_MIN / 60
    rhythm = 1 + 0.45 * np.sin(hours / 24 * 2 * np.pi)
    service = np.exp(walk(chance, (1, cuts[-1]), chance.uniform(20, 120), chance.uniform(0.1, 0.5))[0]) * rhythm
    own = np.exp(walk(chance, (CLUSTERS, cuts[-1]), chance.uniform(30, 120), chance.uniform(0.1, 0.4)))
    requests = chance.poisson(chance.uniform(5, 60) * service).astype(float)
    true = np.ones(CLUSTERS)
    if effects:
        true[::2] = chance.choice(EFFECTS, CLUSTERS // 2)
    rates = 10 ** chance.uniform(-1.3, 1.0, CLUSTERS)[:, None] * service * own
    rates[:, cuts[1] :] *= true[:, None]
    counts = chance.poisson(rates).astype(float)
    spans = list(pairwise(cuts))
    pieces = tuple(Piece(counts[:, a:b], requests[a:b]) for a, b in spans)
    before, after = (as_side(p) for p in pieces)
    return Truth(History(tuple(f"c{i:02}" for i in range(CLUSTERS)), pieces, ((before, after),)), true)


def as_side(piece: Piece) -> Side:
    """Return what a window counts, as views.comparing counts it."""
    even = find_even_minutes(np.arange(float(piece.requests.size)), piece.requests)
    return Side(piece.counts.sum(1), float(piece.requests.sum()), piece.requests.size * BIN_MIN, even)


def play(seed: int, effects: bool) -> list[tuple[float, Compared]]:
    """Return SERIES true ratios with what was said about them."""
    chance, said = np.random.default_rng(seed), []
    for _ in range(SERIES // CLUSTERS // TOGETHER):
        services = [simulate(chance, effects) for _ in range(TOGETHER)]
        for truth, ((*rows,),) in zip(services, compare_services([t.history for t in services]), strict=True):
            said += [(float(truth.ratios[int(c.cluster[1:])]), c) for c in rows]
    return said


def covers(true: float, said: Compared) -> bool:
    """Tell whether an interval holds the true ratio; an open end holds all beyond it."""
    return (said.low or 0.0) <= true <= (said.high if said.high is not None else np.inf)


def report_intervals(seed: int) -> None:
    """Print how often the intervals cover, and what is called a change."""
    for effects in (False, True):
        said = play(seed, effects)
        for title, rows in (("without effect", [x for x in said if x[0] == 1]), ("with effect", [x for x in said if x[0] != 1])):
            if rows:
                share = np.mean([covers(*x) for x in rows])
                found = np.mean([c.change in FOUND for _, c in rows])
                small = np.mean([c.p is not None and c.p < 0.05 for _, c in rows])
                told = f"{'mixed' if effects else 'calm'} services, {title}: {len(rows)} series"
                print(f"{told}; 95 % intervals cover {share:.3f}; p < 0.05 {small:.3f}; called a change {found:.4f}")
                strong = [c.change in FOUND for true, c in rows if true >= 3 or true <= 0.2]
                if strong:
                    print(f"  threefold or more, either way: {np.mean(strong):.3f} of {len(strong)} found")


def report_exact(seed: int) -> None:
    """Print the greatest differences from SciPy's exact tests (no noise) and from sums made by simulation (noise)."""
    chance = np.random.default_rng(seed)
    tail, bound, noisy = [], [], []
    for _ in range(400):
        a, b, exposure = int(chance.integers(0, 300)), int(chance.integers(1, 300)), float(np.exp(chance.normal(0, 0.7)))
        c = Counts(*(np.array([x], float) for x in (a, b, np.log(exposure), 1e-12)))
        share = exposure / (1 + exposure)
        exact = stats.binomtest(b, a + b, share, alternative="greater").pvalue
        if exact > 1e-9:
            tail.append(abs(ratios.tails(c)[1][0] / exact - 1))
        if a and b:
            low = stats.binomtest(b, a + b).proportion_ci(0.95, method="exact").low
            bound.append(abs(np.exp(ratios.intervals(c)[0][0]) / (low / (1 - low) / exposure) - 1))
        variance = float(chance.uniform(0.01, 0.6))
        odds = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000) * np.sqrt(variance) + np.log(exposure)
        mean = float(np.mean(stats.binom.sf(b - 1, a + b, 1 / (1 + np.exp(-odds)))))
        summed = ratios.tails(Counts(c.before, c.after, c.shift, np.array([variance])))
        if mean > 1e-4:
            noisy.append(
                (summed[1][0] - 0.5 * summed[2][0])
                / (mean - 0.5 * float(np.mean(stats.binom.pmf(b, a + b, 1 / (1 + np.exp(-odds))))))
                - 1
            )
    print(f"tails against scipy.stats.binomtest: off by {max(tail):.1e} at most ({len(tail)} pairs)")
    print(f"bounds against Clopper and Pearson's: off by {max(bound):.1e} at most ({len(bound)} pairs)")
    far = np.quantile(noisy, [0.005, 0.5, 0.995])
    print(f"mid p with noise against a sum over 20,000 draws: {far[0]:+.3f} to {far[2]:+.3f} in 99 of 100, median {far[1]:+.4f}")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    report_exact(number)
    report_intervals(number)
