"""The stream holds more than one `data: [DONE]`.

The sentinel ends the stream. Clients have closed the connection at the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap("data: [DONE]\n\n", 2 * "data: [DONE]\n\n")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/create",
        "the stream terminated by a `data: [DONE]` message",
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.order_faults("done-repeated")
