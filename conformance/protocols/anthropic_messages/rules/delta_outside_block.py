"""A delta is for a block that is not open.

A delta changes the block at its index. Where there is none, SDKs raise IndexError; where it was stopped, the change
comes too late to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TEXT, delta, stop
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(stop(0), stop(0) + delta(0, text="!"))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M10",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "Each `content_block_delta` event contains a `delta` of a type that updates the `content` block at a "
        "given `index`.",
    ),
    breaks=(
        Breaks(
            "anthropic-sdk-python",
            "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/lib/streaming/_messages.py",
        ),
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("delta-outside-block")
