"""The stream ends without `data: [DONE]`.

Clients that wait for the sentinel wait until the connection is closed, or take the answer for cut. A stream that ends
with an error is passed over.
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
BAD = TEXT.swap("data: [DONE]\n\n", "")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/create",
        "the stream terminated by a `data: [DONE]` message",
    ),
    needs=(Evidence.FRAMING,),
    complete=True,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    if not stream.view.done and not stream.view.errors:
        yield Fault("the stream ends without `[DONE]`", stream.events[-1].index)
