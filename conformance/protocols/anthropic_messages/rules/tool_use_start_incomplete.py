"""A tool call starts without its id, its name or its input.

The SDKs build the block from its start: id and name are needed to run the tool and to send the result back.
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
BAD = TOOL.swap('"id":"toolu_1",', "")


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("M15",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "The deltas for `tool_use` content blocks correspond to updates for the `input` field of the block.",
    ),
    when=has_tools,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.shape_faults("tool-use-start-incomplete")
