"""A content_block_stop is for a block that is not open.

The block was never started, or was stopped before. Clients that finish a tool call at the stop run it twice, or fail.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TEXT, stop
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(stop(0), stop(0) + stop(0))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M10",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "A series of content blocks, each of which have a `content_block_start`, one or more "
        "`content_block_delta` events, and a `content_block_stop` event.",
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("block-stop-without-start")
