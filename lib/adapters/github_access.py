"""Whether a token may read a repository's issues: a question of one row. That it may write shows only when it does."""

from lib.adapters.github import SCOPE, SOURCE, GitHubAddress
from lib.adapters.http import Http, Limits
from lib.core.checkup import Check, failed
from lib.core.model import SourceState
from lib.errors import SourceUnavailable

LIMITS = Limits(connect_s=5, silence_s=10, answer_s=20, body_bytes=4 * 1024**2, tries=1)


def check_github(name: str, address: GitHubAddress, limits: Limits = LIMITS) -> Check:
    """Return whether GitHub answers for the repository."""
    if not address.token:
        told = f"The variable that holds the token for '{address.repo}' is not set."
        return Check(name, SourceState.FAILING, told, f"Make one with {SCOPE}; see docs/issues.md.")
    path = address.of_repo(address.repo, "issues")
    try:
        asked = address.ask(path, f"the issues of '{address.repo}'", ("per_page", "1"), ("page", "1"))
        Http(SOURCE, limits, private=address.private).get(asked)
    except SourceUnavailable as e:
        return failed(name, e)
    return Check(
        name, SourceState.OK, f"The issues of '{address.repo}' can be read; that they can be written shows `issues post`."
    )
