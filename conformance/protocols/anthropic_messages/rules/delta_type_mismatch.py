"""A delta is of a type that its block does not take.

Text comes to text blocks, input to tools, thinking and its signature to thinking blocks; redacted thinking takes
none. Claude Code stops with "Content block is not a thinking block".
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_blocks
from ..samples import TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap('{"type":"text_delta","text":"lo"}', '{"type":"thinking_delta","thinking":"lo"}')


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=(
        "M11",
        "M21",
    ),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "Each `content_block_delta` event contains a `delta` of a type that updates the `content` block at a "
        "given `index`.",
    ),
    breaks=(Breaks("Claude Code", "https://github.com/BerriAI/litellm/issues/33224"),),
    when=has_blocks,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("delta-type-mismatch")
