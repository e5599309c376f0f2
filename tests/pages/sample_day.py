"""The made-up day that every made-up view tells of, and text as hostile as logs can be."""

from datetime import UTC, datetime, timedelta

END = datetime(2026, 9, 17, 12, 0, tzinfo=UTC)
NOW = END + timedelta(minutes=7)
START = END - timedelta(hours=24)
EVIL = "http://evil.example"
HOSTILE = f"![x]({EVIL}/x.png) <img src={EVIL}/y.png onerror=alert(1)> $\\frac{{1}}{{2}}$ :red[r] `` ` www.evil.example"
