"""The checksum of each of the table's files, kept beside the table: what a disk changed is told from what was written."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from lib.adapters.seals import digest_of


class Sums:
    """Checksums under a folder, a small file each; one that cannot be written is written next time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ready: set[str] = set()

    def prepare(self, files: Iterable[str]) -> None:
        """Keep the checksums of files that have none yet."""
        for file in files:
            if file not in self.ready:
                with suppress(OSError):
                    if not self._place(file).exists():
                        self.folder.mkdir(parents=True, exist_ok=True)
                        self._place(file).write_text(digest_of(Path(file)))
                    self.ready.add(file)

    def find_changed(self, files: Sequence[str]) -> list[str]:
        """Return the files that are not what was written, or are gone. A file without a checksum counts as it is."""
        return [file for file in files if self._is_changed(file)]

    def _is_changed(self, file: str) -> bool:
        try:
            found = digest_of(Path(file))
        except OSError:
            return True
        try:
            kept = self._place(file).read_text()
        except (OSError, ValueError):
            return False
        return len(kept) == len(found) and kept.isalnum() and kept != found

    def sweep(self, files: Iterable[str]) -> None:
        """Delete the checksums of files that are gone."""
        there = {Path(file).stem for file in files}
        for kept in self.folder.glob("*.sum"):
            if kept.stem not in there:
                with suppress(OSError):
                    kept.unlink()

    def _place(self, file: str) -> Path:
        return self.folder / f"{Path(file).stem}.sum"
