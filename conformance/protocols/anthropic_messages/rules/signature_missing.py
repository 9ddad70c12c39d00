"""A thinking block ends without its signature.

The signature proves that the thinking is the model's own; the API refuses the next turn of a tool loop without it.
Gateways that translate from other models have none to send, so this is a warning. Passed over where the message was cut
(max_tokens, refusal): what is not whole need not be signed.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_thinking
from ..samples import THINKING, delta
from ..view import MAY_CUT, MessagesView

GOOD = THINKING
BAD = THINKING.swap(delta(0, "signature_delta", signature="c2lnbmVk"), "")


@rule(
    level=Level.WARNING,
    family=Family.REASONING,
    statements=(
        "M18",
        "M20",
    ),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "For thinking content, a special `signature_delta` event is sent just before the `content_block_stop` event.",
    ),
    when=has_thinking,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        if message.stop_reason in MAY_CUT:
            continue
        for block in message.blocks:
            if block.type == "thinking" and block.stopped is not None and not block.signatures:
                yield Fault(f"thinking block {block.index} has no signature_delta", block.stopped)
