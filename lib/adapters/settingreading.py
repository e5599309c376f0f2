"""Layers of settings become values; what cannot be used becomes a sentence that names the key and the place, never the value."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from lib.adapters.settingfields import Section
from lib.adapters.settingfiles import ELSEWHERE, OLD_FILE, Layer
from lib.adapters.settingsections import SECTIONS, extra_of, variables_of
from lib.core.settings import Settings, SettingTrouble

PREFIX = "BLINDSPOT_"
Values = dict[str, Any]
Where = dict[str, str]  # a key: how people find it

SENTENCES = {
    "extra_forbidden": "is not known",
    "int_parsing": "is no whole number",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
}
"""What pydantic found, in our words; our own checks bring theirs."""


def read_sections(layers: Sequence[Layer], unreadable: Sequence[SettingTrouble]) -> Settings:
    """Return every section, with its defaults where it cannot be used, and why."""
    troubles = [*unreadable, *find_strangers(layers)]
    found: dict[str, Any] = {}
    for name, (model, value) in SECTIONS.items():
        read, wrong = read_section(name, model, layers)
        troubles += wrong
        found[name] = value() if read is None or wrong else value(**{k: getattr(read, k) for k in model.model_fields})
    return Settings(**found, troubles=tuple(troubles))


def read_section(name: str, model: type[Section], layers: Sequence[Layer]) -> tuple[Section | None, list[SettingTrouble]]:
    """Return a section as it was checked, None when it cannot be used, and why."""
    given: list[tuple[Values, Where]] = []
    troubles = []
    for layer in layers:
        table = layer.tables.get(name, {})
        if not isinstance(table, dict):
            told = f"`{name}` in {layer.place} is no table."
            troubles.append(SettingTrouble(name, told, f"Begin it with a line [{name}]; docs/settings.md shows a whole file."))
            continue
        given += [_from_variables(name, model, layer), _from_table(name, model, table, layer)]
    if troubles:
        return None, troubles
    try:
        return check(model, [values for values, _ in given]), []
    except ValidationError as e:
        return None, [_tell(name, model, dict(error), [where for _, where in given]) for error in e.errors(include_input=False)][
            :3
        ]


def check(model: type[Section], layers: Sequence[Values]) -> Section:
    """Return the section that the layers make, the first of them the strongest. Errors: pydantic's ValidationError."""

    class Layered(model):  # type: ignore[misc, valid-type]  # a base that is given: pydantic-settings takes sources from a class alone
        """The section, read from these layers and from nowhere else."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: Any, **__: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(InitSettingsSource(settings_cls, layer) for layer in layers)

    return Layered()


def find_strangers(layers: Sequence[Layer]) -> Iterator[SettingTrouble]:
    """Yield the sections and variables that nobody knows; they cost nothing but their own effect."""
    for layer in layers:
        for name in layer.tables:
            if name in SECTIONS or layer.shared or (name == "home" and not layer.place.endswith(OLD_FILE)):
                continue
            hint = _nearest(name, list(SECTIONS), "[{}]", "Sections are " + ", ".join(f"[{s}]" for s in SECTIONS) + ".")
            yield SettingTrouble("", f"`{name}` in {layer.place} is not known.", hint)
        for name in layer.variables:
            if name.startswith(PREFIX) and (trouble := _judge_variable(name, layer)):
                yield trouble


def _judge_variable(name: str, layer: Layer) -> SettingTrouble | None:
    """Return what to say of a variable: of one that nobody knows, and that was meant for a section or looks like a mistake."""
    known = [v for section, (model, _) in SECTIONS.items() for key in model.model_fields for v in variables_of(section, key)]
    known += ELSEWHERE
    section = next((s for s in SECTIONS if name.startswith(f"{PREFIX}{s.upper()}_")), "")
    word, words = name.removeprefix(PREFIX), [v.removeprefix(PREFIX) for v in known]
    near = [w for w in words if w.startswith(word)] or get_close_matches(word, words, 1, 0.7)
    if name in known or not (section or near):
        return None
    hint = f"Did you mean {PREFIX}{near[0]}? " if near else ""
    return SettingTrouble(section, f"{_place_of(name, layer)} is not known.", f"{hint}The README names every variable.")


def _from_variables(name: str, model: type[Section], layer: Layer) -> tuple[Values, Where]:
    values, where = {}, {}
    for key in model.model_fields:
        for variable in variables_of(name, key):
            if layer.variables.get(variable):
                values[key], where[key] = layer.variables[variable], _place_of(variable, layer)
                break
    return values, where


def _from_table(name: str, model: type[Section], table: Mapping[str, Any], layer: Layer) -> tuple[Values, Where]:
    """Return a table's keys; those that services choose go under one field."""
    values: Values = {k: v for k, v in table.items() if not model.rest or (k in model.model_fields and k != model.rest)}
    chosen = {k: v for k, v in table.items() if k not in values}
    where = {k: f"`{k}` under [{name}] in {layer.place}" for k in table}
    if chosen:
        values[model.rest] = chosen
        where[model.rest] = f"[{name}] in {layer.place}"
    return values, where


def _place_of(variable: str, layer: Layer) -> str:
    return f"`{variable}` in {layer.place}" if layer.place else f"The variable {variable}"


def _tell(name: str, model: type[Section], error: Mapping[str, Any], wheres: Sequence[Where]) -> SettingTrouble:
    """Return what pydantic found as a sentence and a hint."""
    key, context = str(error["loc"][0]), error.get("ctx", {})
    inner = str(context.get("key", ""))
    place = next((where[k] for k in (inner, key) for where in wheres if k in where), f"`{key}` under [{name}]")
    told = context.get("told") or SENTENCES.get(error["type"], "cannot be used").format(**context)
    if error["type"] == "extra_forbidden":
        return SettingTrouble(name, f"{place} is not known.", _hint_unknown(key, model))
    return SettingTrouble(name, f"{place} {told}.", f"Write: {extra_of(model, key)['write']}")


def _hint_unknown(key: str, model: type[Section]) -> str:
    if "token" in key.lower() or "dsn" in key.lower():
        return "A token never stands in this file: put it into a variable; docs/sentry.md says which."
    return _nearest(key, list(model.model_fields), "`{}`", "It may hold " + ", ".join(model.model_fields) + ".")


def _nearest(name: str, known: Sequence[str], form: str, otherwise: str) -> str:
    near = [k for k in known if k.startswith(name)] or get_close_matches(name, known, 1, 0.6)
    return f"Did you mean {form.format(near[0])}? {otherwise}" if near else otherwise
