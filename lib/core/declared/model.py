"""The nouns of the audit: what one file declares, what an image installs, and what comes of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lib.errors import BlindspotError

MAIN = "main"  # installed whenever the file is
LOCK = "lock"  # pinned by a lock file, whatever asked for it
CONSTRAINT = "constraint"  # only says which version, installs nothing


class BadManifest(BlindspotError):
    """A dependency file cannot be read; its message is the part of a sentence behind the file's name."""


@dataclass(frozen=True)
class Dependency:
    """One declared dependency.

    name:      normalised as its ecosystem does. text: as declared, for a person; secrets are masked when it is shown.
    version:   the one exact version, "" when a range or nothing is given.
    specifier: the versions allowed, as written.
    scope:     MAIN, LOCK, CONSTRAINT, or what must be asked for: "group test", "extra tracing", "dev", "build", "indirect".
    """

    ecosystem: str
    name: str
    text: str
    extras: tuple[str, ...] = ()
    version: str = ""
    specifier: str = ""
    scope: str = MAIN
    marker: str = ""


@dataclass(frozen=True)
class Include:
    """Another file that a file reads, relative to its own folder; a constraint installs nothing. scope as in Dependency."""

    path: str
    constraint: bool = False
    scope: str = MAIN


@dataclass(frozen=True)
class Reading:
    """What one text says. errors: parts of it that could not be read, in our words, without its own."""

    dependencies: tuple[Dependency, ...] = ()
    includes: tuple[Include, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared:
    """What one file says about Sentry's SDK; evidence for a verdict.

    path:         as a person would type it. format: a row of formats.FORMATS, such as "requirements" or "pyproject".
    declares:     the file, or one that it includes, asks for the SDK. False with an `error` means: not known.
    sdk:          its name, such as "sentry-sdk" or "@sentry/node"; "" when the file declares none.
    requirement:  as declared, masked. version: the exact one, "" when the file leaves it open. marker: when it holds only then.
    scope:        as in Dependency: anything but "main" and "lock" is not installed by itself.
    via:          the files through which the declaration comes, the declaring one last; empty when it stands in the file itself.
    installed_by: Dockerfiles whose last stage installs this file. frameworks: those declared beside it.
    error:        what could not be read, in our words; "" when all was. dependencies: how many the file and its includes name.
    """

    path: str
    format: str
    ecosystem: str
    declares: bool = False
    sdk: str = ""
    requirement: str = ""
    extras: tuple[str, ...] = ()
    version: str = ""
    marker: str = ""
    scope: str = ""
    via: tuple[str, ...] = ()
    installed_by: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    error: str = ""
    dependencies: int = 0


@dataclass(frozen=True)
class Image:
    """What a Dockerfile's last stage installs.

    installs: dependency files found in the checkout. direct: SDKs that a command installs by name.
    unknown:  sentences: what it installs and could not be told. declares: None when that is not known.
    """

    dockerfile: str
    installs: tuple[str, ...] = ()
    direct: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    declares: bool | None = None


@dataclass(frozen=True)
class Audit:
    """The answer: verdict is missing, unverified or unknown (declared is never healthy); command is to be copied, or "".

    left_out: {folder's name: count}. notes: sentences about what was not read.
    """

    files: tuple[Declared, ...]
    images: tuple[Image, ...]
    verdict: str
    sentence: str
    hint: str
    command: str
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cut: bool = False


def as_table(value: Any, where: str) -> dict[str, Any]:
    """Return a table, {} for none. Errors: BadManifest when it is something else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadManifest(f"'{where}' is no table")
    return value


def as_list(value: Any, where: str) -> list[Any]:
    """Return a list, [] for none. Errors: BadManifest when it is something else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadManifest(f"'{where}' is no list")
    return value


def as_text(value: Any) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""
