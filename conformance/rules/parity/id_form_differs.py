"""The answer has an id of another form when it is streamed.

One begins with `resp-`, the other with `resp_`, or one has none: two parts of the server make them. An id of the wrong
form is not found again where answers can be asked for by their id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.answers import first, form_of
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import messages, paired
from conformance.rules.parity.samples import TEXT

GOOD = TEXT
BAD = TEXT.but(twin=str(TEXT.twin).replace("chatcmpl-2", "gen-2"))


@rule(
    level=Level.NOTE,
    family=Family.SHAPE,
    cite=Cite(
        "https://github.com/stdapi-ai/stdapi.ai/issues/87",
        "Converted Mantle streaming Responses carry a synthetic response ID that always 404s on retrieval",
    ),
    when=paired,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    places, *both = messages(stream)
    streamed, whole = (form_of(first(message, places.id)) for message in both)
    if streamed != whole:
        yield Fault(f"the id is {streamed} in the stream, {whole} in the unstreamed answer")
