"""Something follows `data: [DONE]`.

The sentinel ends the stream; what follows nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT, usage_chunk
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.but(body=TEXT.raw + usage_chunk().encode())


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
    return stream.order_faults("data-after-done")
