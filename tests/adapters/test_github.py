"""Issues over a real server: what is asked is what GitHub's own description allows, and every refusal is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.adapters.github import GitHubAddress, GitHubIssues
from lib.adapters.github_fields import read_comment, read_issue
from lib.adapters.http import Clock, Http, Limits
from lib.core.model import Kind
from lib.core.tickets.matching import QUERY, Traits, write_searches
from lib.errors import SourceRefused, SourceUnavailable
from tests.adapters.test_http import FakeClock
from tests.github import REPO, GitHubWorld
from tests.openapi import Contract, github_contract  # noqa: F401
from tests.servers import Reply, Served, serve

TOKEN = "plan" + "ted-token"
SINCE = datetime(2025, 10, 7, tzinfo=UTC)


@dataclass
class Client:
    """A tracker, its world and server, and what it waited."""

    tracker: GitHubIssues
    world: GitHubWorld
    served: Served
    slept: list[float]


@contextmanager
def client(world: GitHubWorld, **limits: float) -> Iterator[Client]:
    clock = FakeClock()
    with serve(world.answer) as served:
        world.base, world.token = served.url, TOKEN
        https = [Http("GitHub", Limits(**{"wait_s": 75, **limits}), Clock(lambda: clock.time, clock.sleep)) for _ in range(2)]  # type: ignore[arg-type]
        yield Client(GitHubIssues(GitHubAddress(served.url, REPO, TOKEN), *https), world, served, clock.slept)


@pytest.fixture
def world() -> GitHubWorld:
    world = GitHubWorld()
    world.add_issue(7, "Sentry SDK not available", "warning at every start", labels=[{"name": "bug"}, "plain"])
    return world


def test_every_request_is_one_that_githubs_description_allows(world: GitHubWorld, github_contract: Contract) -> None:  # noqa: F811
    with client(world) as asking:
        use_all(asking.tracker)
    called = {github_contract.hold(seen) for seen in asking.served.seen}
    assert called == {
        "search/issues-and-pull-requests", "issues/get", "issues/list-for-repo", "issues/create", "issues/list-comments",
        "issues/create-comment", "issues/get-comment", "issues/update-comment", "issues/delete-comment", "issues/add-labels",
    }  # fmt: skip
    for seen in asking.served.seen:
        assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
        assert seen.headers["Accept"] == "application/vnd.github+json"
        assert seen.headers["X-GitHub-Api-Version"] == "2022-11-28"


def use_all(tracker: GitHubIssues) -> None:
    """Ask everything once."""
    assert [i.number for i in tracker.search([f"repo:{REPO} is:issue sentry sdk"]).issues] == [7]
    issue = tracker.issue(7)
    assert issue is not None
    assert (issue.title, issue.labels, issue.is_open, issue.repo) == ("Sentry SDK not available", ("bug", "plain"), True, REPO)
    made = tracker.create("title", "body", ["blindspot"])
    assert [i.number for i in tracker.newest(SINCE)] == [7, made.number]
    comment = tracker.add_comment(issue, "one")
    assert [c.body for c in tracker.comments(issue)] == ["one"]
    assert tracker.edit_comment(issue, comment.id, "two").body == "two"
    assert tracker.comment(issue, comment.id) is not None
    tracker.add_labels(issue, ["blindspot"])
    tracker.delete_comment(issue, comment.id)
    assert tracker.comment(issue, comment.id) is None


def test_a_search_stays_within_githubs_limits() -> None:
    long = "word_" * 40 + "x"
    template = f'{long} OR NOT {long} (a) "b" -label:x user:evil repo:evil/x <*> {long}'
    traits = Traits(("a" * 12,), template, "No module named 'a_b'", Kind.FAILURE,
                    "module.py:f:1", "ValueError", ("shop",))  # fmt: skip
    queries = write_searches("o" * 39 + "/" + "r" * 100, traits)
    assert queries
    for query in queries:
        assert len(query) <= QUERY
        rest = query.partition(" is:issue ")[2]
        assert not any(f" {word} " in f" {rest} " for word in ("AND", "OR", "NOT"))
        assert ":" not in rest
        assert rest.count('"') in (0, 2)


def test_what_a_search_left_out_is_told(world: GitHubWorld) -> None:
    world.incomplete = True
    with client(world) as asking:
        found = asking.tracker.search([f"repo:{REPO} is:issue sentry"])
    assert [i.number for i in found.issues] == [7]
    assert "did not find everything" in found.why


def test_a_search_that_is_refused_is_told_and_not_raised(world: GitHubWorld) -> None:
    world.troubles["GET search"] = [Reply({"message": "Validation Failed"}, 422)]
    with client(world) as asking:
        found = asking.tracker.search([f"repo:{REPO} is:issue a", f"repo:{REPO} is:issue b"])
    assert found.issues == ()
    assert "422" in found.why
    assert len(asking.served.seen) == 1  # the next would be refused likewise


def test_the_same_search_is_asked_once_in_a_run(world: GitHubWorld) -> None:
    with client(world) as asking:
        for _ in range(3):
            asking.tracker.search([f"repo:{REPO} is:issue sentry"])
    assert len(asking.served.seen) == 1


def test_the_limit_of_searches_is_waited_for_and_leaves_other_questions_alone(world: GitHubWorld) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1760000042"}
    world.troubles["GET search"] = [Reply({"items": []}, 200, spent)]
    with client(world) as asking:
        asking.tracker.search([f"repo:{REPO} is:issue a"])
        asking.tracker.issue(7)
        assert asking.slept == []
        asking.tracker.search([f"repo:{REPO} is:issue b"])
    assert asking.slept == [42]


@pytest.mark.parametrize("headers", [{"Retry-After": "17"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1760000017"}])
def test_a_403_that_says_how_long_is_waited_for_and_asked_again(world: GitHubWorld, headers: dict[str, str]) -> None:
    world.troubles["POST /comments"] = [Reply({"message": "secondary rate limit"}, 403, headers)]
    with client(world) as asking:
        issue = asking.tracker.issue(7)
        assert issue is not None
        asking.tracker.add_comment(issue, "one")
    assert asking.slept == [17]
    assert len(world.comments) == 1


def test_a_bare_403_is_a_refusal_that_names_what_is_missing(world: GitHubWorld) -> None:
    world.troubles["POST /comments"] = [Reply({"message": "Resource not accessible"}, 403)]
    with client(world) as asking:
        issue = asking.tracker.issue(7)
        assert issue is not None
        with pytest.raises(SourceRefused) as caught:
            asking.tracker.add_comment(issue, "one")
    assert "Issues: read and write" in caught.value.hint
    assert asking.slept == []


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(status=502), Reply(misdeed="drop"), Reply(misdeed="cut")])
def test_what_may_have_been_accepted_is_never_sent_again(world: GitHubWorld, reply: Reply) -> None:
    world.troubles["POST /comments"] = [reply]
    with client(world) as asking:
        issue = asking.tracker.issue(7)
        assert issue is not None
        with pytest.raises(SourceUnavailable) as caught:
            asking.tracker.add_comment(issue, "one")
    assert sum(seen.method == "POST" for seen in asking.served.seen) == 1
    assert caught.value.status is None or caught.value.status >= 500


def test_a_moved_repository_is_followed_and_later_questions_go_to_its_new_name(world: GitHubWorld) -> None:
    world.moved = "tidewell/lockers"
    with client(world) as asking:
        world.issues[7]["repository_url"] = world.issues[7]["url"] = f"{world.base}/repos/{world.moved}/issues/7"
        issue = asking.tracker.issue(7)
        assert issue is not None
        assert issue.repo == "tidewell/lockers"
        asking.tracker.add_comment(issue, "one")
        asking.tracker.create("t", "b", [])  # a redirected POST is sent on as it is
    assert [c["body"] for c in world.comments.values()] == ["one"]
    assert len(world.issues) == 2


def test_a_redirect_to_another_server_is_not_followed(world: GitHubWorld) -> None:
    world.troubles["POST /comments"] = [Reply(status=307, headers={"Location": "https://evil.example/x"})]
    with client(world) as asking:
        issue = asking.tracker.issue(7)
        assert issue is not None
        with pytest.raises(SourceUnavailable, match=r"evil\.example"):
            asking.tracker.add_comment(issue, "one")


def test_a_deleted_issue_is_none(world: GitHubWorld) -> None:
    with client(world) as asking:
        assert asking.tracker.issue(99) is None


def test_all_pages_of_comments_are_read_and_too_many_are_an_error(world: GitHubWorld) -> None:
    with client(world) as asking:
        for n in range(250):
            world.add_comment(7, str(n))
        issue = asking.tracker.issue(7)
        assert issue is not None
        assert len(asking.tracker.comments(issue)) == 250
        for n in range(2_800):
            world.add_comment(7, str(n))
        with pytest.raises(SourceUnavailable, match="more than 3,000"):
            asking.tracker.comments(issue)


def test_an_enterprise_server_is_asked_below_its_own_base() -> None:
    ask = GitHubAddress("https://github.acme.example/api/v3/", "a/b").ask("search/issues", "x")
    assert ask.url == "https://github.acme.example/api/v3/search/issues"
    assert GitHubAddress("https://github.com", "a/b").ask("x", "x").url == "https://api.github.com/x"


@pytest.mark.parametrize("value", [None, [], {}, {"number": "7"}, {"number": 7, "pull_request": {"url": "x"}}])
def test_what_is_no_issue_is_none(value: object) -> None:
    assert read_issue(value, REPO) is None


def test_every_other_field_is_optional_and_an_address_is_a_web_address() -> None:
    bare = read_issue({"number": 7, "html_url": "javascript:alert(1)", "labels": 3, "closed_at": "never", "body": None}, REPO)
    assert bare is not None
    assert (bare.url, bare.labels, bare.closed, bare.body, bare.repo) == ("", (), None, "", REPO)
    assert read_comment({"id": 1}) is not None
    assert read_comment({"id": "1"}) is None


def test_the_token_stands_in_no_error_and_in_no_representation(world: GitHubWorld, tmp_path: Path) -> None:
    world.troubles["GET /issues/7"] = [Reply({"message": "Bad credentials", "sent": TOKEN}, 401)]
    with client(world) as asking, pytest.raises(SourceRefused) as caught:
        asking.tracker.issue(7)
    assert TOKEN not in f"{caught.value} {caught.value.hint} {asking.tracker.address!r}"
    assert "docs/issues.md" in caught.value.hint
