"""Finds and reads the dependency files of a checkout. Nothing is run or fetched; a broken file costs itself alone."""

import codecs
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lib.core.declared.formats import BY_NAME, find_format, is_dockerfile
from lib.core.declared.model import Audit, BadManifest, Declared, Image
from lib.core.declared.settle import ReadFile, resolve, settle
from lib.core.declared.verdict import judge
from lib.errors import BadQuery

LEFT_OUT: Final = frozenset(
    "node_modules bower_components .venv venv .git .hg .svn .tox .nox __pycache__ site-packages dist-packages .mypy_cache"
    " .ruff_cache .pytest_cache .terraform .yarn .pnpm-store .gradle .eggs vendor".split()
)
"""Folders that hold what was installed, not what is declared."""

MAX_BYTES: Final = 16 * 2**20  # a lock file of a large front end has 2 MB
MAX_DOCKERFILE: Final = 128 * 2**10  # ten times the longest that we know of
MAX_FILES: Final = 5_000  # dependency files; the largest open monorepos have some 1,000
MAX_ENTRIES: Final = 500_000  # names looked at, so that a disk given by mistake ends in seconds
MAX_DEPTH: Final = 40  # folders within each other
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass
class _Walk:
    """What a walk came to: paths relative to the root, in order."""

    root: Path
    files: dict[str, str] = field(default_factory=dict)  # path -> format
    dockerfiles: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    looked: int = 0
    cut: bool = False


def audit(paths: Sequence[str | Path]) -> Audit:
    """Return what the checkouts declare and what comes of it. Errors: BadQuery for a path that cannot be looked into."""
    files: dict[str, Declared] = {}
    images: dict[str, Image] = {}
    left_out: Counter[str] = Counter()
    notes: list[str] = []
    cut = False
    for given in paths:
        walk, only = _open(Path(given))
        rows, found = _settle(walk, only)
        shown = _shown_root(Path(given), walk.root)
        files.update({row.path: row for row in (_place(row, shown) for row in rows)})
        images.update({image.dockerfile: image for image in (_place_image(image, shown) for image in found)})
        left_out += walk.left_out
        notes += walk.notes
        cut = cut or walk.cut
    return judge([files[p] for p in sorted(files)], [images[p] for p in sorted(images)], left_out, notes, cut)


def _open(given: Path) -> tuple[_Walk, str]:
    """Return a walk of a folder, or of the checkout around one file and that file's path in it."""
    try:
        kind = given.stat()
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) else "no path can be like this"
        raise BadQuery(f"'{given}' cannot be looked into: {why}.", hint="Give a folder or a dependency file.") from e
    if stat.S_ISDIR(kind.st_mode):
        walk = _Walk(given.resolve())
        _walk(walk)
        return walk, ""
    whole = given.parent.resolve() / given.name
    root = next((folder for folder in whole.parents if (folder / ".git").exists()), whole.parent)
    path = whole.relative_to(root).as_posix()
    form = find_format(str(whole))
    if form is None and whole.suffix not in (".txt", ".in", ".pip"):
        raise BadQuery(
            f"'{given}' is no dependency file.", hint="Give a folder, or a file such as requirements.txt or package.json."
        )
    return _Walk(root, {path: form.name if form else "requirements"}), path


def _walk(walk: _Walk) -> None:
    """Note every dependency file and Dockerfile; links to folders are not followed, so no walk goes in a circle."""
    waiting = [("", 0)]
    while waiting and not walk.cut:
        folder, depth = waiting.pop()
        for entry in _list(walk, folder):
            walk.looked += 1
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if _is_left_out(entry):
                    walk.left_out[entry.name] += 1
                elif depth < MAX_DEPTH:
                    waiting.append((path, depth + 1))
                else:
                    _cut(walk, f"folders more than {MAX_DEPTH} deep")
            elif not _is_linked_folder(walk, entry):
                _note(walk, path)
        if walk.looked > MAX_ENTRIES or len(walk.files) > MAX_FILES:
            _cut(walk, f"what lies beyond {MAX_ENTRIES:,} names or {MAX_FILES:,} dependency files")


def _cut(walk: _Walk, what: str) -> None:
    walk.cut = True
    walk.notes.append(f"Not read: {what}.")


def _list(walk: _Walk, folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(walk.root / folder) as entries:
            return sorted(entries, key=lambda e: e.name)
    except OSError as e:
        walk.notes.append(f"The folder '{folder or walk.root.name}' cannot be read: {e.strerror}.")
        walk.cut = True
        return []


def _is_left_out(entry: "os.DirEntry[str]") -> bool:
    return entry.name in LEFT_OUT or os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))


def _is_linked_folder(walk: _Walk, entry: "os.DirEntry[str]") -> bool:
    if not entry.is_symlink() or not os.path.isdir(entry.path):
        return False
    walk.left_out["links to folders"] += 1
    return True


def _note(walk: _Walk, path: str) -> None:
    form = find_format(f"{walk.root.name}/{path}")
    if form is not None:
        walk.files[path] = form.name
    elif is_dockerfile(path):
        walk.dockerfiles.append(path)


def _settle(walk: _Walk, only: str) -> tuple[list[Declared], list[Image]]:
    """Read all, then what they include, and return what they declare; of one file given by name, that one's row alone."""
    files = {path: _read_file(walk.root, path, form) for path, form in walk.files.items()}
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        for target, form in _included(path, files[path]):
            if target not in files and len(files) < 2 * MAX_FILES and _is_there(walk.root, target):
                files[target] = _read_file(walk.root, target, form)
                waiting.append(target)
    dockerfiles, troubles = _read_dockerfiles(walk)
    rows, images = settle(files, dockerfiles, troubles)
    return ([row for row in rows if row.path == only] if only else rows), images


def _included(path: str, file: ReadFile) -> Iterator[tuple[str, str]]:
    for include in file.reading.includes:
        target = resolve(path, include)
        if "://" not in target and not target.startswith(("/", "..")):
            form = find_format(target)
            yield (
                target,
                "constraints" if include.constraint else form.name if form and form.ecosystem == "python" else "requirements",
            )


def _is_there(root: Path, path: str) -> bool:
    try:
        return (root / path).is_file()
    except (OSError, ValueError):
        return False


def _read_dockerfiles(walk: _Walk) -> tuple[dict[str, str], dict[str, str]]:
    texts: dict[str, str] = {}
    troubles: dict[str, str] = {}
    for path in walk.dockerfiles:
        try:
            texts[path] = _read_text(walk.root, path, MAX_DOCKERFILE)
        except BadManifest as e:
            troubles[path] = e.message
    return texts, troubles


def _read_file(root: Path, path: str, form: str) -> ReadFile:
    try:
        return ReadFile(form, BY_NAME[form].parse(_read_text(root, path)))
    except BadManifest as e:
        return ReadFile(form, error=e.message)


def _read_text(root: Path, path: str, most: int = MAX_BYTES) -> str:
    """Return a file's text. Errors: BadManifest, with what is wrong in our words."""
    try:
        real = (root / path).resolve(strict=True)
        if not real.is_relative_to(root):
            raise BadManifest("is a link to what lies outside of what was given, and was not read")
        if not real.is_file():
            raise BadManifest("is no file")
        with real.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, RuntimeError, ValueError) as e:
        why = (e.strerror if isinstance(e, OSError) else "") or "its links go in a circle"
        raise BadManifest(f"cannot be opened: {why}") from e
    if len(content) > most:
        raise BadManifest(f"is larger than {most // 1024:,} KB and was not read")
    return _decode(content)


def _decode(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as e:
        raise BadManifest("is no text in UTF-8") from e
    if "\0" in text:
        raise BadManifest("is no text: it holds NUL characters")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shown_root(given: Path, root: Path) -> str:
    """Return what stands before each path, so that a person can open it from where the command was typed."""
    if given.is_dir():
        return "" if str(given) == "." else str(given)
    up = len(given.parent.resolve().relative_to(root).parts)
    shown = os.path.normpath(os.path.join(str(given.parent), *[".."] * up)) if not given.is_absolute() else str(root)
    return "" if shown == "." else shown


def _place(row: Declared, root: str) -> Declared:
    return replace(
        row,
        path=os.path.join(root, row.path),
        via=tuple(os.path.join(root, p) for p in row.via),
        installed_by=tuple(os.path.join(root, p) for p in row.installed_by),
    )


def _place_image(image: Image, root: str) -> Image:
    names: Mapping[str, str] = {p: os.path.join(root, p) for p in (image.dockerfile, *image.installs)}
    return replace(image, dockerfile=names[image.dockerfile], installs=tuple(names[p] for p in image.installs))
