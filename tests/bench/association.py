"""How often the association is wrong, and how often it finds what is there: python -m tests.bench.association [RUNS]

Bursts are placed at random, alone or in clumps, or inside the gaps; 500 runs of each by default. Gaps lie as in a two-day
incident with five stretches, as one long gap, and as two.
"""

import random
import sys

from lib.core.blindness.association import Answer, Span, associate, correct

DAY = 86400.0
WINDOW = (0.0, 2 * DAY)
SHAPES = {
    "five gaps, 38 %": [(0.07, 0.16), (0.27, 0.33), (0.45, 0.56), (0.68, 0.72), (0.83, 0.91)],
    "one gap, 30 %": [(0.5, 0.8)],
    "two gaps, 20 %": [(0.1, 0.2), (0.6, 0.7)],
}
COUNTS = (6, 10, 15, 25)


def place(rng: random.Random, gaps: list[Span], count: int, inside: float, *, clumped: bool = False) -> list[Span]:
    """Return bursts of 8 to 40 minutes; a share of them inside gaps; clumps of up to six within 90 minutes."""
    bursts: list[Span] = []
    while len(bursts) < count:
        length = rng.uniform(480, 2400)
        if rng.random() < inside:
            a, b = rng.choices(gaps, [z - a for a, z in gaps])[0]
            start = rng.uniform(a, max(a, b - length))
            bursts.append((start, min(start + length, b)))
            continue
        start = rng.uniform(0, WINDOW[1] - length)
        for _ in range(rng.randint(2, 6) if clumped else 1):
            one = start + rng.uniform(0, 5400 if clumped else 0)
            bursts.append((one, min(one + length, WINDOW[1])))
    return bursts


def measure(gaps: list[Span], count: int, inside: float, runs: int, *, clumped: bool = False) -> float:
    """Return the share of runs that are called associated."""
    rng = random.Random(7)
    found = [associate(gaps, place(rng, gaps, count, inside, clumped=clumped), WINDOW) for _ in range(runs)]
    return sum(correct([one])[0].answer is Answer.ASSOCIATED for one in found) / runs


def main(runs: int) -> None:
    """Measure and print the table."""
    print(f"{runs} runs each\n\n| gaps | bursts | at random | in clumps | all inside | 80 % inside |\n|---|---|---|---|---|---|")
    for name, shares in SHAPES.items():
        gaps = [(a * WINDOW[1], b * WINDOW[1]) for a, b in shares]
        for count in COUNTS:
            null, clumps = measure(gaps, count, 0, runs), measure(gaps, count, 0, runs, clumped=True)
            power, most = measure(gaps, count, 1, runs), measure(gaps, count, 0.8, runs)
            print(f"| {name} | {count} | {null:.3f} | {clumps:.3f} | {power:.3f} | {most:.3f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
