"""Law: a good Messages stream with one fault is found out, or what it breaks is no MUST; each survivor has its reason.

Thirteen streams as the API sends them, every operator, at every event; see tests/protocols/mutants.py.
"""

from __future__ import annotations

import pytest

from conformance.protocols.anthropic_messages import samples
from tests.protocols.mutants import Kind, NamedLaws, Places, Survivor, Trial

NAMES = ("TEXT", "LONG", "AGENT", "CITED", "SEARCH", "CODE", "PAUSED", "COMPACTED", "STOP_SEQUENCE", "REFUSAL", "ERROR",
         "WHOLE", "TWO_TOOLS")  # fmt: skip
SAMPLES = {name: getattr(samples, name) for name in NAMES}
FIRST: Places = dict.fromkeys(NAMES, (0,))
LATER: Places = {name: tuple(range(1, example.raw.count(b"data: "))) for name, example in SAMPLES.items()}

PIECE = "any text, thinking or citation is as good as another: only a second answer could tell"
EMPTY = "an empty piece of a tool's input adds nothing"
MAY = "a block may have no delta (M12); a tool without input has an empty object"
ALONE = "the id stands once: any other is as good"
PING = "pings may stand anywhere, any number of times (M36)"
MORE = "there may be more than one message_delta, the last one counts (M25, M32)"

SURVIVORS = (
    Survivor("change-text", {"TEXT": (3, 4), "LONG": (3, 4, 5, 6, 7, 8, 9, 10), "AGENT": (3, 7, 11), "CITED": (2, 6, 9),
             "SEARCH": (7,), "CODE": (10, 15), "PAUSED": (2,), "COMPACTED": (3, 6), "STOP_SEQUENCE": (3, 4),
             "ERROR": (2,)}, PIECE),
    Survivor("drop", {"TEXT": (3, 4), "LONG": (3, 4, 5, 6, 7, 8, 9, 10), "AGENT": (3,), "CITED": (5, 6),
             "SEARCH": (7, 8), "STOP_SEQUENCE": (3, 4), "ERROR": (2,)}, PIECE),
    Survivor("repeat", {"TEXT": (3, 4), "LONG": (3, 4, 5, 6, 7, 8, 9, 10), "AGENT": (3, 7), "CITED": (2, 5, 6, 9),
             "SEARCH": (7, 8), "CODE": (15,), "PAUSED": (2,), "COMPACTED": (3, 6), "STOP_SEQUENCE": (3, 4),
             "ERROR": (2,)}, PIECE),
    Survivor("swap", {"TEXT": (3,), "LONG": (3, 4, 5, 6, 7, 8, 9), "CITED": (5,), "SEARCH": (7,),
             "STOP_SEQUENCE": (3,)}, PIECE),
    Survivor("lose-text", {"COMPACTED": (3,)}, "the content of a compaction is optional"),
    Survivor("drop", {"AGENT": (10, 15), "CODE": (2,), "PAUSED": (5,)}, EMPTY),
    Survivor("repeat", {"AGENT": (10, 15), "CODE": (2,), "PAUSED": (5,), "TWO_TOOLS": (5,)}, EMPTY),
    Survivor("swap", {"AGENT": (10, 15), "CODE": (2,), "PAUSED": (5,)}, EMPTY),
    Survivor("drop", {"AGENT": (16,), "CODE": (3, 8), "SEARCH": (2,), "PAUSED": (6,), "COMPACTED": (3,)}, MAY),
    Survivor("drop", {"AGENT": (7,), "CITED": (2, 9), "CODE": (15,), "PAUSED": (2,), "COMPACTED": (6,),
             "TWO_TOOLS": (2, 5)}, MAY, Kind.WARNED, "block-empty"),
    Survivor("change-id", {**FIRST, "AGENT": (0, 9, 14), "CODE": (0, 17), "PAUSED": (0, 4), "TWO_TOOLS": (0, 1, 4)},
             ALONE),
    Survivor("drop", {"TEXT": (2,), "LONG": (2,), "AGENT": (2,), "COMPACTED": (2,), "STOP_SEQUENCE": (2,),
             "REFUSAL": (1,)}, PING),
    Survivor("repeat", {"TEXT": (2,), "LONG": (2,), "AGENT": (2,), "COMPACTED": (2,), "STOP_SEQUENCE": (2,),
             "REFUSAL": (1,)}, PING),
    Survivor("swap", {"TEXT": (1, 2), "LONG": (1, 2), "AGENT": (1, 2), "COMPACTED": (1, 2), "STOP_SEQUENCE": (1, 2),
             "REFUSAL": (0, 1)}, PING),
    Survivor("repeat", {"TEXT": (6,), "LONG": (12,), "AGENT": (18,), "CITED": (11,), "SEARCH": (10,), "CODE": (17,),
             "PAUSED": (8,), "COMPACTED": (8,), "STOP_SEQUENCE": (6,), "REFUSAL": (2,), "TWO_TOOLS": (7,)}, MORE),
    Survivor("delay", FIRST, "waiting for the first byte is latency; the figures tell"),
    Survivor("delay", LATER, "a SHOULD", Kind.WARNED, "silent-for-15-seconds"),
    Survivor("drop", {"AGENT": (4,)}, "a MUST (M18), told as a warning: gateways have no signature to send (M20)",
             Kind.MISSED, "signature-missing"),
    Survivor("change-end", {"TEXT": (6,), "LONG": (12,), "AGENT": (18,), "CITED": (11,), "SEARCH": (10,), "CODE": (17,),
             "PAUSED": (8,), "COMPACTED": (8,), "TWO_TOOLS": (7,), "WHOLE": (0,)},
             "a MUST (M27), told as a warning: the API's page on versions announces new values",
             Kind.MISSED, "stop-reason-unknown"),
)  # fmt: skip

TRIAL = Trial("anthropic-messages", SAMPLES, SURVIVORS)

NAMED = (
    ("drop", "TEXT", 0, "message-start-missing"),
    ("drop", "TEXT", 1, "delta-outside-block"),
    ("drop", "TEXT", 5, "block-not-stopped"),
    ("drop", "TEXT", 6, "message-delta-missing"),
    ("drop", "TEXT", 7, "message-stop-missing"),
    ("drop", "CITED", 3, "blocks-overlap"),
    ("repeat", "TEXT", 0, "message-start-repeated"),
    ("repeat", "AGENT", 4, "signature-misplaced"),
    ("repeat", "AGENT", 11, "tool-input-not-json"),
    ("repeat", "REFUSAL", 3, "event-after-message-stop"),
    ("swap", "AGENT", 3, "signature-misplaced"),
    ("swap", "TEXT", 5, "block-not-stopped"),
    ("append", "TEXT", 2, "event-after-message-stop"),
    ("append", "ERROR", 2, "event-after-error"),
    ("truncate", "TEXT", 6, "message-stop-missing"),
    ("rename", "TEXT", 3, "event-name-mismatch"),
    ("change-index", "AGENT", 9, "block-index-gap"),
    ("change-index", "AGENT", 11, "delta-outside-block"),
    ("lose-id", "AGENT", 9, "tool-use-start-incomplete"),
    ("lose-name", "AGENT", 9, "tool-use-start-incomplete"),
    ("change-call", "CODE", 5, "tool-result-without-call"),
    ("retype-text", "TEXT", 3, "event-shape"),
    ("lose-usage", "TEXT", 0, "message-start-usage-incomplete"),
    ("lose-usage", "TEXT", 6, "usage-missing"),
    ("lose-end", "TEXT", 6, "stop-reason-missing"),
    ("foreign-end", "TEXT", 6, "stop-reason-foreign"),
    ("change-end", "STOP_SEQUENCE", 6, "stop-sequence-mismatch"),
    ("retype-end", "TEXT", 6, "event-shape"),
)


class TestMessages(NamedLaws):
    trial = TRIAL
    least = 2000
    idle = frozenset({"change-model"})
    named = NAMED


@pytest.mark.parametrize("name", NAMES)
def test_no_mutant_makes_the_accumulator_raise(name: str) -> None:
    built = TRIAL.accumulated(TRIAL.recording(name))
    assert all(one is None or isinstance(one["content"], list) for one in built)
