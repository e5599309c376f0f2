"""Reads a file of success criteria: TOML, or JSON where its name ends so."""

import json
import tomllib
from pathlib import Path

from lib.adapters.regular import open_regular
from lib.core.success.criteriafile import HINT, parse_criteria
from lib.core.success.model import Criterion
from lib.errors import BadQuery

LARGEST = 1024 * 1024  # bytes; hundreds of criteria are a tenth of it


def read_criteria(path: str) -> tuple[Criterion, ...]:
    """Return the criteria of a file. Errors: BadQuery, one for whatever is wrong with it."""
    file = Path(path)
    try:
        with open_regular(file) as opened:
            content = opened.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise BadQuery(f"'{path}' is larger than 1 MB, and so no file of criteria.", hint=HINT)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as e:  # UnicodeDecodeError, and a path that none can be, are ValueErrors
        raise BadQuery(
            f"The file of criteria '{path}' cannot be read.", hint="Check its name, its rights and that it is UTF-8."
        ) from e
    is_json = file.suffix.lower() == ".json" or text.lstrip()[:1] == "{"
    try:
        document = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as e:
        raise BadQuery(f"'{path}' is no {'JSON' if is_json else 'TOML'}{_say_place(e)}.", hint=HINT) from e
    return parse_criteria(document, path)


def _say_place(failure: Exception) -> str:
    """Return where a text could not be parsed, "" where the parser does not say."""
    if isinstance(failure, json.JSONDecodeError):
        return f" (line {failure.lineno})"
    _, at, place = str(failure).rpartition("(at ")
    return f" (at {place}" if at else ""
