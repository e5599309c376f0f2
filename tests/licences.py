"""Which licence each installed package comes under: python -m tests.licences writes docs/licences.md."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
LONGEST = 80  # some packages put a licence's whole text where its name belongs
FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|HPND|0BSD|Zlib|CC0|LGPL", re.IGNORECASE
)


def locked(file: Path) -> dict[str, str]:
    """Return name and version of what a lock names."""
    return dict(PINNED.findall(file.read_text()))


def find_licence(package: Distribution) -> str:
    """Return what a package says of its licence, "" when it says nothing."""
    about = package.metadata
    named = [about.get("License-Expression"), about.get("License")]
    classified = [line.rsplit(" :: ", 1)[1] for line in about.get_all("Classifier") or [] if line.startswith("License :: OSI")]
    first = next((text.strip().splitlines()[0] for text in named if text and len(text.strip()) <= LONGEST), "")
    return first or ", ".join(classified) or next((text.strip().splitlines()[0] for text in named if text and text.strip()), "")


def list_licences(lock: Path) -> list[tuple[str, str, str]]:
    """Return (name, version, licence) of each package that a lock names; one that is not for this machine is said to be so."""
    rows = []
    for name, version in sorted(locked(lock).items()):
        try:
            rows.append((name, version, find_licence(distribution(name)) or "says nothing"))
        except PackageNotFoundError:
            rows.append((name, version, "not for this machine"))
    return rows


def main() -> None:
    """Write the list."""
    rows = list_licences(ROOT / "requirements.lock")
    lines = [
        "# Licences",
        "",
        "What `make run` installs, and the licence that each package names of itself. `make licences` writes this list anew.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {name} | {version} | {licence.replace('|', '/')} |" for name, version, licence in rows),
    ]
    (ROOT / "docs" / "licences.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
