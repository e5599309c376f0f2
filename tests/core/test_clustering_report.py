"""The benchmark of clustering: what it leaves out comes back, every rule has its reason, growth is judged honestly."""

import pytest

from lib.core.clustering import cluster_ids
from tests.bench import ablation, accuracy, heldout, scaling

LINES = ["user ann came", "user 7 came at 2025-01-01 10:00:00", "read /var/log/a of 10.0.0.1", "door locker A", "door locker B"]


@pytest.mark.parametrize("part", [*ablation.rules(), *ablation.threshold_parts()], ids=lambda part: part.name)
def test_a_rule_that_was_left_out_comes_back(part: ablation.Part) -> None:
    before = cluster_ids(LINES)
    with ablation.without(part):
        assert len(cluster_ids(LINES)) == len(LINES)
    assert cluster_ids(LINES) == before


def test_leaving_a_mask_out_changes_what_it_masks() -> None:
    lines = ["cannot open /etc/app/one.conf", "cannot open /srv/other"]
    path = next(part for part in ablation.rules() if part.name == "mask: path")
    assert len(set(cluster_ids(lines))) == 1
    with ablation.without(path):
        assert len(set(cluster_ids(lines))) == 2


def test_every_reason_is_a_rules() -> None:
    names = [part.name for part in ablation.rules()]
    assert [start for start in ablation.REASONS if not any(name.startswith(start) for name in names)] == []


@pytest.mark.parametrize(
    ("power", "said"), [(1.0, "holds"), (1.1, "holds"), (1.5, "falls short by 0.40"), (2.0, "falls short by 0.90")]
)
def test_growth_is_held_against_n_log_n(power: float, said: str) -> None:
    kind = scaling.KINDS["random"]
    fitted, last, verdict = scaling.judge(kind, [(size / 1000) ** power for size in kind.sizes])
    assert (round(fitted, 2), round(last, 2), verdict) == (power, power, said)


def test_a_jump_in_the_last_step_is_not_averaged_away() -> None:
    assert scaling.judge(scaling.KINDS["random"], [0.01, 0.1, 1.0, 40.0])[2].startswith("falls short")


def test_without_the_labelled_logs_each_section_says_so() -> None:
    for section in (accuracy.report_accuracy, accuracy.report_speed, ablation.report, heldout.report_samples, heldout.report_ids):
        assert section({}).startswith("Not measured")


def test_an_alias_leads_from_the_old_id_to_todays_cluster() -> None:
    lines = [f"user {word} came in" for word in "ann bob eve joe kim".split()]
    assert heldout.keep_ids(lines, 2) == (0, 2)
    assert heldout.keep_ids(lines[:4], 2) == (2, 2)
