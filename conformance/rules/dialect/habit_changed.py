"""The stream does otherwise than its provider used to.

What recordings show of a provider, and no document promises, is written down in its dialect as a habit. A difference is
no fault; it tells that something has changed on the other side, often before anybody announces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.dialect import Expectation
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.core.trait import Value
from conformance.rules.dialect.conditions import disagreements, shown
from conformance.rules.dialect.samples import PLAIN, speaking

DIALECT = speaking(observed=True)
GOOD = PLAIN
BAD = PLAIN.swap("\n", "\r\n")


@rule(
    level=Level.NOTE,
    family=Family.SHAPE,
    cite=Cite(
        "https://www.hyrumslaw.com/",
        "With a sufficient number of users of an API, it does not matter what you promise in the contract: all "
        "observable behaviors of your system will be depended on by somebody.",
    ),
    complete=True,
    when=shown(habits=True),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    yield from disagreements(stream, True, _word)


def _word(item: Expectation, value: Value) -> str:
    return f"{item.trait} is {value!r}, so far it was {item.wanted}: {item.because} ({item.see})"
