"""A content coding holds events back.

A compressor gives out nothing until it has collected enough, unless it is flushed behind every event. Middleware that
compresses every response makes a stream arrive in bursts, or all at the end, however promptly the server writes.

A coded stream whose events arrive as they are made is flushed as it should be, and passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.timing.conditions import coded, coding_of
from conformance.rules.timing.delivery import bursts, in_one_burst, took, waited
from conformance.rules.timing.samples import PLAIN, timed, token

GOOD = PLAIN.but(content_encoding="gzip")
BAD = timed([(3000.0, "".join(token(n) for n in range(60)))], 3001.0, content_encoding="gzip")


@rule(
    level=Level.WARNING,
    family=Family.LATENCY,
    statements=("S26",),
    cite=Cite(
        "https://github.com/tower-rs/tower-http/issues/420",
        "CompressionLayer causes event streams to buffer, breaking them",
    ),
    breaks=(
        Breaks("users of tower-http before 0.5.2", "https://github.com/tower-rs/tower-http/issues/420"),
        Breaks("users of Cloudflare workerd", "https://github.com/cloudflare/workerd/pull/7390"),
    ),
    needs=(Evidence.HEADERS, Evidence.TIMING, Evidence.READS),
    when=coded,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    sizes = bursts(stream)
    if sizes:
        yield Fault(f"{coding_of(stream)}: {len(stream.events)} events came in {len(sizes)} bursts", sizes[0])
    elif in_one_burst(stream):
        yield Fault(
            f"{coding_of(stream)}: {len(stream.events)} events came within {took(stream):.1f} ms, "
            f"after {waited(stream) / 1000:.1f} s of nothing",
            0,
        )
