"""What was found out about one service beside its starts and losses: files, its health document, Sentry's side, its entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lib.core.sentry.sentryfacts import Failure, Point, Release
from lib.core.sentry.trackingstates import State


@dataclass(frozen=True)
class Declared:
    """What a file of a checkout declares. declares: whether the SDK is among it; with an error, False means not known.

    requirement: its line, masked; what it installs where it is a Dockerfile (image). service, environment: whose it is, "" for
    all. scope: when it is installed (declared.model).
    """

    path: str
    declares: bool
    requirement: str = ""
    service: str = ""
    environment: str = ""
    sdk: str = ""
    version: str = ""
    error: str = ""
    scope: str = ""
    read_at: datetime | None = None
    image: bool = False


@dataclass(frozen=True)
class HealthReport:
    """What a service's health document says of error tracking: `state` says no or no more than "configured"."""

    service: str
    state: State
    read_at: datetime
    text: str = ""
    environment: str = ""  # "" for all of its environments


@dataclass(frozen=True)
class Asked:
    """Sentry's side of one service.

    asked: somebody asked Sentry at all. slug, why: the service's project and how that is known ("" when it is not).
    points: the project's hours within the window; () as well when several services share the project.
    whole_until: hours that end later are not over yet within the window. failures: look-ups about it that failed.
    """

    asked: bool = False
    slug: str = ""
    why: str = ""
    points: tuple[Point, ...] = ()
    whole_until: datetime | None = None
    releases: tuple[Release, ...] = ()
    failures: tuple[Failure, ...] = ()
    shared: bool = False
    read_at: datetime | None = None
    earlier: tuple[Point, ...] = ()  # the same hours and those before the window, back to where evidence is looked for


@dataclass(frozen=True)
class Logged:
    """What a service's own entries are: all, those without a message, and the errors that Sentry should have got."""

    own: int = 0
    wordless: int = 0
    eligible: int = 0
    late_errors: int = 0  # logged after the last hour that Sentry answered for
    unaccepted: int = 0  # logged after all that was accepted, in hours that Sentry answered for and did not filter
    by_revision: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # own, wordless
    errors_of: Mapping[str, int] = field(default_factory=dict)  # eligible ones that Sentry's answer can hold, by revision
