"""Filters of Cloud Logging, and what they leave out."""

from datetime import timedelta

import pytest

from lib.core.logfilters import MOST_CHARACTERS, bound_filter, choose_filter
from tests.entries import START

HOUR = timedelta(hours=1)


def test_one_word_reads_all_and_leaves_nothing_out() -> None:
    assert (choose_filter("all").text, choose_filter(" all ").left_out) == ("", "")


def test_the_default_says_what_it_leaves_out_and_that_the_rest_is_not_counted() -> None:
    told = choose_filter("pays").left_out
    assert "below WARNING" in told
    assert "neither read nor counted" in told


def test_a_filter_of_the_teams_own_is_taken_and_said() -> None:
    own = choose_filter('resource.type="gae_app"\n  OR severity>=ERROR')
    assert own.text == 'resource.type="gae_app" OR severity>=ERROR'
    assert own.text in own.left_out


@pytest.mark.parametrize("name", ["pays", "all", "a=1 OR b=2"])
def test_every_filter_is_bounded_in_time_and_stands_in_parentheses(name: str) -> None:
    text = choose_filter(name).text
    bounded = bound_filter(text, START, START + HOUR, START)
    assert bounded.startswith('timestamp>="2026-09-16T06:00:00Z" AND timestamp<"2026-09-16T07:00:00Z"')
    assert 'receiveTimestamp>="2026-09-16T06:00:00Z"' in bounded
    assert not text or bounded.endswith(f" AND ({text})")
    assert len(bounded) < MOST_CHARACTERS
