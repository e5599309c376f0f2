"""Settings: where they come from, which place wins, and what is said of one that cannot be used."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.adapters.settingfiles import read_home, read_variables
from lib.adapters.settings import read_settings
from lib.adapters.settingsections import SECTIONS
from lib.core.settings import Settings, parse_duration, write_duration
from lib.errors import SettingsError

SECRET = "pla" + "nted"
WHOLE = """
home = "~/elsewhere"

[logging]
projects = ["acme-prod", "folders/123", "projects/acme-prod/locations/global/buckets/b/views/_AllLogs", "acme-prod"]
filter = "all"
since = "7d"
poll = "2s"
quota_per_min = 30
tail = true
endpoint = "127.0.0.1:8085"

[sentry]
organization = "acme"
base_url = "https://s.example/"
token_env = "MINE"
projects = { a = "b" }
interval = "15m"

[health]
interval = "1m"
"checkout-api" = "https://checkout.example.com/health"

[canary]
"checkout-api" = "CHECKOUT_DSN"

[store]
keep = "30d"

[upkeep]
interval = "2h"
"""


def read(home: Path, text: str = "", name: str = "blindspot.toml", **environment: str) -> Settings:
    (home / name).write_text(text)
    return read_settings(home, environment)


def told(settings: Settings) -> str:
    return " ".join(f"{t.message} {t.hint}" for t in settings.troubles)


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}) == Settings()


@pytest.mark.parametrize("name", SECTIONS)
def test_what_is_checked_has_the_defaults_of_what_it_becomes(name: str) -> None:
    model, value = SECTIONS[name]
    assert value(**{key: field.default for key, field in model.model_fields.items()}) == value()


@pytest.mark.parametrize("name", ["blindspot.toml", "settings.toml"])
def test_a_whole_file_is_read(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, WHOLE.replace("home", "# home") if name == "settings.toml" else WHOLE, name)
    assert found.troubles == ()
    view = "projects/acme-prod/locations/global/buckets/b/views/_AllLogs"
    assert found.logging.projects == ("projects/acme-prod", "folders/123", view)
    assert (found.logging.filter, found.logging.since, found.logging.poll) == ("all", timedelta(days=7), timedelta(seconds=2))
    assert (found.logging.quota_per_min, found.logging.tail, found.logging.endpoint) == (30, True, "127.0.0.1:8085")
    assert (found.sentry.base_url, found.sentry.token_env, dict(found.sentry.projects)) == (
        "https://s.example",
        "MINE",
        {"a": "b"},
    )
    assert found.health.urls == {"checkout-api": "https://checkout.example.com/health"}
    assert (found.sentry.interval, found.health.interval) == (timedelta(minutes=15), timedelta(minutes=1))
    assert found.canary.variables == {"checkout-api": "CHECKOUT_DSN"}
    assert (found.store.keep, found.upkeep.interval) == (timedelta(days=30), timedelta(hours=2))


def test_every_setting_can_be_a_variable(tmp_path: Path) -> None:
    found = read_settings(tmp_path, {
        "BLINDSPOT_LOGGING_PROJECTS": "acme-prod, acme-test", "BLINDSPOT_LOGGING_QUOTA_PER_MIN": "20",
        "BLINDSPOT_LOGGING_TAIL": "true", "BLINDSPOT_STORE_KEEP": "forever", "BLINDSPOT_SENTRY_PROJECTS": "a=b c=d",
        "BLINDSPOT_HEALTH_URLS": "x=https://x.example/?a=1,2", "BLINDSPOT_CANARY_VARIABLES": "x=X_DSN",
        "BLINDSPOT_UPKEEP_INTERVAL": "30m",
    })  # fmt: skip
    assert told(found) == ""
    assert found.logging.projects == ("projects/acme-prod", "projects/acme-test")
    assert (found.logging.quota_per_min, found.logging.tail, found.store.keep) == (20, True, None)
    assert (dict(found.sentry.projects), dict(found.health.urls)) == ({"a": "b", "c": "d"}, {"x": "https://x.example/?a=1,2"})
    assert (dict(found.canary.variables), found.upkeep.interval) == ({"x": "X_DSN"}, timedelta(minutes=30))


def test_the_nearer_place_wins_key_by_key(tmp_path: Path) -> None:
    folder, home = tmp_path / "work", tmp_path / "home"
    (folder / ".streamlit").mkdir(parents=True)
    home.mkdir()
    (home / "settings.toml").write_text(
        '[sentry]\norganization = "e"\ntoken_env = "E"\nprojects = { e = "e" }\n[store]\nkeep="9d"'
    )
    (home / "blindspot.toml").write_text('[sentry]\norganization = "d"\ntoken_env = "D"\nbase_url = "https://d.example"')
    (folder / ".streamlit" / "secrets.toml").write_text('[sentry]\norganization = "c"\nbase_url = "https://c.example"')
    (folder / "blindspot.toml").write_text('[sentry]\norganization = "b"\nprojects = { b = "b" }')
    found = read_settings(home, {"SENTRY_ORG": "a"}, folder)
    assert found.troubles == ()
    assert (found.sentry.organization, found.sentry.base_url, found.sentry.token_env) == ("a", "https://c.example", "D")
    assert (dict(found.sentry.projects), found.store.keep) == ({"b": "b", "e": "e"}, timedelta(days=9))


def test_our_own_variable_stands_above_sentrys(tmp_path: Path) -> None:
    found = read_settings(
        tmp_path, {"SENTRY_ORG": "theirs", "BLINDSPOT_SENTRY_ORGANIZATION": "ours", "SENTRY_URL": "https://s.e/"}
    )
    assert (found.sentry.organization, found.sentry.base_url) == ("ours", "https://s.e")


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, '[sentry]\norganization = "a"', SENTRY_ORG="").sentry.organization == "a"


def test_streamlits_secrets_may_hold_the_token_and_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(
        f'SENTRY_TOKEN = "{SECRET}"\nSENTRY_ORG = "acme"\n[connections.x]\na = 1'
    )
    found = read_settings(tmp_path, {})
    assert (found.sentry.organization, found.troubles) == ("acme", ())
    assert read_variables(tmp_path, {})["SENTRY_TOKEN"] == SECRET
    assert read_variables(tmp_path, {"SENTRY_TOKEN": "nearer"})["SENTRY_TOKEN"] == "nearer"
    assert SECRET not in repr(found)


BAD: list[tuple[str, str, str]] = [
    ("sentry = 3", "sentry", "no table"),
    ("[sentry]\norganisation = 'x'", "sentry", "Did you mean `organization`?"),
    ("[sentry]\nzzz = 'x'", "sentry", "`zzz` under [sentry]"),
    ("[sentry]\norganization = 3", "sentry", "`organization` under [sentry] in"),
    ("[sentry]\nprojects = ['a']", "sentry", "`projects`"),
    ("[sentry]\nprojects = { a = 3 }", "sentry", "`projects`"),
    ("[sentry]\nbase_url = 'sentry.io'", "sentry", "no http address"),
    ("[sentry]\nbase_url = 'http://['", "sentry", "no http address"),
    ("[sentry]\ninterval = 10", "sentry", "no duration"),
    ("[sentry]\ninterval = '1s'", "sentry", "less than 1m"),
    ("[sentry]\ntoken_env = 'a b'", "sentry", "no name of a variable"),
    (f"[sentry]\ntoken = '{SECRET}'", "sentry", "never stands in this file"),
    ("[health]\nx = 3", "health", "what stands at 'x' is no text"),
    (f"[health]\nx = '{SECRET}'", "health", "`x` under [health]"),
    (f"[health]\nx = 'https://me:{SECRET}@example.com'", "health", "a name or a password"),
    ("[health]\ninterval = 'soon'", "health", "`interval` under [health]"),
    ("[canary]\nx = ''", "canary", "[canary]"),
    (f"[canary]\nx = 'https://{SECRET}@h/1'", "canary", "no name of a variable"),
    ("[logging]\nprojects = ['Acme Prod']", "logging", "in place 1"),
    ("[logging]\nprojects = 3", "logging", "no list of texts"),
    ("[logging]\nquota_per_min = 61", "logging", "is more than 60"),
    ("[logging]\nquota_per_min = 0", "logging", "is less than 1"),
    ("[logging]\nquota_per_min = 'many'", "logging", "no whole number"),
    ("[logging]\ntail = 'perhaps'", "logging", "neither true nor false"),
    ("[logging]\nfilter = ''", "logging", "is empty"),
    ("[logging]\nendpoint = 'http://127.0.0.1:80'", "logging", "no host with its port"),
    ("[store]\nkeep = '1h'", "store", "less than 1d"),
    ("[upkeep]\ninterval = []", "upkeep", "no duration"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "section", "words"), BAD)
def test_a_wrong_setting_is_told_by_its_key_and_place_and_costs_its_section_alone(
    tmp_path: Path, text: str, section: str, words: str
) -> None:
    found = read(tmp_path, text)
    (trouble,) = found.troubles
    assert words in f"{trouble.message} {trouble.hint}"
    assert str(tmp_path / "blindspot.toml") in trouble.message
    assert trouble.hint
    assert SECRET not in told(found)
    assert [name for name in SECTIONS if found.trouble_of(name)] == [section]
    with pytest.raises(SettingsError) as raised:
        found.require(section)
    assert raised.value.message == trouble.message


def test_a_wrong_variable_is_told_by_its_name(tmp_path: Path) -> None:
    found = read_settings(tmp_path, {"BLINDSPOT_LOGGING_QUOTA_PER_MIN": SECRET, "SENTRY_URL": SECRET})
    assert [t.section for t in found.troubles] == ["logging", "sentry"]
    assert "The variable BLINDSPOT_LOGGING_QUOTA_PER_MIN is no whole number." in told(found)
    assert "The variable SENTRY_URL is no http address." in told(found)
    assert SECRET not in told(found)


@pytest.mark.parametrize("name", ["BLINDSPOT_CANARY_VARIABLES", "BLINDSPOT_HEALTH_URLS", "BLINDSPOT_SENTRY_PROJECTS"])
def test_a_table_in_a_variable_that_is_none_is_told_without_its_words(tmp_path: Path, name: str) -> None:
    found = read_settings(tmp_path, {name: f"a=https://h.example/1 {SECRET}"})
    assert "(see place 2)" in told(found)
    assert SECRET not in told(found)


def test_a_mark_that_some_editors_write_first_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "blindspot.toml").write_bytes(b"\xef\xbb\xbf[sentry]\norganization = 'acme'")
    assert read_settings(tmp_path, {}).sentry.organization == "acme"


def test_an_unknown_section_or_variable_is_told_with_the_nearest(tmp_path: Path) -> None:
    found = read(tmp_path, "[loging]\nprojects = []\n[zzz]\n", BLINDSPOT_LOGGING_PROJECT="acme-prod", BLINDSPOT_HOMES="x")
    assert "Did you mean [logging]?" in told(found)
    assert "`zzz` in" in told(found)
    assert "Did you mean BLINDSPOT_LOGGING_PROJECTS?" in told(found)
    assert "Did you mean BLINDSPOT_HOME?" in told(found)
    assert found.trouble_of("logging")  # a mistaken variable was meant to set something there
    assert not found.trouble_of("sentry")


@pytest.mark.parametrize("text", [f'[health]\nx = "{SECRET}', "a = " + "[" * 5000, "\xff"])
def test_a_file_that_is_no_toml_costs_every_section_for_nobody_knows_what_it_set(tmp_path: Path, text: str) -> None:
    (tmp_path / "blindspot.toml").write_bytes(text.encode("latin-1"))
    found = read_settings(tmp_path, {"SENTRY_ORG": "acme"})
    (trouble,) = found.troubles
    assert str(tmp_path / "blindspot.toml") in trouble.message
    assert trouble.hint
    assert all(found.trouble_of(name) is trouble for name in SECTIONS)
    assert SECRET not in told(found)


def test_a_health_url_is_not_shown(tmp_path: Path) -> None:
    assert SECRET not in repr(read(tmp_path, f'[health]\nx = "https://h/?key={SECRET}"'))


# ---- the home folder


def test_the_working_folder_may_name_the_home(tmp_path: Path) -> None:
    assert read_home(tmp_path) == ""
    (tmp_path / "blindspot.toml").write_text('home = "/there"')
    assert read_home(tmp_path) == "/there"


def test_a_broken_file_that_may_name_the_home_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "blindspot.toml").write_text('home = "/there"\n[sentry')
    with pytest.raises(SettingsError, match="no TOML"):
        read_home(tmp_path)
    (tmp_path / "blindspot.toml").write_text("[sentry")
    assert read_home(tmp_path) == ""


# ---- durations, and what a start costs


@pytest.mark.parametrize("text", ["90s", "5m", "36h", "30d"])
def test_durations_are_read_and_written_alike(text: str) -> None:
    assert write_duration(parse_duration(text)) == text


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "1.5h", "5y", "9999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unit"):
        parse_duration(text)


def test_without_settings_a_command_does_not_load_pydantic(tmp_path: Path) -> None:
    code = (
        "import sys; from lib.cli.run import main; main(['clusters', '--json', '--home', sys.argv[1]]); "
        "sys.exit('pydantic' in sys.modules)"
    )
    done: Any = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("line", [
    'since = "999999w"', 'poll = "999999w"', 'poll = "2m"', 'endpoint = "127.0.0.1:99999"', 'endpoint = "127.0.0.1:0"',
])  # fmt: skip
def test_what_no_calendar_and_no_machine_has_is_told(tmp_path: Path, line: str) -> None:
    (trouble,) = read(tmp_path, f"[logging]\n{line}").troubles
    assert f"`{line.split(maxsplit=1)[0]}`" in trouble.message
    assert trouble.hint.startswith("Write: ")


@pytest.mark.parametrize(
    "line", ['[store]\nkeep = "999999w"', '[upkeep]\ninterval = "999999w"', '[sentry]\ninterval = "999999w"']
)
def test_a_span_that_ends_no_more_is_told(tmp_path: Path, line: str) -> None:
    (trouble,) = read(tmp_path, line).troubles
    assert "is more than" in trouble.message
