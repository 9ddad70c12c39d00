"""Every fault that the mutations can put into a good stream is found, or stands here with the reason why not.

Ten whole streams, every operator, at every event. A mutant is caught where a rule of level error finds it. What is not
caught is legal (the mutant breaks no MUST), or missed; both lists are strict: an entry that no longer occurs fails.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from conformance.core.mutate import OPERATORS, events_of
from conformance.protocols.openai_responses.samples import WHOLE
from tests.protocols.mutants import Trial

SAMPLES = (
    "text", "tool", "two-tools", "reasoning-summary", "refusal", "incomplete", "error", "web-search",
    "code-interpreter", "mcp",
)  # fmt: skip

TIMES = "the protocol sets no time; the rules of timing warn of silence"
LEGAL = {
    ("delay", "*"): TIMES,
    ("drop", "response.in_progress"): "R04 is a SHOULD: in-progress-misplaced warns",
    ("drop", "error"): "response.failed alone is legal; sequence-number-gap warns (R06: SHOULD)",
    ("drop", "response.failed"): "R28 is a SHOULD: error-without-failed warns",
    ("truncate", "error"): "R28 is a SHOULD: error-without-failed warns",
    ("drop", "response.function_call_arguments.delta"): "the only delta of a call: a value may come without one (R20)",
    ("change-index", "response.completed"): "a gap before the last event: R06 is a SHOULD, sequence-number-gap warns",
    ("change-index", "response.failed"): "a gap before the last event: R06 is a SHOULD, sequence-number-gap warns",
    ("change-index", "response.incomplete"): "a gap before the last event: R06 is a SHOULD, sequence-number-gap warns",
}
MISSED = {
    ("drop", "response.content_part.done"): "in an item that broke off; no recording shows whether its part is closed",
}

TRIAL = Trial("openai-responses", {name: WHOLE[name] for name in SAMPLES}, (), OPERATORS)
Place = tuple[str, str]
"""The operator and the kind of the event."""


@cache
def quiet() -> dict[Place, list[str]]:
    """Where those mutants stand that no rule of level error finds."""
    kinds = {name: [event.name for event in events_of(TRIAL.recording(name))] for name in SAMPLES}
    found = defaultdict(list)
    for operator, name, number in TRIAL.quiet:
        found[operator, kinds[name][number]].append(f"{name} {number}")
    return dict(found)


def _known(place: Place, table: dict[Place, str]) -> Place | None:
    """The entry of `table` that speaks for a place, or None."""
    return next((entry for entry in (place, (place[0], "*")) if entry in table), None)


def test_the_streams_are_good_before_they_are_changed() -> None:
    assert TRIAL.unclean() == {}


def test_what_is_not_found_is_listed_with_its_reason() -> None:
    unlisted = {place: where for place, where in quiet().items() if not _known(place, {**LEGAL, **MISSED})}
    assert unlisted == {}


def test_what_is_listed_occurs() -> None:
    occurring = {_known(place, {**LEGAL, **MISSED}) for place in quiet()}
    assert {*LEGAL, *MISSED} - occurring == set()


def test_of_the_mutants_that_break_a_must_nearly_all_are_found() -> None:
    legal = sum(len(where) for place, where in quiet().items() if _known(place, LEGAL))
    missed = sum(len(where) for place, where in quiet().items() if _known(place, MISSED))
    assert len(TRIAL.judged) > 1500
    assert missed <= 0.02 * (len(TRIAL.judged) - legal)


@pytest.mark.parametrize("name", WHOLE)
def test_no_mutant_makes_the_accumulator_raise(name: str) -> None:
    built = TRIAL.accumulated(WHOLE[name].recording())
    assert all(one is None or isinstance(one.get("output"), list) for one in built)
