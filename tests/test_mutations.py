"""Law: a good stream with one fault is caught, at error level where a MUST is broken; what survives is listed with why.

Every operator is tried at every event of every sample. Both tables are strict: a listed survivor that is caught by now
fails the test, too, and goes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from conformance import library
from conformance.core.cuts import CUTS, recut
from conformance.core.example import Example
from conformance.core.finding import Level, Run
from conformance.core.mutate import OPERATORS, comment, line_ends
from conformance.core.recording import Recording
from conformance.protocols.openai_chat import samples
from conformance.protocols.openai_chat.samples import HEAD, call, event, stream

# As the API itself answers: every member there, usage asked for, an obfuscation on each chunk, moderation at the end.


def full(delta: dict[str, object] | None, finish: str | None = None, **top: object) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    tail = {"service_tier": "default", "system_fingerprint": "fp_1", "usage": None, "obfuscation": "aX3"}
    return event({**HEAD, "choices": [] if delta is None else [choice], **tail, **top})


USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
         "completion_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]

ANSWER = stream(
    full({"role": "assistant", "content": "", "refusal": None}),
    *(full({"content": text}) for text in ("The", " sky", " is", " blue")),
    full({}, "stop"),
    full(None, usage=USAGE),
    stream_options={"include_usage": True},
)
CALL = stream(
    full({"role": "assistant", "content": None, **call(0, "", id="call_9", type="function", name="weather")}),
    *(full(call(0, part)) for part in ('{"', "city", '":"', "Oslo", '"}')),
    full({}, "tool_calls"),
    full(None, usage=USAGE),
    stream_options={"include_usage": True},
    tools=TOOLS,
)
NAMES = ("TEXT", "WITH_USAGE", "TOOL", "TWO_TOOLS", "WHOLE_TOOL", "REFUSAL", "LOGPROBS", "REASONING", "TWO_CHOICES")
SAMPLES: dict[str, Example] = {**{name: getattr(samples, name) for name in NAMES}, "ANSWER": ANSWER, "CALL": CALL}

Places = dict[str, tuple[int, ...]]


class Passed(NamedTuple):
    """Mutants that are not found at error level: by which operator, where, what is said of them, and why."""

    operator: str
    rule: str | None
    places: Places
    why: str


TEXT_PLACES: Places = {
    "TEXT": (1, 2), "WITH_USAGE": (1,), "REASONING": (1, 2, 3), "TWO_CHOICES": (2, 3), "ANSWER": (1, 2, 3, 4),
}  # fmt: skip
ROLES: Places = {"TEXT": (0,), "WITH_USAGE": (0,), "REFUSAL": (0,), "LOGPROBS": (0,), "REASONING": (0,),
                 "TWO_CHOICES": (0, 1), "ANSWER": (0,)}  # fmt: skip
TOOL_ROLES: Places = {"TOOL": (0,), "TWO_TOOLS": (0,), "WHOLE_TOOL": (0,)}
ONE_ROLE: Places = {name: ks for name, ks in ROLES.items() if name != "TWO_CHOICES"}
LATER: Places = {name: tuple(range(1, example.raw.count(b"data: "))) for name, example in SAMPLES.items()}

NO_SUM = "nothing in the stream says which text there was: only a second answer could tell"
SHOULD = "where the role stands is custom, not contract (C16, C17)"

SURVIVORS = (
    Passed("drop", None, {**TEXT_PLACES, "REFUSAL": (1, 2)}, NO_SUM),
    Passed("drop", None, {"LOGPROBS": (1, 2)}, "the tokens go with their text"),
    Passed("repeat", None, {**TEXT_PLACES, "REFUSAL": (1, 2), "LOGPROBS": (1, 2)}, NO_SUM),
    Passed(
        "swap", None, {"TEXT": (1,), "REFUSAL": (1,), "LOGPROBS": (1,), "REASONING": (1,), "ANSWER": (1, 2, 3)}, NO_SUM
    ),
    Passed("swap", None, {"CALL": (2, 3)}, "the arguments are other JSON"),
    Passed("swap", None, {"TWO_CHOICES": (0, 1, 2, 3, 4)}, "choices interleave freely (C11)"),
    Passed("change-text", None, TEXT_PLACES, NO_SUM),
    Passed("change-text", None, {"CALL": (1, 2, 3, 4)}, "the arguments are JSON with an x more"),
    Passed("lose-text", None, TEXT_PLACES, NO_SUM),
    Passed("lose-text", None, {"CALL": (2, 4)}, "the arguments are JSON with a word less"),
    Passed(
        "lose-text", None, {"LOGPROBS": (2,)}, "tokens behind the text: those of a stop sequence are cut off the text"
    ),
    Passed("drop", None, {"CALL": (2, 4)}, "the arguments are JSON with a word less"),
    Passed("repeat", None, {"CALL": (2, 4)}, "the arguments are JSON with a word more"),
    Passed("change-index", None, {"TWO_CHOICES": (2,)}, NO_SUM),
    Passed("delay", None, dict.fromkeys(SAMPLES, (0,)), "waiting for the first byte is latency; the figures tell"),
)
"""Mutants on which nothing is said."""

WARNINGS = (
    Passed("drop", "role-missing", {**ONE_ROLE, "TWO_CHOICES": (0, 1), **TOOL_ROLES}, SHOULD),
    Passed("swap", "role-missing", {**ONE_ROLE, **TOOL_ROLES}, SHOULD),
    Passed("repeat", "role-repeated", {**ROLES, **TOOL_ROLES}, SHOULD),
    Passed("change-index", "role-missing", {"TWO_CHOICES": (0,)}, SHOULD),
    Passed("drop", "tool-arguments-empty", {"TWO_TOOLS": (2, 4)}, "no arguments may be meant (C35)"),
    Passed("lose-text", "tool-arguments-empty", {"TWO_TOOLS": (2, 4), "WHOLE_TOOL": (1,)}, "likewise"),
    Passed("swap", "tool-calls-interleaved", {"TWO_TOOLS": (2,)}, "clients that go by index survive (C36)"),
    Passed("swap", "reasoning-after-content", {"REASONING": (2,)}, "custom, not contract (C46)"),
    Passed("repeat", "tool-call-name-repeated", {"TOOL": (1,), "TWO_TOOLS": (1, 3), "CALL": (0,)}, "SHOULD omit (C33)"),
    Passed("delay", "silent-for-15-seconds", LATER, "a SHOULD (S16)"),
)
"""Mutants that are found, below error level."""


@cache
def judged(name: str, operator: str) -> dict[int, Run]:
    """Event -> what is said of the sample with this fault there."""
    recording = SAMPLES[name].paced().recording()
    mutants = {k: OPERATORS[operator](recording, k) for k in range(library.check(recording, "openai-chat").events)}
    return {k: library.check(mutant, "openai-chat") for k, mutant in mutants.items() if mutant is not None}


def expected(operator: str, table: tuple[Passed, ...]) -> set[tuple[str, int, str | None]]:
    return {
        (name, k, passed.rule)
        for passed in table
        if passed.operator == operator
        for name, ks in passed.places.items()
        for k in ks
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_break_no_rule(name: str) -> None:
    assert library.check(SAMPLES[name].paced().recording(), "openai-chat").findings == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_fault_is_found_or_its_survival_has_a_reason(operator: str) -> None:
    silent = {(name, k, None) for name in SAMPLES for k, run in judged(name, operator).items() if not run.findings}
    assert silent == expected(operator, SURVIVORS)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_fault_is_an_error_or_what_it_breaks_is_no_must(operator: str) -> None:
    light = {
        (name, k): {finding.rule.partition("/")[2] for finding in run.findings}
        for name in SAMPLES
        for k, run in judged(name, operator).items()
        if run.findings and run.worst() is not Level.ERROR
    }
    listed = expected(operator, WARNINGS)
    assert light.keys() == {(name, k) for name, k, _ in listed}
    assert all(rule in light[name, k] for name, k, rule in listed)


def test_every_operator_is_at_work() -> None:
    """Some apply to no chat stream: chunks have neither names nor types that a choice would share."""
    idle = {operator for operator in OPERATORS if not any(judged(name, operator) for name in SAMPLES)}
    assert idle == {"rename"}


def test_most_mutants_are_caught_as_errors() -> None:
    runs = [run for name in SAMPLES for operator in OPERATORS for run in judged(name, operator).values()]
    errors = sum(run.worst() is Level.ERROR for run in runs)
    assert len(runs) > 1000 and errors / len(runs) > 0.8


NAMED = (
    ("drop", -1, "done-missing"),
    ("drop", -2, "finish-missing"),
    ("repeat", -1, "done-repeated"),
    ("repeat", -2, "finish-repeated"),
    ("append", 1, "data-after-done"),
    ("swap", -2, "data-after-done"),
    ("swap", -3, "content-after-finish"),
    ("truncate", 1, "done-missing"),
    ("break", 1, "body-incomplete"),
    ("garble", -1, "done-not-exact"),
    ("change-id", 1, "id-changes"),
    ("lose-id", 1, "chunk-field-missing"),
    ("retype-id", 1, "event-shape"),
    ("rekind", 1, "object-value"),
    ("lose-index", 1, "choice-index-missing"),
    ("change-index", 1, "choice-index-range"),
    ("retype-text", 1, "content-not-a-string"),
    ("change-end", -2, "finish-reason-unknown"),
    ("lose-end", -2, "finish-missing"),
)


@pytest.mark.parametrize(("operator", "k", "rule"), NAMED)
def test_a_fault_has_the_name_that_one_expects(operator: str, k: int, rule: str) -> None:
    run = judged("TEXT", operator)[k % 5]
    assert rule in {finding.rule.partition("/")[2] for finding in run.findings}


# What is legal


def clean(recording: Recording) -> bool:
    return library.check(recording, "openai-chat").findings == []


@pytest.mark.parametrize("name", SAMPLES)
def test_comments_line_ends_and_cuts_are_no_faults(name: str) -> None:
    recording = SAMPLES[name].recording()
    assert clean(line_ends(recording, b"\r\n"))
    assert all(clean(mutant) for k in range(3) if (mutant := comment(recording, k)) is not None)
    assert all(clean(replace(recut(recording, how), missing=recording.missing)) for how in (*CUTS, "random:1"))
