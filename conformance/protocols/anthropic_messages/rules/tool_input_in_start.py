"""A tool call starts with its input already there.

The input begins as an empty object and comes in deltas. Clients that join the deltas ignore what stood in the start,
or join it with them.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_tools
from ..samples import TOOL
from ..view import MessagesView

GOOD = TOOL
BAD = TOOL.swap('"input":{}', '"input":{"city":"Oslo"}')


@rule(
    level=Level.WARNING,
    family=Family.TOOLS,
    statements=("M15",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "the deltas are *partial JSON strings*, whereas the final `tool_use.input` is always an *object*.",
    ),
    when=has_tools,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.shape_faults("tool-input-in-start")
