"""The usage counts no output, though the message has some.

message_delta brings the final count of output tokens. Zero from the start to the end, beside text or a tool's input,
means that nobody counted: bills and budgets count nothing. Mock servers do so, and gateways that translate from an API
whose usage they did not ask for. A refusal may take back what it had counted, and is passed over. An input of zero
tokens is `input-tokens-zero`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import HELLO, TEXT, TOOL, message_delta, message_start, stream
from ..samples import MESSAGE_STOP as STOP
from ..view import MessagesView

_UNCOUNTED = {"input_tokens": 9, "output_tokens": 0}

GOOD = (
    TEXT,
    stream(message_start(_UNCOUNTED), message_delta(output=0), STOP),
    stream(message_start(_UNCOUNTED), HELLO, message_delta("refusal", output=0), STOP),
)
BAD = (
    stream(message_start(_UNCOUNTED), HELLO, message_delta(output=0), STOP),
    TOOL.swap(message_start(), message_start(_UNCOUNTED)).swap('"output_tokens":5', '"output_tokens":0'),
)


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("M32", "M50"),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "The token counts shown in the `usage` field of the `message_delta` event are *cumulative*.",
    ),
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        counts = [counted.get("output_tokens") for _, _, counted in message.deltas]
        usage = message.start.get("usage")
        if isinstance(usage, dict):
            counts.append(usage.get("output_tokens"))
        uncounted = all(type(count) is int and count == 0 for count in counts) and message.stop_reason != "refusal"
        if message.deltas and uncounted and any(block.joined for block in message.blocks):
            said = "output_tokens is 0 to the end, but the message has content"
            yield Fault(said, message.deltas[-1][0], "/usage/output_tokens")
