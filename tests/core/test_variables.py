"""What stands in a cluster's variable parts."""

import polars as pl

from lib.core import clustering
from lib.core.variables import MOST_PARTS, find_values


def template_of(*messages: str) -> str:
    shapes = clustering.find_shapes(clustering.collapse(pl.Series("m", messages)))
    (template,) = set(clustering.merge_shapes(shapes.to_list()).values())
    return template


def texts(**counts: int) -> pl.DataFrame:
    return pl.DataFrame({"message": list(counts), "count": list(counts.values())}, {"message": pl.String, "count": pl.Int64})


def test_each_variable_part_has_its_commonest_values_with_their_counts() -> None:
    messages = {"Parcel 12 waits for door 7": 3, "Parcel 12 waits for door 8": 2, "Parcel 99 waits for door 7": 1}
    found = find_values(template_of(*messages), texts(**messages))
    assert [(v.text, v.count) for v in found.parts[0].values] == [("12", 5), ("99", 1)]
    assert [(v.text, v.count) for v in found.parts[1].values] == [("7", 4), ("8", 2)]
    assert (found.read, found.entries) == (6, 6)


def test_how_many_different_values_there_are_is_told_beyond_those_shown() -> None:
    messages = {f"Parcel {n} is late": 1 for n in range(100, 140)}
    (part,) = find_values(template_of(*messages), texts(**messages)).parts
    assert (part.distinct, len(part.values)) == (40, 5)


def test_a_template_without_variable_parts_has_none() -> None:
    assert find_values("Sentry SDK not available", texts(**{"Sentry SDK not available": 4})).parts == ()


def test_a_text_that_does_not_fit_is_left_out_and_told() -> None:
    found = find_values(f"Parcel {clustering.VARIABLE} is late", texts(**{"Parcel 1 is late": 1, "something else": 2}))
    assert (found.read, found.entries) == (1, 3)


def test_signs_of_an_expression_in_a_template_are_text() -> None:
    found = find_values(f"cost (net) is {clustering.VARIABLE}$ [a|b]*", texts(**{"cost (net) is 12$ [a|b]*": 1}))
    assert found.parts[0].values[0].text == "12"


def test_a_template_of_many_parts_is_looked_into_as_far_as_a_page_goes() -> None:
    for size, looked_into in ((40, 12), (12, 12), (11, 11)):
        template = " x ".join([clustering.VARIABLE] * size)
        found = find_values(template, texts(**{" x ".join(map(str, range(size))): 1}))
        assert len(found.parts) == min(size, MOST_PARTS) == looked_into
        assert found.read == 1


def test_blanks_of_any_size_in_a_text_fit_one_in_a_template() -> None:
    template = f"Parcel {clustering.VARIABLE} is late"
    found = find_values(template, texts(**{"  Parcel  7\n is\tlate ": 1, "Parcel7is late": 1}))
    assert (found.read, [v.text for v in found.parts[0].values]) == (1, ["7"])


def test_a_long_value_is_shown_by_its_beginning_and_counted_whole() -> None:
    long = ["x" * 120 + "1", "x" * 120 + "2"]
    (part,) = find_values(f"got {clustering.VARIABLE} now", texts(**{f"got {value} now": 1 for value in long})).parts
    assert (part.distinct, [v.text for v in part.values]) == (2, ["x" * 120] * 2)
