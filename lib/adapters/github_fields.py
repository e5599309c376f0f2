"""What is taken of GitHub's answers: every field but the number is optional, and what else stands in them is left there."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from lib.core.issues import Comment, Issue

_PLACE = re.compile(r"/repos/([^/]+/[^/]+?)(?:/issues/\d+)?/?$")


def read_issue(value: object, repo: str) -> Issue | None:
    """Return an issue of an answer, None for anything else, pull requests too. repo: where it is unless it says otherwise."""
    if not isinstance(value, Mapping) or not isinstance(value.get("number"), int) or value.get("pull_request"):
        return None
    place = next((m[1] for key in ("repository_url", "url") if (m := _PLACE.search(_text(value.get(key))))), repo)
    labels = value.get("labels")
    return Issue(
        number=value["number"],
        title=_text(value.get("title")),
        body=_text(value.get("body")),
        is_open=value.get("state") != "closed",
        labels=tuple(filter(None, map(_label, labels if isinstance(labels, list) else []))),
        url=_web(value.get("html_url")),
        repo=place,
        created=_time(value.get("created_at")),
        updated=_time(value.get("updated_at")),
        closed=_time(value.get("closed_at")),
        reason=_text(value.get("state_reason")),
        locked=value.get("locked") is True,
    )


def read_comment(value: object) -> Comment | None:
    """Return a comment of an answer, None for anything else."""
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), int):
        return None
    found = re.search(r"/issues/(\d+)$", _text(value.get("issue_url")))
    return Comment(value["id"], _text(value.get("body")), _web(value.get("html_url")), int(found[1]) if found else 0)


def _label(value: object) -> str:
    return _text(value.get("name")) if isinstance(value, Mapping) else _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _web(value: object) -> str:
    """Return an address that may be opened, "" for any other."""
    text = _text(value)
    return text if re.fullmatch(r"https?://[^\s<>\"']{1,2000}", text) else ""


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(_text(value)).astimezone(UTC) if value else None
    except (ValueError, OverflowError):
        return None
