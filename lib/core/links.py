"""Links out: an entry in Google's Logs Explorer."""

from datetime import timedelta
from urllib.parse import quote

from lib.core.model import Entry
from lib.core.wording import rfc3339


def logs_explorer(entry: Entry, project: str, nanos: int = 0) -> str:
    """Return the address that opens one entry in Google's Logs Explorer, found by its insertId and time."""
    stamp = entry.ts.strftime("%Y-%m-%dT%H:%M:%S.") + f"{entry.ts.microsecond:06d}{nanos:03d}Z"
    asked = quote(f'insertId="{entry.insert_id}"\ntimestamp="{stamp}"', safe="")
    around = f"{rfc3339(entry.ts - timedelta(minutes=5))}/{rfc3339(entry.ts + timedelta(minutes=5))}"
    where = f"query={asked};timeRange={quote(around, safe='')}?project={quote(project, safe='')}"
    return f"https://console.cloud.google.com/logs/query;{where}"
