"""Every chunk of a candidate has a finish reason.

The first Gemini models, whose chunks do not name the model's version, said `STOP` on each. A client that closes the
message at the finish reason keeps the first words of the answer, and nobody can tell whether the stream was cut. In a
stream that names its version this is `finish-repeated`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_candidates
from ..samples import FINISH, TEXT, VERSION, chunk, stream
from ..view import GeminiView

GOOD = TEXT
_HELLO = chunk({"text": "Hel"}, finish="STOP")
BAD = stream(_HELLO.replace(VERSION, ""), FINISH.replace(VERSION, ""))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("G11", "G13"),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "If empty, the model has not stopped generating tokens.",
    ),
    when=has_candidates,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for index, candidate in stream.view.candidates.items():
        if candidate.always_finishes:
            event, reason = candidate.finishes[0]
            yield Fault(f"candidate {index}: {reason!r} stands on all {candidate.chunks} chunks", event)
