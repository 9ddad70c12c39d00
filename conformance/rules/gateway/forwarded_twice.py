"""The gateway asks its upstream again although it had answered.

The first answer was a good one, and yet the same request was sent once more: every token is paid for twice, and a
tool that is called has two ids. A retry after a failure is another matter (`gateway/hidden-retries`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import EndKind
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import forwarded, sides, stayed, when
from conformance.rules.gateway.samples import SAME, TEXT, through

GOOD = SAME
BAD = through(TEXT, TEXT, TEXT)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("W02",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2",
        "A proxy MUST NOT automatically retry non-idempotent requests.",
    ),
    on=On.RESPONSE,
    when=when(forwarded, stayed),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    earlier = sides(stream).sandwich.upstream[:-1]
    good = [one for one in earlier if one.recording.status < 300 and one.recording.end.kind is EndKind.EOF]
    if good:
        yield Fault(
            f"the upstream was asked {len(earlier) + 1} times, and had answered well {_times(len(good))} before"
        )
