"""The gateway collects events and hands them on together.

The upstream wrote them one by one, and they arrive in heaps, or all at once behind the last: a buffer that waits
until it is full, a compressor that is not flushed, a client library that reads to the end first. Measured by when the
events were written and when they arrived, on one clock; what the upstream wrote together may arrive together.

Passed over: one pause in which all events waited; many streams at once (a gateway that cannot keep up holds nothing
back: the latency figures say how late it is); streams behind an event that itself takes its time on the way; exchanges
during which the machine let nothing run for as long as the events came late.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.core.transparency_timing import burst_share, collected, deliveries, spread
from conformance.rules.gateway.conditions import answered, sides, when
from conformance.rules.gateway.samples import TEXT, chunk, paced, through

_WRITTEN = tuple(20.0 * n + 10 for n in range(1, 25))
_LONG = TEXT.swap(chunk('{"content":"Hello"}'), "".join(chunk(f'{{"content":"word {n} "}}') for n in range(19)))
_ABOVE = paced(_LONG, *_WRITTEN, head=1.0)
GOOD = through(paced(_LONG, *(at + 3 for at in _WRITTEN), head=4.0), _ABOVE)
BAD = through(paced(_LONG, *(_WRITTEN[-1] + 3 + n / 1000 for n in range(24)), head=4.0), _ABOVE)


_WIDE = 0.5
"""Time of arriving as a part of the time of writing, below which events were held back."""


_LARGE = 256 * 1024
"""Bytes of an event from which on its own way takes a while."""


_CLEAR = 3
"""Events are late by more than so many times what the machine may be to blame for."""


def _alone(found: Comparison) -> str | None:
    if "load" in found.sandwich.asked:
        return "many streams at once: the gateway may be too slow, and hold nothing back"
    longest = max((event.end - event.start for event in found.above.events), default=0) if found.above else 0
    return f"an event of {longest:,} bytes was on its way" if longest >= _LARGE else None


def _timed(found: Comparison) -> str | None:
    delivered = deliveries(found)
    if spread(delivered) is None and burst_share(delivered) is None:
        return "the upstream wrote too few events apart to tell"
    late, busy = max(one.delay for one in delivered), found.sandwich.busy
    return f"the machine let nothing run for {busy:.0f} ms" if busy >= late / _CLEAR else None


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("D02", "D04"),
    cite=(
        Cite(
            "https://github.com/confidential-dot-ai/c8s/issues/140",
            "tls-lb buffers SSE: streaming responses arrive in bursts, not as generated",
        ),
        Cite(
            "https://github.com/bricks-cloud/BricksLLM/issues/23",
            "the proxy seems to update the response only once per second without caring about individual chunks.",
        ),
    ),
    on=On.RESPONSE,
    needs=(
        Evidence.TIMING,
        Evidence.READS,
    ),
    when=when(answered, _alone, _timed),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = deliveries(sides(stream))
    wide, share = spread(found), burst_share(found)
    if wide is not None and wide < _WIDE:
        wrote, read = (found[-1].written - found[0].written), (found[-1].read - found[0].read)
        yield Fault(f"{len(found)} events were written over {wrote:.0f} ms, and arrived within {read:.0f} ms")
    elif share is not None and collected(found):
        late = max(one.delay for one in found)
        yield Fault(f"{share:.0%} of the events that were written apart arrived together, up to {late:.0f} ms late")
