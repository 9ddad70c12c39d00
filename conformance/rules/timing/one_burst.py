"""All events came in one burst, after a wait.

A stream lets a user read while the model writes. Here nothing came for a second or longer, and then everything at once,
faster than any model writes: something on the way (a proxy that buffers, a server that makes the stream up from a
finished answer) collected the answer first. The user waits as long as without a stream.

Judged from 30 events on. Compressed streams are left to `timing/compression-holds-events`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.timing.conditions import uncoded
from conformance.rules.timing.delivery import in_one_burst, took, waited
from conformance.rules.timing.samples import PLAIN, timed, token

GOOD = (PLAIN, timed([(5000.0 + 2 * n, token(n)) for n in range(60)], 5200.0))
BAD = timed([(3000.0, "".join(token(n) for n in range(60)))], 3001.0)


@rule(
    level=Level.WARNING,
    family=Family.LATENCY,
    statements=("S28",),
    cite=Cite(
        "https://github.com/dstackai/dstack/issues/4269",
        "[Bug]: Gateway buffers streamed LLM responses, inflating TTFT to 16 KB worth of tokens",
    ),
    breaks=(Breaks("users behind nginx", "https://github.com/ggml-org/llama.cpp/pull/24774"),),
    needs=(Evidence.TIMING, Evidence.READS),
    when=uncoded,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if in_one_burst(stream):
        yield Fault(
            f"{len(stream.events)} events within {took(stream):.1f} ms, after {waited(stream) / 1000:.1f} s of nothing",
            0,
        )
