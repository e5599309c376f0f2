"""What the files of a checkout come to: one word, a sentence that can be pasted, and the command to copy next."""

import shlex
from collections.abc import Mapping, Sequence
from posixpath import basename, dirname

from lib.core.declared.formats import BY_NAME
from lib.core.declared.model import LOCK, MAIN, Audit, Declared, Image
from lib.core.declared.sdks import ECOSYSTEMS, suggest
from lib.core.wording import count_of, join_words

_NAMED = 3  # files that a sentence names
_LIMIT = "Dependency files alone can say no more: ask the services' logs as well."
_DECLARED = "Declared is not installed, and installed is not delivering: only the running service and Sentry can show that."


def judge(
    files: Sequence[Declared], images: Sequence[Image], left_out: Mapping[str, int], notes: Sequence[str], cut: bool
) -> Audit:
    """Return the answer. The verdict is never healthy: a declaration is the lowest rung of the ladder."""
    verdict, sentence = _say(files, images, cut)
    hint, command = _advise(verdict, files)
    return Audit(tuple(files), tuple(images), verdict, sentence, hint, command, dict(left_out), tuple(notes), cut)


def _say(files: Sequence[Declared], images: Sequence[Image], cut: bool) -> tuple[str, str]:
    declaring = [f for f in files if f.declares]
    certain = [f for f in declaring if f.scope in (MAIN, LOCK)]
    direct = [i for i in images if i.direct]
    unread = [f for f in files if f.error]
    read = f"{count_of(len(files), 'file')} read"
    if not (declaring or direct):
        if not files:
            return "unknown", "No dependency file was found here: whether a Sentry SDK is declared is not known."
        if unread or cut:
            why = f"{_name_files([f.path for f in unread])} could not be read whole" if unread else "not every folder was read"
            return "unknown", f"Whether a Sentry SDK is declared is not known: {why}; nothing else declares one ({read})."
        return "missing", f"Nothing here declares a Sentry SDK: {read}. {_LIMIT}"
    without = [i for i in images if i.declares is False]
    if declaring and images and len(without) == len(images):
        named = _name_files([f.path for f in certain or declaring])
        installs = join_words([f"{i.dockerfile} installs {_name_files(i.installs)}" for i in without[:_NAMED]])
        return "missing", f"A Sentry SDK is declared in {named}, but no image here gets it: {installs}. {_LIMIT}"
    if not certain and not direct:
        asked = join_words([f"{f.path} ({f.scope})" for f in declaring[:_NAMED]])
        return "unverified", f"A Sentry SDK is declared only where it must be asked for: {asked}. {_DECLARED}"
    told = [f"{f.path} ({f.requirement})" for f in certain[:_NAMED]] + [
        f"{i.dockerfile} ({i.direct[0]})" for i in direct[:_NAMED]
    ]
    more = f" and {len(certain) - _NAMED} more" if len(certain) > _NAMED else ""
    counted = (
        f"{len(declaring)} of {count_of(len(files), 'file')} {'declares' if len(declaring) == 1 else 'declare'} a Sentry SDK"
    )
    bare = f" {join_words([i.dockerfile for i in without[:_NAMED]])} does not install it." if without else ""
    return "unverified", f"{counted}: {join_words(told)}{more}.{bare} {_DECLARED}"


def _name_files(paths: Sequence[str]) -> str:
    rest = len(paths) - _NAMED
    return join_words(list(paths)) if rest <= 0 else f"{', '.join(paths[:_NAMED])} and {rest} more"


def _advise(verdict: str, files: Sequence[Declared]) -> tuple[str, str]:
    """Return the next step and its command."""
    declaring = sorted((f for f in files if f.declares), key=lambda f: (not f.installed_by, f.scope not in (MAIN, LOCK)))
    if verdict == "unverified":
        proof = ECOSYSTEMS[declaring[0].ecosystem].proof if declaring else ECOSYSTEMS["python"].proof
        return "Look whether the image that runs holds it, then at what the service logs when it starts.", (
            f"docker run --rm --entrypoint '' IMAGE {proof}" if proof else ""
        )
    manifests = [
        f for f in files if not BY_NAME[f.format].lock and f.format not in ("constraints", "gradle catalog") and not f.declares
    ]
    if not manifests or (verdict == "unknown" and any(f.error for f in files)):
        hint = "Mend or name the file that could not be read." if files else "Give the folder of a checkout."
        return hint, "python -m lib audit PATH"
    best = min(
        manifests, key=lambda f: (not f.installed_by, not f.frameworks, not f.dependencies, f.path.count("/"), len(f.path))
    )
    return _add(best, suggest(best.ecosystem, best.frameworks), files)


def _add(row: Declared, package: str, files: Sequence[Declared]) -> tuple[str, str]:
    """Return how a package is added to a file."""
    hint = f"Add {package} to {row.path}" + (f", beside {join_words(row.frameworks)}." if row.frameworks else ".")
    folder = dirname(row.path)
    beside = {basename(f.path) for f in files if dirname(f.path) == folder}
    tool = next((tool for (form, lock), tool in _TOOLS.items() if form == row.format and (not lock or lock in beside)), "")
    if row.format == "requirements":
        return hint, f"echo {shlex.quote(package)} >> {shlex.quote(row.path)}"
    if not tool:
        return hint, ""
    command = f"{tool} {shlex.quote(package)}"
    return hint, f"cd {shlex.quote(folder)} && {command}" if folder else command


_TOOLS = {
    ("pyproject", "poetry.lock"): "poetry add",
    ("pyproject", "uv.lock"): "uv add",
    ("pyproject", "pdm.lock"): "pdm add",
    ("pipfile", ""): "pipenv install",
    ("package.json", "yarn.lock"): "yarn add",
    ("package.json", "pnpm-lock.yaml"): "pnpm add",
    ("package.json", "bun.lock"): "bun add",
    ("package.json", ""): "npm install",
    ("go.mod", ""): "go get",
    ("gemfile", ""): "bundle add",
    ("composer.json", ""): "composer require",
}
"""(format, a lock file that must stand beside it) -> what adds a package; the first that fits."""
