"""A report in every form: nothing that a log says acts in Markdown as GitHub reads it, in HTML, a picture or a spreadsheet."""

import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from lib.core.report.csvfile import write_table, write_zip
from lib.core.report.document import (
    Bar,
    BarKind,
    Chart,
    ChartLane,
    Column,
    ColumnKind,
    Document,
    Mark,
    ReportKind,
    Sample,
    Section,
    Table,
    read_text,
    write_text,
)
from lib.core.report.inert import JOINER
from lib.core.report.markdown import write_markdown
from lib.core.report.webpage import write_html, write_svg
from tests.entries import START
from tests.hostiletexts import TEXTS

HOUR = timedelta(hours=1)
EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]
PLAIN = {"h1", "h2", "h3", "p", "em", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre"}
ACTS = {  # what GitHub acts on in text outside of code, after it was rendered
    "mention": re.compile(r"(?<![\w`])@[a-z0-9]", re.IGNORECASE),
    "reference": re.compile(r"#\d|\bGH-\d", re.IGNORECASE),
    "commit": re.compile(r"\b[0-9a-f]{7,40}\b"),
    "emoji": re.compile(r":(?:\+1|[a-z_]+):"),
    "address": re.compile(r"\bwww\.|://"),
}


def document(*texts: str) -> Document:
    """Return a report that says hostile texts wherever a report can say anything."""
    columns = tuple(Column(kind.value, kind) for kind in (ColumnKind.TEXT, ColumnKind.CODE, ColumnKind.NUMBER))
    table = Table("table", columns, tuple((t, t, None) for t in texts), texts[0])
    lane = ChartLane(texts[0], tuple(Bar(BarKind.GAP, START, START + HOUR, t) for t in texts), (Mark(START, True, texts[0]),))
    chart = Chart(texts[0], START, START + 2 * HOUR, (lane,))
    section = Section("part", texts[0], texts, (table,), tuple(Sample(t, t) for t in texts), chart)
    text = texts[0]
    return Document(
        ReportKind.POSTMORTEM, text, text, START, text, START, START + HOUR, texts[:1], (), (section, replace(section, level=3))
    )


class Seen(HTMLParser):
    """What HTML comes to: its tags, its attributes, and its text outside of code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.comments: list[str] = []
        self.code = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        self.text += "" if self.code else data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def render(markdown: str) -> Seen:
    """Return what GitHub's own parser makes of Markdown, with raw HTML let through."""
    return Seen(cmarkgfm.markdown_to_html_with_extensions(markdown, Options.CMARK_OPT_UNSAFE, EXTENSIONS))


def test_there_are_more_than_75_hostile_texts() -> None:
    assert len(set(TEXTS)) > 75


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: repr(t[:20]))
def test_nothing_in_markdown_acts(text: str) -> None:
    seen = render(write_markdown(document(text)))
    assert set(seen.tags) <= PLAIN
    assert [a for a in seen.attributes if a[0] not in ("align", "lang", "class")] == []
    assert seen.comments == []
    assert {name: found[0] for name, acts in ACTS.items() if (found := acts.findall(seen.text))} == {}


def test_the_texts_would_act_if_they_were_not_made_inert() -> None:
    """The checks above can fail: what they look for is found in the raw texts."""
    seen = [render(text) for text in TEXTS]
    assert {tag for one in seen for tag in one.tags} >= {"a", "img", "b", "details"}
    assert [name for name, acts in ACTS.items() if not any(acts.search(one.text) for one in seen)] == []


def test_all_of_them_together_leave_the_document_whole() -> None:
    """A fence that was left open, or a table that was cut, would swallow what follows."""
    seen = render(write_markdown(document(*TEXTS)))
    counts = {tag: seen.tags.count(tag) for tag in ("h1", "h2", "h3", "table", "pre")}
    assert counts == {"h1": 1, "h2": 1, "h3": 1, "table": 2, "pre": 2 * len(TEXTS)}
    assert seen.tags.count("tr") == 2 * (len(TEXTS) + 1)
    assert seen.tags.count("td") == 2 * 3 * len(TEXTS)


def test_words_stay_readable_in_markdown() -> None:
    told = write_markdown(document("Parcel <*> could not be read: 12 of 30, 3 h (P1)"))
    assert "- Parcel \\<\\*> could not be read: 12 of 30, 3 h (P1)" in told
    assert JOINER not in told


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: repr(t[:20]))
def test_html_holds_no_more_than_our_own_tags_and_asks_for_nothing(text: str) -> None:
    tame, wild = Seen(write_html(document("tame"))), Seen(write_html(document(text)))
    assert set(wild.tags) == set(tame.tags)
    assert Counter(wild.tags) - Counter(tame.tags) <= Counter(text=2)  # a longer word may not fit its bar
    assert Counter(tame.tags) - Counter(wild.tags) <= Counter(text=2)
    assert {n for n, _ in wild.attributes} == {n for n, _ in tame.attributes}
    assert not {"script", "img", "a", "link", "iframe"} & set(wild.tags)
    assert not {"src", "href", "onerror", "onload", "style"} & {n for n, _ in wild.attributes}
    assert wild.comments == []


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: repr(t[:20]))
def test_a_picture_is_well_formed_and_holds_nothing_but_shapes_and_words(text: str) -> None:
    chart = document(text).sections[0].chart
    assert chart
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(write_svg(chart)).iter()}  # noqa: S314 - our own
    assert tags <= {"svg", "defs", "pattern", "rect", "line", "text", "title"}


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: repr(t[:20]))
def test_no_cell_begins_a_formula(text: str) -> None:
    written = write_table(document(text).sections[0].tables[0])
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert {len(row) for row in rows} == {3}
    for cell in rows[1]:
        assert not re.match(r"[\s\x00\ufeff\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)
        assert not re.search(r"[;\t\n]\s*\"?[=+\-@\uff1d]", cell)  # a spreadsheet that cuts cells there finds none either


def test_no_sign_that_nobody_sees_is_left_in_any_form() -> None:
    unseen = "\u061c\u200b\u200d\u00ad\u2060\u202e\ufeff\U000e0041\x9b"
    whole = document(f"a{'b'.join(unseen)}c")
    for written in (write_markdown(whole), write_html(whole), write_table(whole.sections[0].tables[0])):
        assert not set(unseen) & set(written)


def test_numbers_stay_numbers_and_what_is_not_known_is_empty() -> None:
    columns = (Column("n", ColumnKind.NUMBER), Column("m", ColumnKind.NUMBER), Column("t", ColumnKind.TIME))
    assert write_table(Table("t", columns, ((-3, 0.5, None),))) == '"n","m","t"\r\n"-3","0.5",""\r\n'


def test_a_zip_holds_every_table_and_is_the_same_each_time() -> None:
    made = write_zip(document(*TEXTS))
    assert made == write_zip(document(*TEXTS))
    assert zipfile.ZipFile(io.BytesIO(made)).namelist() == ["table.csv"]


def test_a_document_comes_back_as_it_was_written() -> None:
    whole = document(*TEXTS)
    assert read_text(write_text(whole)) == whole
    assert write_text(read_text(write_text(whole))) == write_text(whole)
