"""Law: a good Gemini stream with one fault is found out, or what it breaks is no MUST; each survivor has its reason.

Eleven streams as the Gemini API and Vertex AI send them, every operator, at every event: tests/protocols/mutants.py.
"""

from __future__ import annotations

import pytest

from conformance.protocols.gemini_generate import samples
from tests.protocols.mutants import Kind, NamedLaws, Places, Survivor, Trial

NAMES = ("LONG", "AGENT", "PARTIAL_TOOL", "CODE", "TWO_CANDIDATES", "GROUNDED", "IMAGE", "REFUSED", "BLOCKED", "ERROR",
         "VERTEX")  # fmt: skip
SAMPLES = {name: getattr(samples, name) for name in NAMES}
FIRST: Places = dict.fromkeys(NAMES, (0,))
EVERY: Places = {name: tuple(range(example.raw.count(b"data: "))) for name, example in SAMPLES.items()}
LATER: Places = {name: numbers[1:] for name, numbers in EVERY.items()}
BARE = {"GROUNDED": (2,), "VERTEX": (0, 3)}
"""Chunks that bring no part and no finish reason."""
PIECES: Places = {"LONG": (0, 1, 2, 3), "AGENT": (0, 1), "CODE": (0, 1), "TWO_CANDIDATES": (0, 1), "GROUNDED": (0,),
                  "IMAGE": (0, 1), "REFUSED": (0,), "ERROR": (0,)}  # fmt: skip

PIECE = "any part is as good as another, or as none: only a second answer could tell"
NO_PART = "a chunk with usage or sources alone may stand anywhere, or nowhere (G07, G26)"
ALONE = "the id, or the version, stands once: any other is as good"
CALLS = "pieces of arguments at one JSON Path: any order and number adds up to something (G19)"

SURVIVORS = (
    Survivor("change-text", {"LONG": (0, 1, 2, 3, 4), "AGENT": (0, 1), "CODE": (2,), "TWO_CANDIDATES": (0, 1),
             "GROUNDED": (0, 1), "IMAGE": (0,), "REFUSED": (0,), "ERROR": (0,), "VERTEX": (1, 2)}, PIECE),
    Survivor("drop", {**PIECES, "AGENT": (0, 1, 2), "VERTEX": (1,)}, PIECE),
    Survivor("repeat", {**PIECES, "VERTEX": (1,)}, PIECE),
    Survivor("swap", {"LONG": (0, 1, 2), "AGENT": (0, 1), "CODE": (0,), "IMAGE": (0,)}, PIECE),
    Survivor("swap", {"TWO_CANDIDATES": (0, 1, 2)}, "candidates interleave freely"),
    Survivor("change-index", {"TWO_CANDIDATES": (0,)}, PIECE),
    Survivor("drop", {"PARTIAL_TOOL": (1, 2)}, CALLS),
    Survivor("repeat", {"PARTIAL_TOOL": (0, 1, 2)}, CALLS),
    Survivor("swap", {"PARTIAL_TOOL": (1,)}, CALLS),
    Survivor("drop", {"PARTIAL_TOOL": (3,)}, "a real stream of Vertex AI lacks it, too (G19)", Kind.WARNED,
             "function-call-unfinished"),
    Survivor("drop", BARE, NO_PART),
    Survivor("repeat", BARE, NO_PART),
    Survivor("append", BARE, NO_PART),
    Survivor("swap", {"GROUNDED": (1,), "VERTEX": (0, 2)}, NO_PART),
    Survivor("truncate", {"GROUNDED": (1,), "VERTEX": (2,)}, NO_PART),
    Survivor("stall", {"GROUNDED": (1,), "VERTEX": (2,)}, "the answer is whole, the end late: a SHOULD", Kind.WARNED,
             "end-late"),
    Survivor("lose-usage", {name: numbers[:-1] for name, numbers in EVERY.items() if name not in BARE},
             "running figures: the usage of the last chunk counts (G20)"),
    Survivor("lose-usage", {"GROUNDED": (0,), "VERTEX": (2,), "BLOCKED": (0,)},
             "another chunk brings the usage, or there was nothing to count (G20)"),
    Survivor("lose-id", {**EVERY, "ERROR": (0,)}, "an absent id is no other id (G23)"),
    Survivor("lose-index", {name: numbers for name, numbers in EVERY.items() if name in (
             "LONG", "AGENT", "PARTIAL_TOOL", "CODE", "IMAGE", "REFUSED")}, "an absent index is 0 (G10)"),
    Survivor("lose-index", {"TWO_CANDIDATES": (0, 1, 2), "GROUNDED": (0, 1), "ERROR": (0,)},
             "an absent index is 0 (G10)"),
    Survivor("change-id", {"BLOCKED": (0,), "ERROR": (0,)}, ALONE),
    Survivor("change-model", {"BLOCKED": (0,), "ERROR": (0,)}, ALONE),
    Survivor("lose-end", {"ERROR": (1,)}, "clients raise from the code and the message; the status is optional"),
    Survivor("delay", FIRST, "waiting for the first byte is latency; the figures tell"),
    Survivor("delay", {**LATER, "GROUNDED": (1,), "VERTEX": (1, 2)}, "a SHOULD", Kind.WARNED, "silent-for-15-seconds"),
    Survivor("delay", {"GROUNDED": (2,), "VERTEX": (3,)}, "a SHOULD", Kind.WARNED, "end-late"),
    Survivor("lose-text", {"AGENT": (0,)}, "a MUST (G16), told as a warning: a signature alone may be marked, too",
             Kind.MISSED, "thought-without-text"),
)  # fmt: skip

TRIAL = Trial("gemini-generate", SAMPLES, SURVIVORS)

NAMED = (
    ("drop", "LONG", 4, "finish-missing"),
    ("drop", "VERTEX", 2, "finish-missing"),
    ("repeat", "LONG", 4, "finish-repeated"),
    ("repeat", "AGENT", 2, "function-call-id-reused"),
    ("repeat", "BLOCKED", 0, "prompt-blocked-late"),
    ("swap", "LONG", 3, "content-after-finish"),
    ("swap", "ERROR", 0, "data-after-error"),
    ("append", "LONG", 1, "content-after-finish"),
    ("truncate", "LONG", 2, "finish-missing"),
    ("truncate", "VERTEX", 0, "finish-missing"),
    ("change-id", "LONG", 2, "response-id-changes"),
    ("change-model", "LONG", 2, "model-version-changes"),
    ("change-index", "LONG", 2, "candidate-index-range"),
    ("lose-index", "TWO_CANDIDATES", 3, "finish-repeated"),
    ("retype-index", "LONG", 2, "event-shape"),
    ("retype-text", "LONG", 2, "event-shape"),
    ("retype-role", "LONG", 2, "role-not-model"),
    ("lose-name", "AGENT", 2, "function-call-name-missing"),
    ("retype-input", "AGENT", 2, "function-call-args-not-an-object"),
    ("lose-usage", "LONG", 4, "usage-missing"),
    ("retype-usage", "LONG", 2, "event-shape"),
    ("lose-end", "LONG", 4, "finish-missing"),
    ("foreign-end", "LONG", 4, "finish-reason-malformed"),
    ("change-end", "ERROR", 1, "error-shape"),
)


class TestGemini(NamedLaws):
    trial = TRIAL
    least = 700
    idle = frozenset({"rename", "rekind", "lose-kind", "change-call"})
    named = NAMED


@pytest.mark.parametrize("name", NAMES)
def test_no_mutant_makes_the_accumulator_raise(name: str) -> None:
    built = TRIAL.accumulated(TRIAL.recording(name))
    assert all(one is None or isinstance(one["candidates"], list) for one in built)
