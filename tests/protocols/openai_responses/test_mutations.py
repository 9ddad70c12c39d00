"""Every fault that the mutations can put into a good stream is found, or stands here with the reason why not.

Ten whole streams, every operator, at every event. A mutant is caught where a rule of level error finds it. What is not
caught is legal (the mutant breaks no MUST), or missed; both lists are strict: an entry that no longer occurs fails.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.finding import Level
from conformance.core.mutate import OPERATORS, events_of
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.samples import WHOLE

PROTOCOL = catalogue.protocol("openai-responses")
RULES = catalogue.rules_of("openai-responses")
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

Place = tuple[str, str]
"""The operator and the kind of the event."""


@cache
def outcome() -> tuple[int, dict[Place, list[str]]]:
    """How many mutants there are, and where those stand that no rule of level error finds."""
    count, quiet = 0, defaultdict(list)
    for name in SAMPLES:
        recording = WHOLE[name].paced().recording()
        for number, event in enumerate(events_of(recording)):
            for operator, mutate in OPERATORS.items():
                mutant = mutate(recording, number)
                if mutant is None:
                    continue
                count += 1
                run = pipeline.check(mutant, PROTOCOL, RULES, STRICT)
                if not any(finding.level is Level.ERROR for finding in run.findings):
                    quiet[operator, event.name].append(f"{name} {number}")
    return count, dict(quiet)


def _known(place: Place, table: dict[Place, str]) -> Place | None:
    """The entry of `table` that speaks for a place, or None."""
    return next((entry for entry in (place, (place[0], "*")) if entry in table), None)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_streams_are_good_before_they_are_changed(name: str) -> None:
    assert pipeline.check(WHOLE[name].paced().recording(), PROTOCOL, RULES, STRICT).findings == []


def test_what_is_not_found_is_listed_with_its_reason() -> None:
    _, quiet = outcome()
    unlisted = {place: where for place, where in quiet.items() if not _known(place, {**LEGAL, **MISSED})}
    assert unlisted == {}


def test_what_is_listed_occurs() -> None:
    _, quiet = outcome()
    occurring = {_known(place, {**LEGAL, **MISSED}) for place in quiet}
    assert {*LEGAL, *MISSED} - occurring == set()


def test_of_the_mutants_that_break_a_must_nearly_all_are_found() -> None:
    count, quiet = outcome()
    legal = sum(len(where) for place, where in quiet.items() if _known(place, LEGAL))
    missed = sum(len(where) for place, where in quiet.items() if _known(place, MISSED))
    assert count > 1500
    assert missed <= 0.02 * (count - legal)


@pytest.mark.parametrize("name", WHOLE)
def test_no_mutant_makes_the_accumulator_raise(name: str) -> None:
    recording = WHOLE[name].recording()
    for number in range(len(events_of(recording))):
        for mutate in OPERATORS.values():
            mutant = mutate(recording, number)
            if mutant is not None:
                built = PROTOCOL.accumulate(Stream(mutant, PROTOCOL))
                assert built is None or isinstance(built.get("output"), list)
