"""The arguments of a tool call do not add up to a JSON object.

What does not parse cannot be run. A tool without arguments may have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_tools
from ..samples import TOOL
from ..view import CohereView

GOOD = TOOL
BAD = TOOL.swap(r"\"Oslo\"}", r"\"Oslo\"")


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Each event has a type. Events of different types need to be handled correctly.",
    ),
    when=has_tools,
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    for block in stream.view.blocks.values():
        text = block.joined
        if block.family == "tool-call" and not block.open and text.strip():
            value, flaw = parse(text.encode())
            if flaw is not None or not isinstance(value, dict):
                why = flaw.message if flaw is not None else "no object"
                yield Fault(f"the arguments of tool call {block.index} are not a JSON object: {why}", block.last)
