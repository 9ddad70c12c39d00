"""`data: [DONE]` comes more than once.

It is the last event of a stream, and there is one. A gateway that adds its own behind that of the server sends two; the
second reaches a client that has already closed, or a reader that takes it for the end of the next answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap("data: [DONE]\n\n", "data: [DONE]\n\ndata: [DONE]\n\n")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C61",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/completions/create",
            "with the stream terminated by a `data: [DONE]` message.",
        ),
        Cite(
            "https://github.com/ray-project/ray/pull/62246",
            "[llm][serve] Fix duplicate 'data: [DONE]' in streaming SSE responses",
        ),
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    done = stream.view.done
    if len(done) > 1:
        yield Fault(f"data: [DONE] comes {len(done)} times", done[1])
