"""A thought holds no text.

`thought` marks a part as the model's reasoning, which is text; clients that show reasoning read `text`, and those
that hide it drop the part. Marked on anything else, a call or a result is dropped with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_thoughts
from ..samples import THINKING
from ..view import GeminiView

GOOD = THINKING
BAD = THINKING.swap('{"text":"Let me see.","thought":true}', '{"functionCall":{"name":"f"},"thought":true}')


@rule(
    level=Level.WARNING,
    family=Family.REASONING,
    statements=("G16",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/content.proto",
        "Indicates if the part is thought from the model.",
    ),
    when=has_thoughts,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        for event, pointer, part in candidate.special:
            if part.get("thought") is True and not isinstance(part.get("text"), str):
                yield Fault("a part is marked as a thought but holds no text", event, pointer)
