"""Whether a token may read what Blindspot asks of Sentry: a question of one row for each scope."""

from lib.adapters.http import Asked, Http, Limits
from lib.adapters.sentry import SentryAddress
from lib.core.checkup import Check
from lib.core.model import SourceState
from lib.core.wording import join_words
from lib.errors import NotOffered, SourceRefused, SourceUnavailable

LIMITS = Limits(connect_s=5, silence_s=10, answer_s=20, body_bytes=4 * 1024**2, tries=1)
PARTS = (
    ("org:read", "projects/", "the projects", "per_page"),
    ("project:read", "releases/", "the releases", "per_page"),
    ("event:read", "issues/", "the issues", "limit"),
)
"""Each scope, what it is for, and the least question that needs it."""
ASKED = "Make the token anew with the scopes org:read, project:read and event:read in Sentry, Settings, Developer Settings."


def check_sentry(name: str, address: SentryAddress, limits: Limits = LIMITS) -> Check:
    """Return whether Sentry answers, and which scopes its token lacks."""
    http, missing, absent = Http("Sentry", limits, private=address.private), [], []
    for scope, path, what, size in PARTS:
        url = address.ask(address.of_organization(path), "", what).url
        try:
            http.get(Asked(url, f"{what} of '{address.organization}'", ((size, "1"),), address.token, scope))
        except SourceRefused as e:
            if e.status == 401:
                return Check(name, SourceState.FAILING, e.message, ASKED)
            missing.append(scope)
        except NotOffered as e:
            if path == "projects/":
                hint = "Check organization under [sentry]: it is the word in the organization's own address."
                return Check(name, SourceState.FAILING, e.message, hint)
            absent.append(what)
        except SourceUnavailable as e:
            return Check(name, SourceState.FAILING, e.message, e.hint)
    if missing:
        told = f"Its token may not read everything: it lacks {join_words(missing)}; what needs that is unknown."
        return Check(name, SourceState.FAILING, told, ASKED)
    return Check(
        name,
        SourceState.OK,
        f"'{address.organization}' can be read." + (f" It does not offer {join_words(absent)}." if absent else ""),
    )
