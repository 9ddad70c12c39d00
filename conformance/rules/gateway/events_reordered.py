"""Events reach the client in another order.

The same events, and yet another answer: a delta before the block that it belongs to, usage before the last text. What
is joined in the order of arrival reads differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import SAME, TEXT, chunk, through
from conformance.rules.gateway.words import counted

_TWO = chunk('{"content":"Hello"}'), chunk('{"content":" there"}')
GOOD = SAME
BAD = through(TEXT.swap("".join(_TWO), "".join(reversed(_TWO))).but(also=("gateway/text-changed",)), TEXT)


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://github.com/karthink/gptel/issues/525",
        "Concurrent responses from different LLMs sometimes get mixed up",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream).alignment.moved
    if found:
        yield Fault(
            f"{counted(len(found), 'event')} in another place; the upstream's event {found[0].up} first", found[0].down
        )
