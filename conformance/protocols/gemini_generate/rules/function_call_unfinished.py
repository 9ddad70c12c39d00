"""A streamed function call is never finished.

A call whose arguments come in pieces says `willContinue` until its last piece, an empty `functionCall`. A client that
waits for it holds the call back. A real stream of Vertex AI lacks it, so this is a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_calls
from ..samples import PARTIAL_TOOL, chunk
from ..view import GeminiView

GOOD = PARTIAL_TOOL
BAD = PARTIAL_TOOL.swap(chunk({"functionCall": {}}), "")


@rule(
    level=Level.NOTE,
    family=Family.TOOLS,
    statements=("G19",),
    cite=Cite(
        "https://github.com/googleapis/python-genai/blob/main/google/genai/types.py",
        "If true, another partial message for the current FunctionCall is expected to follow.",
    ),
    complete=True,
    when=has_calls,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        if candidate.calls and candidate.calls[-1][2].get("willContinue") is True:
            event, pointer, _ = candidate.calls[-1]
            yield Fault("the last fragment of the last function call still says `willContinue`", event, pointer)
