"""How a journey starts the real dashboard, waits for it, and looks at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
START_S = 60  # a cold import of everything on a busy machine took 15 s
STOP_S = 30  # a collector is given 20 s to end between two pages
SETTLE_MS = 120_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# A rerun begins a moment after the click that asks for it, so one look at an idle page proves nothing. The page notes what it
# asks of the server: idle means that the server answered since, and that nothing has moved for 300 ms from the start of this
# look. Some messages get no answer; after 3 s of rest they are taken for such.
WATCH = """(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...message) {
    if (!this.__watched) {
      this.__watched = true;
      this.addEventListener("message", () => { window.__answered = performance.now(); });
    }
    window.__asked = performance.now();
    return send.apply(this, message);
  };
})()"""
IDLE = """(look) => {
  const now = performance.now();
  if (window.__look !== look) { window.__look = look; window.__idleSince = undefined; }
  const idle = document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    && !document.querySelector('[data-testid="stSkeleton"]');
  if (!idle) { window.__idleSince = undefined; return false; }
  window.__idleSince ??= now;
  const waiting = (window.__asked ?? 0) > (window.__answered ?? 0);
  return now - Math.max(window.__idleSince, window.__asked ?? 0) > (waiting ? 3000 : 300);
}"""


@dataclass(frozen=True)
class Server:
    """A dashboard that runs: where it is, and what it wrote."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """Ask it to stop as Ctrl-C does, and insist when it does not."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_dashboard(home: Path, log: Path) -> Server:
    """Start `streamlit run dashboard.py` over a home folder and return it once it is healthy. Errors: those of `start`."""
    return start(["streamlit", "run", "dashboard.py", "--server.port"], home, log, {})


def start_serving(home: Path, log: Path, settings: Mapping[str, str]) -> Server:
    """Start `python -m lib serve` with settings as variables and return it once it is healthy. Errors: those of `start`."""
    return start(["lib", "serve", "--port"], home, log, settings)


def start(words: Sequence[str], home: Path, log: Path, settings: Mapping[str, str]) -> Server:
    """Start a module of Python with a free port as its last word.

    Errors: RuntimeError with the end of its output when it ends or stays silent.
    """
    port = free_port()
    command = [sys.executable, "-m", *words, str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **settings, "BLINDSPOT_HOME": str(home)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    server = Server(f"http://localhost:{port}", process, log)
    try:
        wait_until_healthy(server)
    except BaseException:
        server.stop()
        raise
    return server


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(server: Server) -> None:
    """Return when the server answers its health check."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            if _ended_within(server.process, 0.1):
                break
    raise RuntimeError(f"The dashboard did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def find_chromium() -> str | None:
    """Return the path of an installed Chromium, None to leave it to Playwright's own."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def settle(page: Page) -> None:
    """Wait until the script has run, nothing is loading and nothing new begins."""
    page.wait_for_function(IDLE, arg=time.monotonic_ns(), polling=50, timeout=SETTLE_MS)


def find_violations(page: Page, *, rules: tuple[str, ...] = ("wcag2a", "wcag2aa")) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands: rule, what it says, and the first elements."""
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": list(rules)}}
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {v['help']}: " + "; ".join(node["html"][:160] for node in v["nodes"][:3]) for v in violations]


def note_errors(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong from now on: errors on the console, and requests that leave this machine.

    Streamlit's own client looks for its health check under a page's path first, and gets a 404 there.
    """
    noted: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            noted.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", note)
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.on("request", lambda request: noted.append(request.url) if _leaves(request.url) else None)
    return noted


def _leaves(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme.startswith("http") and parts.hostname not in {"localhost", "127.0.0.1"}
