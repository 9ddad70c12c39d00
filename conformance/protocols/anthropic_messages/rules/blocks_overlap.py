"""A block starts before the one before it is stopped.

Blocks come one after the other. Clients hold one open block; text that comes for the other is put into the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TOOL, stop
from ..view import MessagesView

GOOD = TOOL
BAD = TOOL.swap(stop(0), "").swap(stop(1), stop(0) + stop(1))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M08",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "A series of content blocks, each of which have a `content_block_start`, one or more "
        "`content_block_delta` events, and a `content_block_stop` event.",
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("blocks-overlap")
