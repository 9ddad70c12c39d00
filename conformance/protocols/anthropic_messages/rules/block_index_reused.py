"""A block starts at an index that was used before.

Each place in the content is one block. SDKs append the new block and go on writing to the old one, so that two blocks
end up mixed.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import HELLO, TEXT, TOOL, delta, start, stop
from ..view import MessagesView

GOOD = TOOL
BAD = TEXT.swap(HELLO, HELLO + start(0) + delta(0, text="!") + stop(0))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("M07",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "Each content block will have an `index` that corresponds to its index in the final Message `content` array.",
    ),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("block-index-reused")
