"""The chart of a report as plain boxes on a time axis, in pixels: whoever draws it computes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lib.core.report.document import BarKind, Chart, ChartLane
from lib.core.report.inert import on_one_line

WIDTH, LANE, HEAD, FOOT, ROOM = 1000, 82, 6, 26, 10
NAME_Y, CAUSE_Y, GAP_Y, BURST_Y, THICK = 14, 31, 36, 55, 15  # within a lane
LETTER = 5.6  # px that a letter of a cause takes at most: words that would reach the next gap are left to its title
MARK = BURST_Y + THICK - GAP_Y + 6  # px: the height of a deploy's line
NARROW = 4  # px: a shade thinner than that is not seen
LEAST = 1.5  # px: what is shorter is still seen
STEPS = (1, 5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)  # minutes between ticks
MOST_TICKS = 9
ORDER = (BarKind.GAP, BarKind.UNSURE, BarKind.SEEN, BarKind.UNSEEN)


@dataclass(frozen=True)
class Box:
    """A rectangle: its look, its place in px, and what it is."""

    look: str
    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class Words:
    """A line of words; anchor: as SVG has it."""

    look: str
    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Drawing:
    """All that is drawn, back to front."""

    width: int
    height: int
    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Box, ...]
    words: tuple[Words, ...]


def draw(chart: Chart) -> Drawing:
    """Return the chart's boxes, lines and words."""
    height = HEAD + LANE * len(chart.lanes) + FOOT
    scale = _Scale(chart.start, chart.end)
    bottom = height - FOOT
    boxes, lines, words = [], list[Box](), list[Words]()
    for a, b in _clip(chart.unread, chart):
        x, width = scale.span(a, b)
        if width >= NARROW:
            boxes.append(Box("unread", x, HEAD, width, bottom - HEAD, "nothing was read here"))
    for number, lane in enumerate(chart.lanes):
        top = HEAD + LANE * number
        words.append(Words("name", ROOM, top + NAME_Y, on_one_line(lane.name)[:80]))
        bars = list(_bars(lane, chart, scale, top))
        boxes += bars
        gaps = [b for b in bars if b.look == BarKind.GAP]
        after = [*(b.x for b in gaps[1:]), WIDTH]
        fits = [b for b, x in zip(gaps, after, strict=False) if b.x + len(b.text) * LETTER <= x]
        words += [Words("cause", b.x, top + CAUSE_Y, b.text) for b in fits]
        lines += [
            Box(
                "failed" if m.failed else "deploy",
                scale.at(m.ts),
                top + GAP_Y - 3,
                1.5,
                MARK,
                on_one_line(m.text),
            )
            for m in lane.marks
            if chart.start <= m.ts < chart.end
        ]
    ticks = list(_ticks(chart.start, chart.end))
    lines += [Box("tick", scale.at(t), HEAD, 0.5, bottom - HEAD, "") for t in ticks]
    words += [Words("axis", scale.at(t), height - 10, _label(t, chart), "middle") for t in ticks]
    return Drawing(WIDTH, height, on_one_line(chart.title), tuple(boxes), tuple(lines), tuple(words))


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime

    def at(self, ts: datetime) -> float:
        """Return where a time lies, in px."""
        return round(ROOM + (ts - self.start) / (self.end - self.start) * (WIDTH - 2 * ROOM), 1)

    def span(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Return where a stretch begins and how wide it is, in px."""
        return self.at(start), max(round(self.at(end) - self.at(start), 1), LEAST)


def _bars(lane: ChartLane, chart: Chart, scale: _Scale, top: int) -> Iterator[Box]:
    for bar in sorted(lane.bars, key=lambda b: ORDER.index(b.kind)):
        for start, end in _clip([(bar.start, bar.end)], chart):
            x, width = scale.span(start, end)
            y = top + (GAP_Y if bar.kind in (BarKind.GAP, BarKind.UNSURE) else BURST_Y)
            edge = 1 if bar.kind is BarKind.GAP and width > 4 else 0  # two gaps in a row are told apart
            yield Box(bar.kind.value, x, y, width - edge, THICK, on_one_line(bar.text))


def _clip(spans: Sequence[tuple[datetime, datetime]], chart: Chart) -> list[tuple[datetime, datetime]]:
    cut = [(max(a, chart.start), min(b, chart.end)) for a, b in spans]
    return [(a, b) for a, b in cut if a < b]


def _ticks(start: datetime, end: datetime) -> Iterator[datetime]:
    minutes = next((s for s in STEPS if (end - start) / timedelta(minutes=s) <= MOST_TICKS), None)
    step = timedelta(minutes=minutes) if minutes else (end - start) / MOST_TICKS
    day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tick = day + step * (int((start - day) / step) + 1)
    while tick < end:
        yield tick
        tick += step


def _label(ts: datetime, chart: Chart) -> str:
    long = chart.end - chart.start > timedelta(hours=20)
    return f"{ts.astimezone(UTC):%m-%d %H:%M}" if long else f"{ts.astimezone(UTC):%H:%M}"
