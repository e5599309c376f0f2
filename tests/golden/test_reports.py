"""The recorded incident's postmortem and worklog, line by line as a person has read them: `--rewrite-golden` writes them anew."""

import difflib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib import wiring
from lib.core.model import Query
from lib.core.report.document import Document, ReportKind
from lib.core.report.markdown import write_markdown
from lib.views import report

HERE = Path(__file__).parent
NOW = datetime(2026, 9, 17, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> wiring.Workspace:
    """The recorded incident, ending at NOW."""
    return wiring.open_recorded(tmp_path_factory.mktemp("recorded"), NOW)


@pytest.fixture(scope="module")
def documents(space: wiring.Workspace) -> dict[ReportKind, Document]:
    """Its reports."""
    return {kind: report.load(space.ports, Query(), NOW, kind, "the recorded incident") for kind in ReportKind}


@pytest.mark.parametrize("kind", ReportKind)
def test_a_report_is_as_a_person_read_it(kind: ReportKind, documents: dict[ReportKind, Document], rewrite_golden: bool) -> None:
    golden, told = HERE / f"recorded-{kind.value}.md", write_markdown(documents[kind])
    if rewrite_golden:
        golden.write_text(told)
    changes = difflib.unified_diff(golden.read_text().splitlines(), told.splitlines(), golden.name, "found", lineterm="", n=0)
    assert (found := "\n".join(changes)) == "", f"read this; if it is right: pytest --rewrite-golden\n{found}"


def test_every_number_of_the_summary_was_counted(documents: dict[ReportKind, Document]) -> None:
    document = documents[ReportKind.POSTMORTEM]
    impact, facts = document.facts.impact, document.facts
    assert facts.problems is not None
    assert facts.deploys is not None
    assert facts.verdicts is not None
    counted = {
        impact.failures,
        impact.requests,
        impact.blind_failures,
        impact.blind_bursts,
        impact.blind_requests,
        impact.entries,
    }
    counted |= {len(facts.problems), len(facts.deploys), len(facts.verdicts), facts.problems[0].count}
    text = re.sub(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\(P\d\)|5xx", "", document.summary)
    small = {0, 1, 2, 3, 4, 7}  # services, instances, clusters of the gravest, entries without a message
    assert {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)} - small <= counted


def test_both_reports_give_the_same_figures(documents: dict[ReportKind, Document]) -> None:
    assert documents[ReportKind.POSTMORTEM].facts == documents[ReportKind.WORKLOG].facts


def test_a_worklog_over_a_cut_export_says_so_before_any_count(netra: Path, tmp_path: Path) -> None:
    """The hand-made one gave an hour's counts from 106 seconds; its largest problem was told as several."""
    space = wiring.open_workspace(tmp_path)
    wiring.import_paths([str(netra / "staging-0041-0043Z.json")], space)
    document = report.load(space.ports, Query(), NOW, ReportKind.WORKLOG)
    names = [section.name for section in document.sections]
    scope, written = document.sections[0], write_markdown(document)
    assert names[0] == "scope"
    assert any("1,000 entries" in told and "106 s" in told for told in scope.sentences)
    assert written.index("106 s") < written.index("## Impact")
    assert document.facts.problems is not None
    assert [p.count for p in document.facts.problems] == [150]
    assert sum(name.startswith("problem-") for name in names) == 1
    assert "Related issues are not known: nobody has looked for them." in written
    assert any("Sentry SDK not available" in section.title and section.level == 3 for section in document.sections)
