"""The input of a tool call does not add up to a JSON object.

At content_block_stop the joined pieces are parsed. SDKs keep of it what parses, or an empty object, in silence: the
tool runs with other arguments than the model meant. Passed over where the message stopped at max_tokens or by
refusal, which may cut the input.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_tools
from ..samples import TOOL
from ..view import TOOLS, MessagesView

_MAY_CUT = ("max_tokens", "refusal", "model_context_window_exceeded")

GOOD = TOOL
BAD = TOOL.swap(r'"\"Oslo\"}"', r'"\"Oslo\""')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("M17",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "You can accumulate the string deltas and parse the JSON once you receive a `content_block_stop` event",
    ),
    when=has_tools,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        if message.stop_reason in _MAY_CUT:
            continue
        for block in message.blocks.values():
            if block.type in TOOLS and block.stopped is not None and block.joined:
                value, flaw = parse(block.joined.encode())
                if flaw is not None or not isinstance(value, dict):
                    why = flaw.message if flaw is not None else "no object"
                    yield Fault(f"the input of block {block.index} is not a JSON object: {why}", block.stopped)
