"""The recorded incident with its names and messages made as hostile as logs can be, so that every page has something to show."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from lib import wiring
from lib.demo.load import recorded_lines, recorded_sentry

EVIL = "http://evil.example"
NAME = f"<img src={EVIL}/n.png onerror=window.hit=1>![n]({EVIL}/m.png)\u202e\u200b-staging"
TEXTS = (
    f"![image]({EVIL}/a.png) [link]({EVIL}/b) <{EVIL}/c> {EVIL}/d www.evil.example",
    f'<img src={EVIL}/e.png onerror="window.hit=1"><a href="{EVIL}/f">f</a><script>window.hit=1</script>',
    f'<iframe src={EVIL}/g></iframe><svg onload="window.hit=1"><image href={EVIL}/h.png /></svg><style>@import "{EVIL}"</style>',
    rf"$\href{{{EVIL}/j}}{{j}}$ $$\frac{{1}}{{2}}$$ :red[k] :material/home: :blue-badge[l] :streamlit: `` ``` ~~~ `code`",
    f'<b>bold</b><br><a href="{EVIL}/o">o</a><span style="font-size:99px">p</span><extra>q</extra> %{{x}} %{{customdata[0]}}',
    "\u202edesrever\u202c \u2066x\u2069 zero\u200bwidth\ufeff \x1b[31mred\x1b[0m \x1b]8;;http://evil\x07x nul\x00end \x9b31m",
    f"=HYPERLINK(\"{EVIL}/r\") @SUM(1) -2+3+cmd|' /C calc'!A0",
    "javascript:window.hit=1 data:text/html,<script>window.hit=1</script> \\u003cimg src=x onerror=window.hit=1\\u003e",
)


def make_hostile(now: datetime) -> Iterator[bytes]:
    """Yield the incident's entries as lines: one service has a hostile name, every failure and some others a hostile text."""
    for number, line in enumerate(recorded_lines(now)):
        if b"parcels-backend-staging" not in line and number % 8:
            continue  # the others' everyday lines would only take time
        entry: dict[str, Any] = json.loads(line.replace(b"parcels-backend-staging", json.dumps(NAME)[1:-1].encode()))
        if number % 60 == 0 or entry.get("severity") in ("ERROR", "CRITICAL"):
            _poison(entry, TEXTS[number // 60 % len(TEXTS)])
        yield json.dumps(entry).encode() + b"\n"
    yield b'{"insertId": "broken", "textPayload": "' + TEXTS[1].encode() + b"\n"


def _poison(entry: dict[str, Any], text: str) -> None:
    for holder, key in ((entry, "textPayload"), (entry.get("jsonPayload") or {}, "message")):
        if isinstance(holder.get(key), str):
            holder[key] = f"{text} {holder[key]}"
    if "httpRequest" in entry:
        entry["httpRequest"]["userAgent"] = text
    entry["sourceLocation"] = {"file": text, "function": text, "line": "1"}
    entry.setdefault("labels", {})["commit-sha"] = text


def fill(home: Path, now: datetime) -> None:
    """Import the hostile incident, with its Sentry side, into a home folder; two decisions of people are in it."""
    space = wiring.open_workspace(home)
    file = home.parent / f"{TEXTS[0].replace('/', '_')[:60]}.ndjson"
    file.write_bytes(b"".join(make_hostile(now)))
    wiring.import_paths([str(file)], space)
    document = json.dumps(recorded_sentry(now)).replace("parcels-backend-staging", json.dumps(NAME)[1:-1])
    wiring.keep_sentry(json.loads(document), space, now)
