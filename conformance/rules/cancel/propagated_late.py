"""A cancellation reaches the upstream late.

Between the client's close and the moment at which the upstream sees it, tokens are made that nobody reads. More than
two seconds (or what `conformance cancel --within` says) mean that the server notices at its next write, or at a timer,
instead of at the close.

An observer that polls sees the change some time after it: late is only what was late at the last look that did not
show it yet. Where the looks lie too far apart to tell, there is no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import dated, observer_of, propagated, within
from conformance.rules.cancel.samples import cancelled

GOOD = cancelled(observer="upstream", propagated_ms=12.5)
BAD = (
    cancelled(observer="upstream", propagated_ms=30_000),
    cancelled(observer="prometheus (vllm)", propagated_ms=900, resolution_ms=250, within_ms=500),
)


@rule(
    level=Level.WARNING,
    family=Family.CANCELLATION,
    statements=("X03",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/pull/30245",
        "fix(proxy): close upstream LLM stream when client disconnects mid-stream",
    ),
    on=On.RESPONSE,
    when=dated,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    late, limit = propagated(stream), within(stream)
    if late is not None and late > limit:
        what = f"the observer {observer_of(stream)} saw the cancellation after {late / 1000:.1f} s"
        yield Fault(f"{what}, expected within {limit / 1000:g} s", at=stream.recording.end.at)
