"""The head of the answer waits for its first byte.

The upstream sent its head at once, and the client gets it with the first event, or later. Until then it cannot tell a
model that thinks from a gateway that hangs, and a proxy in front counts the time towards its own limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.core.transparency_timing import head_held
from conformance.rules.gateway.conditions import answered, sides, when
from conformance.rules.gateway.samples import TEXT, paced, through

_ABOVE = paced(TEXT, 1000, 1020, 1040, 1060, 1080, 1100, head=1.0)
GOOD = through(paced(TEXT, 1003, 1023, 1043, 1063, 1083, 1103, head=5.0), _ABOVE)
BAD = through(paced(TEXT, 1003, 1023, 1043, 1063, 1083, 1103, head=1003.0), _ABOVE)


_LONG = 200.0
"""Milliseconds."""


def _both_heads(found: Comparison) -> str | None:
    if "load" in found.sandwich.asked:
        return "many streams at once: the gateway may be too slow, and hold nothing back"
    return None if head_held(found) is not None else "it is not known when both heads came"


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("T05",),
    cite=Cite(
        "https://github.com/ENTERPILOT/GoModel/pull/1015",
        "the response headers now wait for the provider's first event instead of being sent right away.",
    ),
    on=On.RESPONSE,
    needs=(Evidence.TIMING,),
    when=when(answered, _both_heads),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    held = head_held(sides(stream))
    if held is not None and held - sides(stream).sandwich.busy >= _LONG:
        yield Fault(f"the upstream's head took {held:.0f} ms to the client")
