"""Every family of secrets is hidden and every lookalike stays: by one text at a time, and by the stages over a column."""

from collections.abc import Sequence

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
