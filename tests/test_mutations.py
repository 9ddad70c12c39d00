"""Law: a good stream with one fault is caught, at error level where a MUST is broken; what survives is listed with why.

Every operator is tried at every event of every sample. Both tables are strict: a listed survivor that is caught by now
fails the test, too, and goes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance import library
from conformance.core.cuts import CUTS, recut
from conformance.core.example import Example
from conformance.core.mutate import OPERATORS, comment, line_ends
from conformance.core.recording import Recording
from conformance.protocols.openai_chat import samples
from conformance.protocols.openai_chat.samples import HEAD, call, event, stream
from tests.protocols.mutants import Kind, NamedLaws, Places, Survivor, Trial

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
    Survivor("drop", {**TEXT_PLACES, "REFUSAL": (1, 2)}, NO_SUM),
    Survivor("drop", {"LOGPROBS": (1, 2)}, "the tokens go with their text"),
    Survivor("repeat", {**TEXT_PLACES, "REFUSAL": (1, 2), "LOGPROBS": (1, 2)}, NO_SUM),
    Survivor("swap", {"TEXT": (1,), "REFUSAL": (1,), "LOGPROBS": (1,), "REASONING": (1,), "ANSWER": (1, 2, 3)}, NO_SUM),
    Survivor("swap", {"CALL": (2, 3)}, "the arguments are other JSON"),
    Survivor("swap", {"TWO_CHOICES": (0, 1, 2, 3, 4)}, "choices interleave freely (C11)"),
    Survivor("change-text", TEXT_PLACES, NO_SUM),
    Survivor("change-text", {"CALL": (1, 2, 3, 4)}, "the arguments are JSON with an x more"),
    Survivor("lose-text", TEXT_PLACES, NO_SUM),
    Survivor("lose-text", {"CALL": (2, 4)}, "the arguments are JSON with a word less"),
    Survivor("lose-text", {"LOGPROBS": (2,)}, "tokens behind the text: those of a stop sequence are cut off the text"),
    Survivor("drop", {"CALL": (2, 4)}, "the arguments are JSON with a word less"),
    Survivor("repeat", {"CALL": (2, 4)}, "the arguments are JSON with a word more"),
    Survivor("change-index", {"TWO_CHOICES": (2,)}, NO_SUM),
    Survivor("delay", dict.fromkeys(SAMPLES, (0,)), "waiting for the first byte is latency; the figures tell"),
)
"""Mutants on which nothing is said."""

WARNINGS = (
    Survivor("drop", {**ONE_ROLE, "TWO_CHOICES": (0, 1), **TOOL_ROLES}, SHOULD, Kind.WARNED, "role-missing"),
    Survivor("swap", {**ONE_ROLE, **TOOL_ROLES}, SHOULD, Kind.WARNED, "role-missing"),
    Survivor("repeat", {**ROLES, **TOOL_ROLES}, SHOULD, Kind.WARNED, "role-repeated"),
    Survivor("change-index", {"TWO_CHOICES": (0,)}, SHOULD, Kind.WARNED, "role-missing"),
    Survivor("drop", {"TWO_TOOLS": (2, 4)}, "no arguments may be meant (C35)", Kind.WARNED, "tool-arguments-empty"),
    Survivor("lose-text", {"TWO_TOOLS": (2, 4), "WHOLE_TOOL": (1,)}, "likewise", Kind.WARNED, "tool-arguments-empty"),
    Survivor(
        "swap", {"TWO_TOOLS": (2,)}, "clients that go by index survive (C36)", Kind.WARNED, "tool-calls-interleaved"
    ),
    Survivor("swap", {"REASONING": (2,)}, "custom, not contract (C46)", Kind.WARNED, "reasoning-after-content"),
    Survivor(
        "repeat",
        {"TOOL": (1,), "TWO_TOOLS": (1, 3), "CALL": (0,)},
        "SHOULD omit (C33)",
        Kind.WARNED,
        "tool-call-name-repeated",
    ),
    Survivor("delay", LATER, "a SHOULD (S16)", Kind.WARNED, "silent-for-15-seconds"),
)
"""Mutants that are found, below error level."""


TRIAL = Trial("openai-chat", SAMPLES, (*SURVIVORS, *WARNINGS), OPERATORS)

NAMED = (
    ("drop", "TEXT", 4, "done-missing"),
    ("drop", "TEXT", 3, "finish-missing"),
    ("repeat", "TEXT", 4, "done-repeated"),
    ("repeat", "TEXT", 3, "finish-repeated"),
    ("append", "TEXT", 1, "data-after-done"),
    ("swap", "TEXT", 3, "data-after-done"),
    ("swap", "TEXT", 2, "content-after-finish"),
    ("truncate", "TEXT", 1, "done-missing"),
    ("break", "TEXT", 1, "body-incomplete"),
    ("garble", "TEXT", 4, "done-not-exact"),
    ("change-id", "TEXT", 1, "id-changes"),
    ("lose-id", "TEXT", 1, "chunk-field-missing"),
    ("retype-id", "TEXT", 1, "event-shape"),
    ("rekind", "TEXT", 1, "object-value"),
    ("lose-index", "TEXT", 1, "choice-index-missing"),
    ("change-index", "TEXT", 1, "choice-index-range"),
    ("retype-text", "TEXT", 1, "content-not-a-string"),
    ("change-end", "TEXT", 3, "finish-reason-unknown"),
    ("lose-end", "TEXT", 3, "finish-missing"),
)


class TestChat(NamedLaws):
    trial = TRIAL
    least = 1000
    idle = frozenset({"rename"})  # chunks have neither names nor types that a choice would share
    named = NAMED

    def test_most_mutants_are_caught_as_errors(self) -> None:
        assert (len(TRIAL.judged) - len(TRIAL.quiet)) / len(TRIAL.judged) > 0.8


# What is legal


def clean(recording: Recording) -> bool:
    return library.check(recording, "openai-chat").findings == []


@pytest.mark.parametrize("name", SAMPLES)
def test_comments_line_ends_and_cuts_are_no_faults(name: str) -> None:
    recording = SAMPLES[name].recording()
    assert clean(line_ends(recording, b"\r\n"))
    assert all(clean(mutant) for k in range(3) if (mutant := comment(recording, k)) is not None)
    assert all(clean(replace(recut(recording, how), missing=recording.missing)) for how in (*CUTS, "random:1"))
