"""A block is still open when the message ends.

content_block_stop is when clients parse the input of a tool and finish the text. Without it the tool call is never
run.
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
BAD = TEXT.swap(stop(0), "")


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M09",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "a `content_block_stop` event",
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("block-not-stopped")
