"""A document as HTML: one file that asks for nothing outside of itself, and the parts of it that a page shows."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from lib.core.report import template
from lib.core.report.document import Chart, Document, Section
from lib.core.report.drawing import draw
from lib.core.report.markdown import say_made, show_cell
from lib.core.visible import visible


@dataclass(frozen=True)
class Colours:
    """One colour a role, as CSS writes it."""

    text: str = "#0f151c"
    muted: str = "#4a5763"
    grid: str = "#dde3ea"
    gap: str = "#d98a00"
    stripe: str = "#7d5100"
    seen: str = "#4a6785"
    unseen: str = "#c4262e"
    deploy: str = "#1762c4"


PAPER = Colours()


def write_html(document: Document) -> str:
    """Return the whole document as one file."""
    return _render("PAGE", PAPER, d=document, made=say_made(document), pictures=True, heading=True)


def write_section(section: Section) -> str:
    """Return one part as HTML; where it has a chart, without that and without the heading, which stand before it."""
    return _render("SECTION", PAPER, s=section, pictures=False, heading=section.chart is None)


def write_svg(chart: Chart, colours: Colours = PAPER) -> str:
    """Return the chart as a picture."""
    return _render("SVG", colours, d=draw(chart))


def _render(name: str, colours: Colours, **values: Any) -> str:
    fills = {"gap": "url(#hatch)", "unsure": colours.gap, "seen": colours.seen, "unseen": colours.unseen, "unread": colours.muted}
    return _environment().get_template(name).render(c=colours, fills=fills, show=show_cell, draw=draw, **values)


def _finish(value: Any) -> Any:
    """Return what takes the place of a value, before it is escaped."""
    return visible(value) if isinstance(value, str) else value


@cache
def _environment() -> Environment:
    parts = {name: getattr(template, name) for name in ("SVG", "SECTION", "PAGE", "CSS")}
    return Environment(loader=DictLoader(parts), autoescape=True, finalize=_finish, undefined=StrictUndefined, trim_blocks=True)
