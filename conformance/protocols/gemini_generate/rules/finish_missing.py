"""A candidate never says why it finished.

A Gemini stream has no terminal event: the finish reason is all that tells a complete answer from one that was cut
off. A client that gets none cannot know, and most take what they have for the whole. A stream that ends with an error,
or because the prompt was blocked, has said why it ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_chunks
from ..samples import FINISH, TEXT, chunk
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap(FINISH, chunk({"text": "!"}))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=(
        "G05",
        "G07",
        "G11",
    ),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "If empty, the model has not stopped generating tokens.",
    ),
    complete=True,
    when=has_chunks,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    view = stream.view
    if view.errors or view.blocked:
        return
    if not view.candidates:
        yield Fault("the stream ends without a candidate, and without a reason why", view.chunks[-1])
    for candidate in view.candidates.values():
        if not candidate.finishes:
            last = candidate.parts[-1][0] if candidate.parts else candidate.first
            yield Fault(f"candidate {candidate.index} has no finishReason when the stream ends", last)
