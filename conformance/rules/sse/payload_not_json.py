"""The data of an event is not JSON.

Every payload of the known APIs is one JSON text; `[DONE]`, where an API has it, is the one exception. Clients parse
each payload as it comes, and end the stream on one that they cannot: everything behind it is lost. Empty data counts,
and so does a sentinel with a blank behind it, which clients that compare it whole take for a payload.

Passed over, because rules of their own speak: comments sent as data, two events without a blank line between them,
bytes that are not UTF-8, and JSON that common readers take although it is not strict. Whether an API may send `[DONE]`
is a matter of that API.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream, StreamEvent
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.odd import excerpt, illegible, is_comment, is_unseparated
from conformance.rules.sse.samples import CHAT

GOOD = CHAT
BAD = (
    CHAT.swap('{"content":"lo"}', '{"content":"lo"'),
    CHAT.swap("data: [DONE]\n", "data: ping\n\ndata: [DONE]\n"),
    CHAT.swap("data: [DONE]\n", "data: \n\ndata: [DONE]\n"),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("S19",),
    cite=(
        Cite(
            "https://www.openresponses.org/specification",
            "with individual `data` objects returned as JSON-encoded strings",
        ),
        Cite(
            "https://github.com/lucasjinreal/Crane/pull/121",
            "crane-serve: Emit JSON error frames in SSE streams instead of raw text",
        ),
    ),
    breaks=(
        Breaks("AI SDK (opencode)", "https://github.com/anomalyco/opencode/issues/13579"),
        Breaks("Portkey gateway", "https://github.com/Portkey-AI/gateway/issues/1035"),
        Breaks("pydantic-ai (anthropic SDK)", "https://github.com/mpfaffenberger/code_puppy/pull/770"),
    ),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    sentinel = stream.protocol.sentinel
    for event in illegible(stream):
        if not (is_comment(event) or is_unseparated(event)):
            yield Fault(_message(event, sentinel), event.index)


def _message(event: StreamEvent, sentinel: bytes | None) -> str:
    bare = event.raw.strip(b" \t\n")
    if not bare:
        return "the data of an event is empty: JSON readers fail on it"
    if sentinel is not None and bare.strip(b'"') == sentinel:
        return f"{excerpt(event)} is not the sentinel {sentinel.decode()!r}, and not JSON"
    why = event.flaw.message if event.flaw else "no value"
    return f"not JSON ({why}): {excerpt(event)}"
