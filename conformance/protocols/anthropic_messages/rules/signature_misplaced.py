"""A thinking block goes on after its signature, or has two.

The signature is the last delta of its block, once: it signs all the thinking before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_thinking
from ..samples import THINKING, delta
from ..view import MessagesView

GOOD = THINKING
_SIGNATURE = delta(0, "signature_delta", signature="c2lnbmVk")
BAD = THINKING.swap(_SIGNATURE, _SIGNATURE + _SIGNATURE)


@rule(
    level=Level.ERROR,
    family=Family.REASONING,
    statements=("M18",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "For thinking content, a special `signature_delta` event is sent just before the `content_block_stop` event.",
    ),
    when=has_thinking,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("signature-misplaced")
