"""A GitHub on loopback: one repository's issues and comments, and whatever GitHub can do wrong."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers import Reply, Seen

REPO = "tidewell/parcels"
STAMP = "2025-10-06T08:00:00Z"


@dataclass
class GitHubWorld:
    """What a repository holds. troubles: by "METHOD part-of-path", what is answered instead, in turn; the last stays unless once.

    loses: methods whose answer never comes, although what they asked was done. moved: the name that the repository has now.
    """

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    troubles: dict[str, list[Reply]] = field(default_factory=dict)
    loses: list[str] = field(default_factory=list)
    moved: str = ""
    incomplete: bool = False
    token: str = ""
    base: str = "http://127.0.0.1"
    before_post: Callable[[], None] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add_issue(self, number: int, title: str, body: str = "", **more: Any) -> None:
        """Add an issue."""
        self.issues[number] = self._describe(number, title, body) | more

    def answer(self, seen: Seen) -> Reply:
        """Answer as GitHub does."""
        if self.token and seen.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply({"message": "Bad credentials"}, 401)
        for key, replies in self.troubles.items():
            method, _, part = key.partition(" ")
            if method == seen.method and part in seen.path and replies:
                return replies.pop(0)
        if self.moved and f"/repos/{REPO}/" in seen.path:
            return Reply({"message": "Moved Permanently"}, 301, {"Location": seen.target.replace(REPO, self.moved)})
        if seen.method == "POST" and seen.path.endswith(("/comments", "/issues")):
            self.before_post()
        with self.lock:
            reply = self._serve(seen)
        if seen.method in self.loses:
            self.loses.remove(seen.method)
            return Reply(misdeed="drop")
        return reply

    def _serve(self, seen: Seen) -> Reply:
        parts = seen.path.strip("/").split("/")
        if parts == ["search", "issues"]:
            return self._search(seen.params["q"][0])
        if parts[0] != "repos" or "/".join(parts[1:3]) != (self.moved or REPO) or parts[3] != "issues":
            return Reply({"message": "Not Found"}, 404)
        sent = json.loads(seen.body) if seen.body else {}
        rest = parts[4:]
        if not rest:
            return self._create(sent) if seen.method == "POST" else self._page(seen, list(self.issues.values()))
        if rest[0] == "comments":
            return self._comment(seen, int(rest[1]), sent)
        number = int(rest[0])
        if number not in self.issues:
            return Reply({"message": "This issue was deleted"}, 410)
        if rest[1:] == ["comments"]:
            return self._comments(seen, number, sent)
        if rest[1:] == ["labels"]:
            self.issues[number]["labels"] += [{"name": name} for name in sent["labels"]]
            return Reply(self.issues[number]["labels"])
        return Reply(self.issues[number])

    def _search(self, query: str) -> Reply:
        assert len(query) <= 256
        words = query.removeprefix(f"repo:{REPO} is:issue ").lower()
        phrases = [words.strip('"')] if '"' in words else words.split()

        def holds(issue: dict[str, Any]) -> bool:
            said = [c["body"] for c in self.comments.values() if c["issue_url"].endswith(f"/{issue['number']}")]
            text = " ".join([issue["title"], issue["body"], *said]).lower()
            return all(phrase in text for phrase in phrases)

        found = [issue for issue in self.issues.values() if holds(issue)]
        return Reply({"total_count": len(found), "incomplete_results": self.incomplete, "items": found})

    def _page(self, seen: Seen, rows: list[dict[str, Any]]) -> Reply:
        page, size = (int(seen.params[name][0]) for name in ("page", "per_page"))
        return Reply(rows[(page - 1) * size : page * size])

    def _create(self, sent: dict[str, Any]) -> Reply:
        number = max(self.issues, default=0) + 1
        self.issues[number] = self._describe(number, sent["title"], sent["body"])
        self.issues[number]["labels"] = [{"name": name} for name in sent.get("labels", [])]
        return Reply(self.issues[number], 201)

    def _comments(self, seen: Seen, number: int, sent: dict[str, Any]) -> Reply:
        if seen.method == "GET":
            return self._page(seen, [c for c in self.comments.values() if c["issue_url"].endswith(f"/{number}")])
        made = self.add_comment(number, sent["body"])
        return Reply(made, 201)

    def add_comment(self, number: int, body: str) -> dict[str, Any]:
        """Add a comment."""
        id = max(self.comments, default=100) + 1
        place = f"{self.base}/repos/{self.moved or REPO}/issues/{number}"
        self.comments[id] = {"id": id, "body": body, "html_url": f"https://github.example/{number}#{id}", "issue_url": place}
        return self.comments[id]

    def _comment(self, seen: Seen, id: int, sent: dict[str, Any]) -> Reply:
        if id not in self.comments:
            return Reply({"message": "Not Found"}, 404)
        if seen.method == "DELETE":
            del self.comments[id]
            return Reply(None, 204, raw=b"")
        if seen.method == "PATCH":
            self.comments[id]["body"] = sent["body"]
        return Reply(self.comments[id])

    def _describe(self, number: int, title: str, body: str) -> dict[str, Any]:
        place = f"{self.base}/repos/{self.moved or REPO}"
        return {
            "number": number, "title": title, "body": body, "state": "open", "locked": False, "labels": [],
            "url": f"{place}/issues/{number}", "repository_url": place, "html_url": f"https://github.example/{number}",
            "created_at": STAMP, "updated_at": STAMP, "closed_at": None, "state_reason": None, "comments": 0,
            "user": {"login": "someone"},
        }  # fmt: skip
