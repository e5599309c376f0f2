"""A document into a file: whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from lib.errors import SettingsError

HINT = "Name a file in a folder that exists and may be written."


def check_place(path: Path) -> None:
    """Raise SettingsError when a file cannot be written there, before long work is done for it."""
    odd = path.exists() and not path.is_file()  # a folder, or a device, which a rename would replace
    if odd or not path.parent.is_dir() or not os.access(path.resolve().parent, os.W_OK):
        raise SettingsError(f"'{path}' cannot be written.", hint=HINT)


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document; a reader sees the old file or the new one. Errors: SettingsError."""
    write_file(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file; a reader sees the old one or the new one. Errors: SettingsError."""
    path = path.resolve()  # what a link leads to is replaced, not the link
    try:
        with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.write(content)
                file.close()
                os.replace(file.name, path)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as e:
        raise SettingsError(f"'{path}' cannot be written: {e.strerror}.", hint=HINT) from e
