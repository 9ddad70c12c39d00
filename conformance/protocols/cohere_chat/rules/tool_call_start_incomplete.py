"""A tool call starts without its id or its name.

Both are needed to run the tool and to send the result back.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_tools
from ..samples import TOOL
from ..view import CohereView

GOOD = TOOL
BAD = TOOL.swap('"id":"call_1",', "")


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Emitted when a next token of the tool plan is generated.",
    ),
    when=has_tools,
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    return stream.shape_faults("tool-call-start-incomplete")
