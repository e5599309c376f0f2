"""Opens files that are files: a pipe would be waited for without end, a device never ends, a link may lead out of a folder."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a link"),
)


class NotAFile(OSError):
    """A path leads to something that is no file; strerror says to what."""

    def __init__(self, what: str) -> None:
        super().__init__(0, f"it is {what}, not a file")
        self.what = what


def open_regular(path: Path, *, follow: bool = True) -> BinaryIO:
    """Return an open file. Errors: OSError, NotAFile among them, at once: nothing is waited for. follow: a link is gone along."""
    if not follow and path.is_symlink():
        raise NotAFile("a link")
    held = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    try:
        mode = os.fstat(held).st_mode
        if not stat.S_ISREG(mode):
            raise NotAFile(name_kind(mode))
        return os.fdopen(held, "rb")
    except BaseException:
        os.close(held)
        raise


def name_kind(mode: int) -> str:
    """Return what a mode says of a path that is no file."""
    return next((what for is_it, what in KINDS if is_it(mode)), "something else")
