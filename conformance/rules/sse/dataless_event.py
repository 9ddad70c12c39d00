"""An event has no data.

A block of an `event` line without any `data` line is no event: the standard has readers drop it. The official Python
SDKs and `httpx-sse` hand it on with empty data, and the JSON parser behind them raises. A keep-alive must be a comment
(`: ping`), or an event of the protocol with data.

Blocks that only hold an `id` or a `retry` line have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.samples import CHAT

GOOD = (CHAT, CHAT.but(body=": ping\n\n" + CHAT.raw.decode()))
BAD = CHAT.but(body="event: keepalive\n\n" + CHAT.raw.decode())


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S12",),
    cite=(
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
            "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string "
            "and return.",
        ),
        Cite(
            "https://github.com/openai/openai-python/issues/2722",
            "Streaming: JSONDecodeError when SSE events contain only meta-fields (retry, id, event)",
        ),
    ),
    breaks=(
        Breaks("openai-python", "https://github.com/openai/openai-python/issues/2722"),
        Breaks("clients of OmniRoute", "https://github.com/diegosouzapw/OmniRoute/pull/1146"),
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for block in stream.facts.dataless:
        if "id" not in block.fields and "retry" not in block.fields:
            text = stream.recording.body[block.start : block.end].decode("utf-8", "replace").strip()
            yield Fault(f"a block without data: {text[:60]!r}", offset=block.start)
