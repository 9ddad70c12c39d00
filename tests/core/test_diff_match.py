"""Streams are brought together by the surest key that they share; what is left alone is handed back."""

from __future__ import annotations

from typing import Any

from conformance.core.diff import By, Group, Sample
from conformance.core.diff_match import match, sampled
from tests.core.diffs import judged


def samples(*told: dict[str, Any]) -> list[Sample]:
    runs = [judged(**said) for said in told]
    return sampled((run, run.source) for run in runs)


def brought(old: list[Sample], new: list[Sample]) -> tuple[list[tuple[By, int, int]], int, int]:
    groups, left_old, left_new = match(old, new)
    return [(one.by, len(one.old), len(one.new)) for one in groups], len(left_old), len(left_new)


def only(old: list[Sample], new: list[Sample]) -> Group:
    (group,), _, _ = match(old, new)
    return group


def test_repeats_of_a_scenario_are_one_group_whatever_their_files_are_called() -> None:
    old, new = samples({"source": "1"}, {"source": "2"}), samples({"source": "3"})
    assert brought(old, new) == ([(By.SCENARIO, 2, 1)], 0, 0)
    assert only(old, new).label == "openai-chat, acme, gpt-x: tools"


def test_protocols_are_never_mixed() -> None:
    assert brought(samples({}), samples({"protocol": "gemini-generate"})) == ([], 1, 1)


def test_a_model_of_another_name_and_a_target_of_another_name_are_told() -> None:
    assert brought(samples({"model": "m-1"}), samples({"model": "m-2"})) == ([(By.MODEL, 1, 1)], 0, 0)
    assert brought(samples({"target": "a"}), samples({"target": "b"})) == ([(By.TARGET, 1, 1)], 0, 0)


def test_what_one_key_took_the_next_does_not_see() -> None:
    old = samples({"target": "a"}, {"target": "b"})
    new = samples({"target": "a"}, {"target": "c"})
    assert brought(old, new) == ([(By.SCENARIO, 1, 1), (By.TARGET, 1, 1)], 0, 0)


def test_a_key_that_would_mix_two_targets_joins_nothing() -> None:
    assert brought(samples({"target": "a"}, {"target": "b"}), samples({"target": "c"})) == ([], 2, 1)


def test_without_a_scenario_the_file_counts_and_then_the_provider() -> None:
    old = samples({"scenario": None, "source": "x.yaml"}, {"scenario": None, "source": "y.yaml"})
    new = samples({"scenario": None, "source": "x.yaml"}, {"scenario": None, "source": "z.yaml"})
    assert brought(old, new) == ([(By.FILE, 1, 1), (By.PROVIDER, 1, 1)], 0, 0)


def test_streams_of_nobody_in_particular_are_not_lumped_together() -> None:
    old, new = samples({"scenario": None, "target": None}), samples({"scenario": None, "target": None, "source": "b"})
    assert brought(old, new) == ([], 1, 1)


def test_scenarios_that_one_side_lacks_are_left_alone() -> None:
    assert brought(samples({"scenario": "a"}), samples({"scenario": "b"})) == ([], 1, 1)
    assert brought(samples({"scenario": "a"}), samples({"scenario": None})) == ([(By.FILE, 1, 1)], 0, 0)


def test_an_error_belongs_to_the_model_that_the_other_answers_name() -> None:
    new = samples({"model": "gpt-x"}, {"model": "alias", "events": 0})
    assert [one.model for one in new] == ["gpt-x", "gpt-x"]
    assert brought(samples({"model": "gpt-x"}), new) == ([(By.SCENARIO, 1, 2)], 0, 0)
