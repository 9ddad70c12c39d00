"""The events came in bursts with long pauses between them.

Something on the way collects a fixed amount, 4 or 16 KiB as a rule, and hands it on when it is full: dozens of events
within a millisecond, then nothing for as long as the model needs to write the next dozens. The text jumps, and the
first token comes as late as the whole first burst.

Judged where the pauses make up nearly all of the time, and the events of a burst came faster than any model writes.
Compressed streams are left to `timing/compression-holds-events`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.timing.conditions import uncoded
from conformance.rules.timing.delivery import bursts, took
from conformance.rules.timing.samples import PLAIN, timed, token


def _burst(number: int) -> str:
    return "".join(token(number + n) for n in range(40))


GOOD = (PLAIN, timed([(600.0 * (n // 10) + 15 * (n % 10), token(n)) for n in range(80)], 6000.0))
BAD = timed([(800.0 * (n + 1), _burst(40 * n)) for n in range(4)], 3300.0)


@rule(
    level=Level.WARNING,
    family=Family.LATENCY,
    statements=("S28",),
    cite=Cite(
        "https://github.com/confidential-dot-ai/c8s/issues/140",
        "tls-lb buffers SSE: streaming responses arrive in bursts, not as generated",
    ),
    breaks=(Breaks("users behind nginx", "https://github.com/confidential-dot-ai/c8s/issues/140"),),
    needs=(Evidence.TIMING, Evidence.READS),
    when=uncoded,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    sizes = bursts(stream)
    if sizes:
        yield Fault(
            f"{len(stream.events)} events in {len(sizes)} bursts of up to {max(sizes)}, "
            f"on average {took(stream) / (len(sizes) - 1):.0f} ms apart",
            sizes[0],
        )
