"""A cancellation reaches the upstream late.

Between the client's close and the moment at which the upstream sees it, tokens are made that nobody reads. More than
two seconds mean that the server notices at its next write, or at a timer, instead of at the close.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import observed, observer_of, propagated
from conformance.rules.cancel.samples import cancelled

LIMIT = 2_000.0
"""Milliseconds."""

GOOD = cancelled(observer="upstream", propagated_ms=12.5)
BAD = cancelled(observer="upstream", propagated_ms=30_000)


@rule(
    level=Level.WARNING,
    family=Family.CANCELLATION,
    statements=("X03",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/pull/30245",
        "fix(proxy): close upstream LLM stream when client disconnects mid-stream",
    ),
    on=On.RESPONSE,
    when=observed,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    late = propagated(stream)
    if late is not None and late > LIMIT:
        what = f"the {observer_of(stream)} saw the cancellation after {late / 1000:.1f} s, expected within 2 s"
        yield Fault(what, at=stream.recording.end.at)
