"""Issues of one GitHub repository over its API: github.com, or an Enterprise server by its base URL."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lib.adapters.github_fields import read_comment, read_issue
from lib.adapters.http import Answered, Asked, Http, Limits
from lib.adapters.httpfaults import broken_answer
from lib.core.issues import Comment, Found, Issue
from lib.core.wording import rfc3339
from lib.errors import NotOffered, SourceUnavailable

SOURCE = "GitHub"
SCOPE = "Issues: read and write (of a classic token: repo)"
VERSION = "2022-11-28"
PER_PAGE, FOUND = 100, 20  # rows of a page; issues of one search that are looked at, the best first
PAGES = 30  # of comments: beyond 3,000 nobody can be sure what is there
NEWEST_PAGES = 5  # of issues that changed within hours
SEARCHES = 300  # of one run: ten minutes of GitHub's 30 a minute
LIMITS = Limits(wait_s=75, patience_s=900)  # a search's limit ends after a minute at the most


@dataclass(frozen=True)
class GitHubAddress:
    """Where a repository is. base_url: of the API: https://api.github.com, https://HOST/api/v3; repo: owner/name.

    private: hosts that may lie in a private network, by name.
    """

    base_url: str
    repo: str
    token: str = field(default="", repr=False)
    private: Sequence[str] = ()

    def ask(self, path: str, what: str, *params: tuple[str, str], method: str = "GET", body: object = None) -> Asked:
        """Return a question to the API; path is what follows the base."""
        base = "https://api.github.com" if re.fullmatch(r"https?://(www\.)?github\.com", self.base_url) else self.base_url
        return Asked(f"{base.rstrip('/')}/{path}", what, params, self.token, SCOPE, method=method, body=body)

    def of_repo(self, repo: str, rest: str) -> str:
        """Return a path under a repository."""
        return f"repos/{quote(repo, safe='/')}/{rest}"


class GitHubIssues:
    """IssueTracker over GitHub's API. Searches have a limit of their own, so they keep a pace of their own."""

    def __init__(self, address: GitHubAddress, http: Http | None = None, searching: Http | None = None) -> None:
        self.address = address
        self.http = http or Http(SOURCE, LIMITS, private=address.private)
        self.searching = searching or Http(SOURCE, LIMITS, private=address.private)
        for one in (self.http, self.searching):
            one.session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION})
        self.asked: dict[str, tuple[Issue, ...]] = {}

    @property
    def repo(self) -> str:
        """The repository as it was asked for."""
        return self.address.repo

    def search(self, queries: Sequence[str]) -> Found:
        """Return what some searches find, each asked once in a run; what failed or was cut is told."""
        found: dict[int, Issue] = {}
        marked: set[int] = set()
        whys: list[str] = []
        for query in queries:
            try:
                rows = self._search_once(query, whys)
            except SourceUnavailable as e:
                whys.append(e.message)
                if isinstance(e, NotOffered) or e.status in (401, 403, 422) or e.status is None:
                    break  # the next would fail likewise
                continue
            found |= {issue.number: issue for issue in rows}
            marked |= {issue.number for issue in rows} if '"bs-' in query else set()
        return Found(tuple(found.values()), " ".join(dict.fromkeys(whys)), frozenset(marked))

    def _search_once(self, query: str, whys: list[str]) -> tuple[Issue, ...]:
        if query in self.asked:
            return self.asked[query]
        if len(self.asked) >= SEARCHES:
            whys.append(f"GitHub was searched {SEARCHES} times in this run, which is enough.")
            return ()
        asked = self.address.ask("search/issues", "issues that are alike", ("q", query), ("per_page", str(FOUND)))
        value = self.searching.get(asked).value
        if not isinstance(value, Mapping) or not isinstance(value.get("items"), list):
            raise broken_answer(SOURCE, asked.what, "it holds no items")
        if value.get("incomplete_results"):
            whys.append("GitHub's search ran out of time and did not find everything.")
        rows = tuple(i for row in value["items"] if (i := read_issue(row, self.repo)))
        self.asked[query] = rows
        return rows

    def issue(self, number: int) -> Issue | None:
        """Return an issue, where it is now; None when it was deleted."""
        asked = self.address.ask(self.address.of_repo(self.repo, f"issues/{number}"), f"issue #{number}")
        answered = self._maybe(asked)
        return self._read_issue(answered.value, asked.what) if answered else None

    def newest(self, since: datetime) -> Sequence[Issue]:
        """Return the issues that changed since a moment, newest first."""
        path = self.address.of_repo(self.repo, "issues")
        params = (("state", "all"), ("sort", "created"), ("direction", "desc"), ("since", str(rfc3339(since))))
        rows = self._pages(path, "the newest issues", params, NEWEST_PAGES)
        return [issue for row in rows if (issue := read_issue(row, self.repo))]

    def comments(self, issue: Issue) -> Sequence[Comment]:
        """Return all comments of an issue. Errors: also when there are more than PAGES of them."""
        path = self.address.of_repo(issue.repo, f"issues/{issue.number}/comments")
        rows = self._pages(path, f"the comments on #{issue.number}", (), PAGES, whole=True)
        return [comment for row in rows if (comment := read_comment(row))]

    def comment(self, issue: Issue, id: int) -> Comment | None:
        """Return a comment, None when it was deleted."""
        asked = self.address.ask(self.address.of_repo(issue.repo, f"issues/comments/{id}"), "our comment")
        answered = self._maybe(asked)
        return self._read_comment(answered.value, asked.what) if answered else None

    def create(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Create an issue; sent once."""
        content = {"title": title, "body": body, "labels": list(labels)}
        path = self.address.of_repo(self.repo, "issues")
        asked = self.address.ask(path, "a new issue", method="POST", body=content)
        return self._read_issue(self.http.send(asked).value, asked.what)

    def add_comment(self, issue: Issue, body: str) -> Comment:
        """Comment on an issue; sent once."""
        path = self.address.of_repo(issue.repo, f"issues/{issue.number}/comments")
        asked = self.address.ask(path, f"a comment on #{issue.number}", method="POST", body={"body": body})
        return self._read_comment(self.http.send(asked).value, asked.what)

    def edit_comment(self, issue: Issue, id: int, body: str) -> Comment:
        """Replace a comment's text."""
        path = self.address.of_repo(issue.repo, f"issues/comments/{id}")
        asked = self.address.ask(path, "a new text of our comment", method="PATCH", body={"body": body})
        return self._read_comment(self.http.send(asked).value, asked.what)

    def delete_comment(self, issue: Issue, id: int) -> None:
        """Take back a comment of our own."""
        path = self.address.of_repo(issue.repo, f"issues/comments/{id}")
        self.http.send(self.address.ask(path, "taking back our second comment", method="DELETE"))

    def add_labels(self, issue: Issue, labels: Sequence[str]) -> None:
        """Add labels to an issue."""
        path = self.address.of_repo(issue.repo, f"issues/{issue.number}/labels")
        self.http.send(self.address.ask(path, f"a label on #{issue.number}", method="POST", body={"labels": list(labels)}))

    def _maybe(self, asked: Asked) -> Answered | None:
        """Return an answer, None when what is asked for is gone."""
        try:
            return self.http.get(asked)
        except NotOffered as e:
            if e.status in (404, 410):
                return None
            raise

    def _pages(
        self, path: str, what: str, params: tuple[tuple[str, str], ...], most: int, *, whole: bool = False
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all pages, `most` of them; whole: more than that is an error."""
        for page in range(1, most + 1):
            asked = self.address.ask(path, what, *params, ("per_page", str(PER_PAGE)), ("page", str(page)))
            rows = self.http.get(asked).value
            if not isinstance(rows, list):
                raise broken_answer(SOURCE, what, "it is no list")
            yield from (row for row in rows if isinstance(row, Mapping))
            if len(rows) < PER_PAGE:
                return
        if whole:
            told = f"GitHub has more than {most * PER_PAGE:,} of {what}: what is among them cannot be told."
            raise SourceUnavailable(told, hint="Send the draft to another issue, or copy it.", status=422)

    def _read_issue(self, value: object, what: str) -> Issue:
        issue = read_issue(value, self.repo)
        if issue is None:
            raise broken_answer(SOURCE, what, "it is no issue")
        return issue

    def _read_comment(self, value: object, what: str) -> Comment:
        comment = read_comment(value)
        if comment is None:
            raise broken_answer(SOURCE, what, "it is no comment")
        return comment
