"""Issues at a tracker: opens it as the settings say, asks it what is there, and sends a draft when told to."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from filelock import FileLock, Timeout

from lib import posting, wiring
from lib.adapters.github import SCOPE, GitHubAddress, GitHubIssues
from lib.adapters.places import read_word
from lib.core.issues import REPO, Action, Decision, Found
from lib.core.masks.text import show_variable
from lib.core.model import Query
from lib.core.sentry.trackingstates import Confidence
from lib.core.settings import Settings
from lib.core.tickets.matching import write_searches
from lib.errors import BadQuery, NotSet, SettingsError, SourceUnavailable, StoreError
from lib.issueports import IssueTracker
from lib.posting import Posted
from lib.views import issues
from lib.views.issues import IssueRow, IssuesView, Prepared

WAIT_S = 600.0  # for another process that is sending: its limits let it wait so long itself
PAUSE_S = 2.0  # between two looks for what was sent without an answer


def open_tracker(settings: Settings, repo: str = "") -> IssueTracker:
    """Return the tracker of a repository, that of the settings unless one is named. Errors: SettingsError; NotSet; BadQuery."""
    settings.require("github", "network")
    github = settings.github
    name = repo or github.repo
    if not name:
        raise NotSet("No repository is set.", hint='Name it: --repo OWNER/NAME, or repo = "owner/name" under [github].')
    if not REPO.fullmatch(name):
        raise BadQuery(f"'{name[:80]}' is no repository.", hint="Write it as OWNER/NAME.")
    token = read_word(wiring.variables(), github.token_env)
    if not token:
        variable = show_variable(github.token_env)
        raise NotSet("No token for GitHub is set.", hint=f"Make one with {SCOPE}, and set {variable}; see docs/issues.md.")
    return GitHubIssues(GitHubAddress(github.base_url, name, token, settings.network.private))


def find_tracker(settings: Settings, repo: str) -> tuple[IssueTracker | None, str]:
    """Return the tracker, None where none can be used, and why. Errors: as `open_tracker`, where a repository was named."""
    try:
        return open_tracker(settings, repo), ""
    except SettingsError as e:
        if repo:
            raise
        return None, f"{e.message} {e.hint}"


def load(
    space: wiring.Workspace,
    query: Query,
    now: datetime,
    tracker: IssueTracker | None,
    cluster: str = "",
    limit: int = issues.LIMIT,
) -> IssuesView:
    """Return the drafts of a window with what to do; they are kept, of one cluster with its criteria. Errors: BadQuery."""
    repo = tracker.repo if tracker else ""
    drafting = issues.prepare(space.ports, query, now, cluster, limit, repo)
    view = issues.finish(drafting, [ask(tracker, one) if tracker else None for one in drafting.prepared])
    issues.keep(space.ports, drafting, view, repo, now, follow=bool(cluster))
    return view


def ask(tracker: IssueTracker, one: Prepared) -> Found:
    """Return what a tracker has for one thing: what its searches find, and where the ledger says that we wrote already."""
    found = tracker.search(write_searches(tracker.repo, one.traits))
    known = {issue.number for issue in found.issues}
    for number in sorted(one.traits.ours - known):
        try:
            issue = tracker.issue(number)
        except SourceUnavailable as e:
            return replace(found, why=f"{found.why} {e.message}".strip())
        found = replace(found, issues=(*found.issues, *([issue] if issue else [])))
    return found


def post(
    space: wiring.Workspace,
    tracker: IssueTracker,
    row: IssueRow,
    now: datetime,
    *,
    to: int | None = None,
    again: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> Posted:
    """Send one draft, as it was decided or to an issue of one's choice; one process of a home sends at a time.

    Errors: BadQuery when there is nothing to send; SourceUnavailable; StoreError when another process is still sending.
    """
    chosen = Decision(Action.UPDATE, to, "", Confidence.HIGH, "You chose it.") if to is not None else row.decision
    desk = posting.Desk(tracker, space.ports.state, now, lambda: pause(PAUSE_S), again)
    try:
        with FileLock(space.home / "posting.lock", timeout=WAIT_S):
            return posting.post(desk, row.draft, chosen)
    except Timeout as e:
        told = "Another process is still sending an issue."
        raise StoreError(told, hint="Try again when it is done; nothing was sent.", permanent=False) from e
