"""Law: a good stream of legacy completions with one fault is found out, or what it breaks is no MUST.

Every operator, at every event, as for the large protocols: tests/protocols/mutants.py.
"""

from __future__ import annotations

from conformance.protocols.openai_completions import samples
from tests.protocols.mutants import Kind, Laws, Places, Survivor, Trial

NAMES = ("TEXT", "WITH_USAGE", "TWO_CHOICES", "ERROR")
SAMPLES = {name: getattr(samples, name) for name in NAMES}
FIRST: Places = dict.fromkeys(NAMES, (0,))
LATER: Places = {name: tuple(range(1, example.raw.count(b"data: "))) for name, example in SAMPLES.items()}
TEXTS: Places = {"TEXT": (0, 1), "WITH_USAGE": (0,), "TWO_CHOICES": (0, 1), "ERROR": (0,)}

PIECE = "any text is as good as another, or as none: only a second answer could tell"
NO_RULE = "the place and the number of usage chunks are judged for chat completions alone"

SURVIVORS = (
    Survivor("change-text", TEXTS, PIECE),
    Survivor("drop", TEXTS, PIECE),
    Survivor("repeat", TEXTS, PIECE),
    Survivor("swap", {"TEXT": (0,)}, PIECE),
    Survivor("swap", {"TWO_CHOICES": (0, 1, 2)}, "choices interleave freely"),
    Survivor("change-index", {"TWO_CHOICES": (0,)}, PIECE),
    Survivor("change-id", {"ERROR": (0,)}, "the id stands once: any other is as good"),
    Survivor("foreign-end", {"TEXT": (2,), "WITH_USAGE": (1,), "TWO_CHOICES": (2, 3)}, "a value of this API, too"),
    Survivor("rekind", {"ERROR": (1,)}, "types of errors are free"),
    Survivor("lose-kind", {"ERROR": (1,)}, "clients raise with the message; the type is optional"),
    Survivor("repeat", {"WITH_USAGE": (2,)}, NO_RULE, Kind.MISSED),
    Survivor("swap", {"WITH_USAGE": (1,)}, NO_RULE, Kind.MISSED),
    Survivor("delay", FIRST, "waiting for the first byte is latency; the figures tell"),
    Survivor("delay", LATER, "a SHOULD", Kind.WARNED, "silent-for-15-seconds"),
)

TRIAL = Trial("openai-completions", SAMPLES, SURVIVORS)


class TestCompletions(Laws):
    trial = TRIAL
    least = 200
