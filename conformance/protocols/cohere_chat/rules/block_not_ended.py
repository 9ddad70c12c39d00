"""A content block or a tool call is started and not ended.

Clients parse the arguments of a tool call when it ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TOOL, event
from ..view import CohereView

GOOD = TOOL
BAD = TOOL.swap(event("tool-call-end", index=0), "")


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "The event that indicates the end of the content block of the message.",
    ),
    complete=True,
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    for block in stream.view.blocks.values():
        if block.open and stream.view.ends:
            yield Fault(f"{block.family} {block.index} is not ended", block.first)
