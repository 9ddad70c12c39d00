"""The blocks are not numbered 0, 1, 2 in the order in which they start.

The index is the place in the final content. SDKs put the block there: a gap raises IndexError, an index below zero
replaces the wrong block.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TOOL
from ..view import MessagesView

GOOD = TOOL
BAD = TOOL.swap('"index":1', '"index":2')


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M07",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "Each content block will have an `index` that corresponds to its index in the final Message `content` array.",
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
    for message in stream.view.messages:
        expected = 0
        for event, index in message.started:
            if index > expected or index < 0:
                yield Fault(f"a block starts at index {index}, expected {expected}", event, "/index")
            expected = max(expected, index + 1)
