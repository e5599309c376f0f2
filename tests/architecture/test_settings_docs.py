"""The README's table of settings is what the code reads: `pytest --rewrite-golden` writes it anew."""

import tomllib
from datetime import timedelta
from typing import Any

import pytest

from lib.adapters.settingfiles import Layer
from lib.adapters.settingreading import read_sections
from lib.adapters.settingsections import SECTIONS, extra_of, variables_of
from lib.core.settings import write_duration
from tests.architecture.source import ROOT

BEGIN, END = "<!-- settings: the test of this table writes it anew when asked to -->\n", "<!-- /settings -->"


def say_default(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{write_duration(value)}`"
    if value is None:
        return "`forever`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value or value == 0 else "none"


def write_table() -> str:
    rows = ["| section | key | variable | default | means |", "|---|---|---|---|---|"]
    for name, (model, _) in SECTIONS.items():
        for key, field in model.model_fields.items():
            variables = ", ".join(f"`{v}`" for v in variables_of(name, key))
            shown = "a service's name" if key == model.rest else f"`{key}`"
            rows.append(f"| `[{name}]` | {shown} | {variables} | {say_default(field.default)} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_the_readme_lists_every_setting_with_its_default(rewrite_golden: bool) -> None:
    readme = (ROOT / "README.md").read_text()
    before, _, rest = readme.partition(BEGIN)
    table, _, after = rest.partition(END)
    if rewrite_golden:
        (ROOT / "README.md").write_text(before + BEGIN + write_table() + END + after)
    else:
        assert table == write_table()


@pytest.mark.parametrize("name", SECTIONS)
def test_every_example_that_a_hint_gives_can_be_used(name: str) -> None:
    model, _ = SECTIONS[name]
    for key in model.model_fields:
        layer = Layer("here", {name: tomllib.loads(extra_of(model, key)["write"])})
        assert read_sections([layer], []).troubles == ()


def test_the_whole_file_in_the_documents_can_be_used_and_shows_every_key() -> None:
    text = (ROOT / "docs" / "settings.md").read_text().partition("```toml\n")[2].partition("```")[0]
    tables = tomllib.loads(text)
    assert read_sections([Layer("here", tables)], []).troubles == ()
    keys = {(name, key) for name, (model, _) in SECTIONS.items() for key in model.model_fields if key != model.rest}
    assert keys - {(name, key) for name, table in tables.items() if name != "home" for key in table} == {("logging", "endpoint")}
