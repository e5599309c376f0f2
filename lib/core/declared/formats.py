"""The table of dependency files: which name is read how."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lib.core.declared import java, node, others, pip, pylocks, pyproject, setuptools
from lib.core.declared.model import Reading

Parse = Callable[[str], Reading]


@dataclass(frozen=True)
class Format:
    """One kind of file: `fits` its whole path in lower case with / between; `lock`: it pins what another file asks for."""

    name: str
    ecosystem: str
    fits: re.Pattern[str]
    parse: Parse
    lock: bool = False


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?(?:{pattern})")


FORMATS: Final = (
    Format("constraints", "python", _named(r"[\w.-]*constraints[\w.-]*\.txt|constraints/[^/]+\.txt"), pip.parse_constraints),
    Format(
        "requirements",
        "python",
        _named(
            r"(?:[\w.-]*[._-])?(?:requirements?|reqs)(?:[._-][\w.-]*|\d+)?\.(?:txt|in|pip)|requirements/(?:[^/]+/)?[^/]+\.(?:txt|in|pip)"
        ),
        pip.parse_requirements,
    ),
    Format("pyproject", "python", _named(r"pyproject\.toml"), pyproject.parse_pyproject),
    Format("pipfile", "python", _named(r"pipfile"), pyproject.parse_pipfile),
    Format("setup.cfg", "python", _named(r"setup\.cfg"), setuptools.parse_setup_cfg),
    Format("setup.py", "python", _named(r"setup\.py"), setuptools.parse_setup_py),
    Format("pipfile.lock", "python", _named(r"pipfile\.lock"), pylocks.parse_pipfile_lock, lock=True),
    Format("poetry.lock", "python", _named(r"poetry\.lock"), pylocks.parse_toml_lock, lock=True),
    Format("uv.lock", "python", _named(r"uv\.lock"), pylocks.parse_toml_lock, lock=True),
    Format("pdm.lock", "python", _named(r"pdm(?:\.[\w-]+)?\.lock"), pylocks.parse_toml_lock, lock=True),
    Format("pylock", "python", _named(r"pylock(?:\.[\w-]+)?\.toml"), pylocks.parse_toml_lock, lock=True),
    Format("package.json", "node", _named(r"package\.json"), node.parse_package_json),
    Format("package-lock", "node", _named(r"package-lock\.json|npm-shrinkwrap\.json"), node.parse_package_lock, lock=True),
    Format("yarn.lock", "node", _named(r"yarn\.lock"), node.parse_yarn_lock, lock=True),
    Format("pnpm-lock", "node", _named(r"pnpm-lock\.yaml"), node.parse_pnpm_lock, lock=True),
    Format("bun.lock", "node", _named(r"bun\.lock"), node.parse_bun_lock, lock=True),
    Format("go.mod", "go", _named(r"go\.mod"), others.parse_go_mod),
    Format("maven", "java", _named(r"pom\.xml"), java.parse_pom),
    Format("gradle", "java", _named(r"[\w.-]*\.gradle(?:\.kts)?"), java.parse_gradle),
    Format("gradle catalog", "java", _named(r"[\w.-]*\.versions\.toml"), java.parse_catalog),
    Format("gemfile", "ruby", _named(r"gemfile|gems\.rb"), others.parse_gemfile),
    Format("gemfile.lock", "ruby", _named(r"gemfile\.lock|gems\.locked"), others.parse_gemfile_lock, lock=True),
    Format("composer.json", "php", _named(r"composer\.json"), others.parse_composer_json),
    Format("composer.lock", "php", _named(r"composer\.lock"), others.parse_composer_lock, lock=True),
    Format(
        "nuget",
        "dotnet",
        _named(r"[^/]+\.(?:cs|fs|vb)proj|directory\.(?:packages|build)\.props|packages\.config"),
        others.parse_nuget,
    ),
)
"""The first that fits decides."""

BY_NAME: Final = {row.name: row for row in FORMATS}
DOCKERFILE: Final = _named(r"(?:dockerfile|containerfile)(?:[._-][\w.-]+)?|[\w.-]+\.(?:dockerfile|containerfile)")
NO_DOCKERFILE: Final = re.compile(r".*\.(?:dockerignore|md|txt|py|sh|ya?ml|json|j2|tmpl)")


def find_format(path: str) -> Format | None:
    """Return how a file of this name is read, None when it declares nothing."""
    low = path.replace("\\", "/").lower()
    return next((row for row in FORMATS if row.fits.fullmatch(low)), None)


def is_dockerfile(path: str) -> bool:
    """True for the names that a Dockerfile goes by."""
    low = path.replace("\\", "/").lower()
    return DOCKERFILE.fullmatch(low) is not None and not NO_DOCKERFILE.fullmatch(low)
