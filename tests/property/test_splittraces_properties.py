"""Split stack traces: no line is lost, order changes nothing, and what is whole is never torn."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.clustering import cluster_id
from tests.splitting import WHOLE, load, split, told, whole

FEWER = settings(max_examples=25)  # each is a few imports


@FEWER
@given(
    texts=st.lists(
        st.sampled_from([*[line for text in WHOLE.values() for line in text.split("\n")], "order stored", "INFO: done", "at x"]),
        min_size=1,
        max_size=25,
    ),
    seed=st.integers(0, 9),
)
def test_no_line_is_lost_and_order_changes_nothing(texts: list[str], seed: int) -> None:
    lines = split("\n".join(texts))
    if not lines:
        return
    mixed = lines.copy()
    random.Random(seed).shuffle(mixed)
    rows = load(lines)
    assert len(rows) == len(lines)
    assert load(mixed) == rows
    assert [rows[e["insertId"]]["message"] for e in lines] == [e["textPayload"].strip() for e in lines]


@FEWER
@given(kinds=st.lists(st.sampled_from(sorted(WHOLE)), min_size=1, max_size=4), seed=st.integers(0, 9))
def test_any_traces_on_any_instances_are_each_their_own(kinds: list[str], seed: int) -> None:
    crashes = [split(WHOLE[kind], 3 * n, instance=f"i{(n * seed) % 3}") for n, kind in enumerate(kinds)]
    rows = load(e for crash in crashes for e in crash)
    assert [told(rows, crash) for crash in crashes] == [{whole(WHOLE[kind])} for kind in kinds]
    assert {cluster_id(r["collapsed"]) for r in rows.values()} == {cluster_id(whole(WHOLE[kind])[0] or "") for kind in kinds}
