"""A tail that runs beside the rounds: what arrives waits in a queue until the next round takes it."""

import threading
from collections.abc import Callable
from queue import Empty, Full, Queue

from lib.errors import BlindspotError, NotOffered
from lib.liveports import LiveLog, Page

MOST_PAGES = 500  # waiting; more, and the pages are left to the list, which reads everything anyway
OVERLAP_S = 30.0  # after a tail has begun, lists go on so long: nothing falls between the two


class Tailing:
    """Runs a log's tail in a thread, and again when it ends; `refused` once the source does not offer it."""

    def __init__(self, log: LiveLog, seconds: Callable[[], float]) -> None:
        self.log, self.seconds = log, seconds
        self.pages: Queue[Page] = Queue(MOST_PAGES)
        self.thread: threading.Thread | None = None
        self.began = seconds()
        self.refused = ""

    def covers(self) -> bool:
        """Tell whether the tail alone shows what is newest; start it where it does not run."""
        if self.refused:
            return False
        if self.thread is None or not self.thread.is_alive():
            self.began = self.seconds()
            self.thread = threading.Thread(target=self._run, name=f"tail of {self.log.name}", daemon=True)
            self.thread.start()
            return False
        return self.seconds() - self.began >= OVERLAP_S

    def take(self) -> list[Page]:
        """Return the pages that wait."""
        taken: list[Page] = []
        while True:
            try:
                taken.append(self.pages.get_nowait())
            except Empty:
                return taken

    def _run(self) -> None:
        try:
            for page in self.log.tail():
                self.pages.put_nowait(page)
        except Full:
            self.began = self.seconds()
        except NotOffered as e:
            self.refused = e.message
        except BlindspotError:
            self.began = self.seconds()  # the next round lists, and starts it again
