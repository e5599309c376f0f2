"""A body -> JSON, or our error: no NaN, no bottomless nesting, no web page taken for an answer."""

import json
from typing import Any, NoReturn

from lib.adapters.httpfaults import broken_answer


def parse_json(body: bytes, source: str, what: str) -> Any:
    """Return the value of a body. Errors: SourceUnavailable."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):  # "from None": the parser's error holds the whole body
        page = body.lstrip()[:1] == b"<"
        reason = "it is a web page, not JSON" if page else "it is empty" if not body.strip() else "it is no JSON"
        raise broken_answer(source, what, reason) from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
