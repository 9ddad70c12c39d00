"""Law: a good Cohere stream with one fault is found out, or what it breaks is no MUST.

Every operator, at every event, as for the large protocols: tests/protocols/mutants.py.
"""

from __future__ import annotations

from conformance.protocols.cohere_chat import samples
from tests.protocols.mutants import Kind, Laws, Places, Survivor, Trial

NAMES = ("TEXT", "TOOL", "THINKING")
SAMPLES = {name: getattr(samples, name) for name in NAMES}
FIRST: Places = dict.fromkeys(NAMES, (0,))
LATER: Places = {name: tuple(range(1, example.raw.count(b"data: "))) for name, example in SAMPLES.items()}
PIECES: Places = {"TEXT": (2, 3), "THINKING": (2, 3, 6), "TOOL": (1,)}

PIECE = "any text, thinking or plan is as good as another, or as none: only a second answer could tell"
ALONE = "the id stands once: any other is as good"

SURVIVORS = (
    Survivor("change-text", {"TEXT": (2, 3), "THINKING": (2, 3, 6, 7)}, PIECE),
    Survivor("drop", PIECES, PIECE),
    Survivor("repeat", PIECES, PIECE),
    Survivor("swap", {"TEXT": (2,), "THINKING": (2,)}, PIECE),
    Survivor("swap", {"THINKING": (4, 6, 8), "TOOL": (1,)}, "blocks, calls, citations and the plan may overlap"),
    Survivor("lose-text", {"THINKING": (7,)}, "a citation may stand for its place alone"),
    Survivor("change-id", {"TEXT": (0,), "THINKING": (0, 7), "TOOL": (0, 2)}, ALONE),
    Survivor("lose-id", {"TEXT": (0,), "THINKING": (0, 7), "TOOL": (0,)}, "ids of messages and sources are optional"),
    Survivor("delay", FIRST, "waiting for the first byte is latency; the figures tell"),
    Survivor("delay", LATER, "a SHOULD", Kind.WARNED, "silent-for-15-seconds"),
)

TRIAL = Trial("cohere-chat", SAMPLES, SURVIVORS)


class TestCohere(Laws):
    trial = TRIAL
    least = 400
