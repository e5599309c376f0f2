"""Where settings come from: the environment's variables, and files of TOML, each a layer above the next one."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lib.core.settings import FILE, SettingTrouble
from lib.errors import SettingsError

OLD_FILE = "settings.toml"
ELSEWHERE = frozenset({"BLINDSPOT_HOME", "BLINDSPOT_DEBUG", "BLINDSPOT_OPEN"})  # variables of the commands, of no section
SECRETS = Path(".streamlit") / "secrets.toml"


@dataclass(frozen=True)
class Layer:
    """One place of settings. shared: others keep theirs there too, so what is not ours is theirs.

    variables: what its lines set as an environment does, {name: value}.
    """

    place: str
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    shared: bool = False


def read_layers(home: Path, folder: Path, environment: Mapping[str, str]) -> tuple[list[Layer], list[SettingTrouble]]:
    """Return the places that hold something, the strongest first, and the files that cannot be read."""
    layers, troubles = [Layer("", variables=environment)], []
    for file in find_files(home, folder):
        try:
            tables = read_tables(file)
        except SettingsError as e:
            troubles.append(SettingTrouble("", e.message, e.hint, everywhere=True))
            continue
        if not tables:
            continue
        if file.name == SECRETS.name:
            words = {name: value for name, value in tables.items() if isinstance(value, str) and name.isupper()}
            rest = {name: value for name, value in tables.items() if name not in words}
            layers.append(Layer(str(file), rest, words, shared=True))
        else:
            layers.append(Layer(str(file), tables))
    return layers, troubles


def find_files(home: Path, folder: Path) -> Sequence[Path]:
    """Return where a file of settings may be, the strongest first, each once."""
    files = (folder / FILE, folder / SECRETS, home / FILE, home / OLD_FILE)
    return list({file.resolve(): file for file in files}.values())


def read_variables(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment's variables above those that `.streamlit/secrets.toml` sets, as Streamlit itself sets them."""
    layers, _ = read_layers(folder, folder, environment)
    return {name: value for layer in reversed(layers) for name, value in layer.variables.items()}


def read_home(folder: Path) -> str:
    """Return the home folder that a file in the working folder names, "" when none does. Errors: SettingsError."""
    for file in (folder / FILE, folder / SECRETS):
        try:
            home = read_tables(file).get("home", "")
        except SettingsError:
            if _may_set_home(file):
                raise
            continue
        if not isinstance(home, str):
            raise SettingsError(f"`home` in {file} is no text.", hint='Write: home = "/var/lib/blindspot"')
        if home:
            return home
    return ""


def _may_set_home(file: Path) -> bool:
    """Return whether a file that is no TOML may name the home folder: then another one must not be opened in its stead."""
    try:
        return any(line.lstrip().startswith((b"home", b'"home')) for line in file.read_bytes().splitlines())
    except OSError:
        return True


def read_tables(file: Path) -> dict[str, Any]:
    """Return the file's tables, {} without a file. Errors: SettingsError."""
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors write a mark before the first line
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"The settings file '{file}' cannot be read.", hint="Check its rights and that it is UTF-8.") from e
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        where = str(e).rpartition("(at ")[2].rstrip(")") if isinstance(e, ValueError) else "a value within hundreds of others"
        raise SettingsError(
            f"The settings file '{file}' is no TOML (at {where}).", hint='A line looks like: organization = "acme"'
        ) from None  # the decoder's own error holds the text
