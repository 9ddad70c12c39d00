"""The head of the response is late.

The server sends its head with the first token instead of at once. Until then the client has nothing: it cannot tell a
server at work from a dead one, keep-alives have no place to stand, and timers for the head, of 30 or 60 seconds as a
rule, run out. A server that waits keeps the freedom to answer with an error status; after 15 seconds that is dear.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.timing.samples import PLAIN

LIMIT = 15_000.0
"""Milliseconds."""


def _known(stream: Stream[Any]) -> str | None:
    return None if stream.recording.headers_at is not None else "the time of the head is not recorded"


GOOD = PLAIN
BAD = PLAIN.but(
    headers_at=20_000.0,
    reads=tuple((at + 20_000.0, size) for at, size in PLAIN.reads),
    end=PLAIN.end.__class__(at=21_400.0),
)


@rule(
    level=Level.NOTE,
    family=Family.LATENCY,
    statements=("T05",),
    cite=Cite(
        "https://github.com/ggml-org/llama.cpp/pull/23884", "server: in SSE mode, send HTTP headers when slot starts"
    ),
    breaks=(
        Breaks("pi", "https://github.com/earendil-works/pi/issues/5089"),
        Breaks("clients of codex-relay", "https://github.com/MetaFARS/codex-relay/issues/40"),
    ),
    on=On.STREAM,
    needs=(Evidence.TIMING,),
    when=_known,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    at = stream.recording.headers_at
    if at is not None and at > LIMIT:
        yield Fault(f"the head came {at / 1000:.1f} s after the request", at=at)
