"""The stream does otherwise than its provider promises.

The protocols leave much open: where usage comes, whether keep-alives are sent, how lines end. What a provider documents
of it (the sentence cited here is such a promise) is written down in its dialect, with the address of the document, and
each stream is compared with it. A difference means that the document, or the server, has changed; clients that were
written after the document break.
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

DIALECT = speaking(observed=False)
GOOD = PLAIN
BAD = PLAIN.swap("\n", "\r\n")


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://openrouter.ai/docs/api/reference/streaming",
        "For SSE (Server-Sent Events) streams, OpenRouter occasionally sends comments to prevent connection timeouts.",
    ),
    complete=True,
    when=shown(habits=False),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    yield from disagreements(stream, False, _word)


def _word(item: Expectation, value: Value) -> str:
    return f"{item.trait} is {value!r}, promised is {item.wanted}: {item.because} ({item.see})"
