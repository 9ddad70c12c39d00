"""The gateway asks its upstream in another protocol.

That is what it may be there for; but then no event of the upstream reaches the client, and what one protocol has and
the other has not is lost. Events are not compared: text, reasoning, tool calls, the end and the tokens are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.example import Example
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import forwarded, sides, when
from conformance.rules.gateway.samples import HEADERS, SAME, TEXT, through

_MESSAGE = Example(
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
    '"model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,'
    '"usage":{"input_tokens":9,"output_tokens":1}}}\n\n'
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    '"content_block":{"type":"text","text":""}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"text_delta","text":"Hello there"}}\n\n'
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
    '"usage":{"output_tokens":2}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    path="/v1/messages",
    headers=HEADERS,
)
GOOD = SAME
BAD = through(TEXT, _MESSAGE)


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("W01",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/41067",
        "[Bug]: Anthropic `/v1/messages` streaming loses prompt-cache accounting when bridged to an "
        "OpenAI-compatible upstream",
    ),
    on=On.RESPONSE,
    when=when(forwarded),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    if found.translated and found.above is not None:
        yield Fault(f"the client asked in {found.below.protocol.name}, the gateway in {found.above.protocol.name}")
