"""The stream has a `retry` field.

`retry` tells a browser how long to wait before it connects again. Nobody connects again to the answer of a POST, and a
block that holds `retry` alone has no data: the official Python SDKs hand it on as an event with empty data and raise a
JSON error.

A value that is no number is reported by `sse/retry-not-a-number`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.sse import is_retry
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.samples import CHAT

GOOD = CHAT
BAD = CHAT.but(body="retry: 3000\n\n" + CHAT.raw.decode())


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S15",),
    cite=Cite(
        "https://github.com/openai/openai-python/issues/2722",
        "Streaming: JSONDecodeError when SSE events contain only meta-fields (retry, id, event)",
    ),
    breaks=(Breaks("openai-python", "https://github.com/openai/openai-python/issues/2722"),),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = [piece for piece in stream.facts.retries if is_retry(piece.text)]
    if found:
        alone = sum("retry" in block.fields for block in stream.facts.dataless)
        where = f", {alone} of them in a block without data" if alone else ""
        yield Fault(f"{len(found)} `retry` fields{where}", offset=found[0].start)
