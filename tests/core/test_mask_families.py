"""Every family of secrets is hidden and every lookalike stays: by one text at a time, and by the stages over a column."""

import time
from collections.abc import Sequence

import polars as pl
import pytest

from lib.core.masks import RULES, Rule, mask_text, mask_texts
from lib.core.masks.examples import example_of
from tests.bench.hostile import hostile_lines
from tests.masking.grading import differing, grade
from tests.masking.making import Case

SEED = (11,)


def told(found: Sequence[tuple[Case, str]]) -> list[str]:
    return [f"{case.family}, {case.kind}: {masked[:200]}" for case, masked in found]


def test_no_secret_of_any_family_leaks_and_nothing_beside_it_is_eaten() -> None:
    for family, one in grade(SEED).items():
        assert told(one.leaked) == [], family
        assert told(one.eaten) == [], family
        assert one.cases, family


def test_the_stages_over_a_column_mask_what_one_text_at_a_time_masks() -> None:
    assert told(differing(SEED)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))
def test_every_rule_has_an_example_of_which_it_hides_a_part_and_no_other_rule_does(rule: Rule) -> None:
    masked, counts = mask_texts(pl.Series([example_of(rule.name)]))
    assert counts == {rule.name: 1}
    assert rule.mark in masked[0]
    assert mask_text(example_of(rule.name)) == masked[0]


@pytest.mark.parametrize("line", hostile_lines().values(), ids=hostile_lines())
def test_what_a_line_costs_to_mask_grows_no_faster_than_its_length(line: str) -> None:
    """Twelve times the time for four times the length allows for a busy machine, and for no square."""

    def cost(text: str) -> float:
        started = time.process_time()
        mask_text(text)
        return time.process_time() - started

    assert cost(line[:40_000]) < max(12 * cost(line[:10_000]), 0.1)
