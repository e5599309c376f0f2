"""Bytes with their own checksum behind them: a bit that turned over on a disk is told from what was written."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import uuid4

SEAL = sha256().digest_size  # bytes


def seal(content: bytes) -> bytes:
    """Return the bytes with their checksum behind them."""
    return content + sha256(content).digest()


def read_sealed(file: Path) -> BytesIO:
    """Return what was sealed. Errors: OSError when the file cannot be read, or when its checksum is another one."""
    held = file.read_bytes()
    content, found = held[:-SEAL], held[-SEAL:]
    if len(held) < SEAL or sha256(content).digest() != found:
        raise OSError(f"'{file.name}' is not what was written")
    return BytesIO(content)


def write_sealed(file: Path, content: bytes) -> None:
    """Write bytes sealed, under their name at once or not at all. Errors: OSError."""
    partial = file.with_name(f"{file.name}.{uuid4().hex}.partial")
    try:
        partial.write_bytes(seal(content))
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def digest_of(file: Path) -> str:
    """Return a file's checksum, as hexadecimal digits. Errors: OSError."""
    with file.open("rb") as opened:
        found = sha256()
        while piece := opened.read(1024**2):
            found.update(piece)
    return found.hexdigest()
