"""JSON documents of dependency files, read with one error for all that can be wrong."""

import json
from typing import Any

from lib.core.declared.model import BadManifest


def load_json(text: str) -> dict[str, Any]:
    """Return a JSON object. Errors: BadManifest."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise BadManifest("is no valid JSON") from e
    if not isinstance(document, dict):
        raise BadManifest("holds no JSON object")
    return document
