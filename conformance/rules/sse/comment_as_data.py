"""A comment is sent as data.

A comment is a line that begins with a colon, and no client sees it. A gateway that reads comments of its upstream as
text, and writes them out again as `data: : OPENROUTER PROCESSING`, turns them into events: clients parse the text as
JSON and end the stream, on slow answers only, because only those are kept alive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.odd import excerpt, illegible, is_comment
from conformance.rules.sse.samples import CHAT

GOOD = (CHAT, CHAT.but(body=": PROCESSING\n\n" + CHAT.raw.decode()))
BAD = CHAT.but(body="data: : PROCESSING\n\n" + CHAT.raw.decode())


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("S09",),
    cite=Cite(
        "https://github.com/mnfst/llm-gateway/issues/2053",
        "SSE keep-alive comments from OpenRouter are re-emitted as `data:` events, breaking spec-compliant clients",
    ),
    breaks=(
        Breaks("openai-node", "https://github.com/mnfst/llm-gateway/issues/2053"),
        Breaks("opencode (AI SDK)", "https://github.com/anomalyco/opencode/issues/50871"),
    ),
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for event in illegible(stream):
        if is_comment(event):
            yield Fault(f"the data of an event is a comment: {excerpt(event)}", event.index)
