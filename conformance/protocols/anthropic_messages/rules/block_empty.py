"""A block of text, thinking or a tool call gets no delta.

The documentation promises one or more deltas; results of server tools and redacted thinking have none. A tool without
arguments still gets an empty piece from the API itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TWO_TOOLS, delta
from ..view import MessagesView

GOOD = TWO_TOOLS
BAD = TWO_TOOLS.swap(delta(1, "input_json_delta", partial_json=""), "")


@rule(
    level=Level.NOTE,
    family=Family.ORDER,
    statements=("M12",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "A series of content blocks, each of which have a `content_block_start`, one or more "
        "`content_block_delta` events, and a `content_block_stop` event.",
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for block in stream.view.blocks:
        if block.type in ("text", "thinking", "tool_use") and not block.deltas and block.stopped is not None:
            yield Fault(f"block {block.index} ({block.type}) has no delta", block.first)
