"""Made-up sources that are read live, one of them refused, and the upkeep beside them."""

from dataclasses import replace
from datetime import timedelta

from lib.core.collecting import SourceKind, SourceRecord
from lib.core.freshness import judge_freshness
from lib.core.model import Source, SourceState
from lib.core.upkeep import Chore, Duty
from lib.views.sources import LiveRow
from tests.pages.sample_day import END, HOSTILE, NOW

FINE = SourceRecord(
    "projects/parcels", SourceKind.LOGGING, SourceState.OK, "Read completely.", heartbeat=NOW, succeeded=NOW, watermark=END,
    newest=END, behind=timedelta(0), backlog=timedelta(hours=3), following=True,
    calls=12, quota=50, read=74078, left_out="INFO is left out.",
)  # fmt: skip
REFUSED = replace(
    FINE, name=f"projects/{HOSTILE}", state=SourceState.FAILING, message="Cloud Logging refused (403).",
    hint="Grant roles/logging.viewer.",
)  # fmt: skip


def row(record: SourceRecord, per_min: float | None) -> LiveRow:
    """Return a source as the view does."""
    fresh = judge_freshness(record, NOW)
    told = (fresh.state, record.watermark, fresh.age, fresh.sentence, fresh.hint)
    return LiveRow(Source(record.name, "cloud_logging", *told, record.added), record, fresh, per_min)


LIVE = (row(REFUSED, None), row(FINE, 41.5))
UPKEEP = (
    Chore(Duty.COMPACT, NOW, message="20 files before, 4 files after."),
    Chore(Duty.EXPIRE, NOW, SourceState.FAILING, "full"),
)
