"""What every section of the settings is made of: a field with its meaning, and checks that name no value."""

import re
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lib.core import settings as core


def wrong(told: str) -> PydanticCustomError:
    """Return an error that says what is wrong with a value, not what it is."""
    return PydanticCustomError("ours", "{told}", {"told": told})


def duration(value: Any) -> Any:
    """Return a duration."""
    if isinstance(value, timedelta) or value is None:
        return value
    try:
        return core.parse_duration(value)
    except (ValueError, AttributeError, TypeError):
        raise wrong("is no duration: a number with its unit, s, m, h, d or w") from None


def between(least: timedelta, most: timedelta) -> BeforeValidator:
    """Return a check that a duration lies between two, both included."""

    def check(value: Any) -> Any:
        span = duration(value)
        if span is not None and not least <= span <= most:
            told = f"less than {core.write_duration(least)}" if span < least else f"more than {core.write_duration(most)}"
            raise wrong(f"is {told}")
        return span

    return BeforeValidator(check)


def text_of(value: Any) -> Any:
    """Return a text without blanks around it."""
    if not isinstance(value, str):
        raise wrong("is no text")
    return value.strip()


def words_of(value: Any) -> Any:
    """Return the words of a list, or of a text with blanks or commas between them."""
    found = [w for w in re.split(r"[,\s]+", value) if w] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(w, str) and w for w in found):
        raise wrong("is no list of texts")
    return tuple(found)


Text = Annotated[str, BeforeValidator(text_of)]


def setting(default: Any, means: str, write: str, variable: str = "") -> Any:
    """Return a field: its default, what it means, how its line is written, and an older variable that sets it too."""
    extra: JsonDict = {"write": write, "variable": variable}
    return Field(default=default, description=means, validate_default=False, json_schema_extra=extra)


class Section(BaseSettings):
    """A table of settings. rest: the field that takes the keys nobody else has, which services choose; "" for none."""

    model_config = SettingsConfigDict(extra="forbid", case_sensitive=True, frozen=True, hide_input_in_errors=True)
    rest: ClassVar[str] = ""
