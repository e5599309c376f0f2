"""Who holds an SQLite file, as far as the system tells."""

from pathlib import Path

LOCKS = Path("/proc/locks")  # Linux alone has it
WRITER = 120  # the byte of the file of shared memory by which SQLite keeps writers apart


def name_holder(file: Path) -> str:
    """Return who writes a database in WAL mode: "process 1234 (python)", "another process" where nobody can tell."""
    try:
        inode = file.with_name(file.name + "-shm").stat().st_ino
        pid = next((p for line in LOCKS.read_text().splitlines() if (p := _writer_of(line.split(), inode))), "")
        return f"process {pid} ({Path(f'/proc/{pid}/comm').read_text().strip()})" if pid else "another process"
    except OSError:  # no such files, or not ours to read
        return "another process"


def _writer_of(words: list[str], inode: int) -> str:
    """Return the process of a line of /proc/locks that locks the writers' byte of a file, else ""."""
    match words:
        case [_, "POSIX", _, "WRITE", pid, place, start, end]:
            if place.rpartition(":")[2] == str(inode) and int(start) <= WRITER and (end == "EOF" or int(end) >= WRITER):
                return pid if int(pid) > 0 else ""
    return ""
