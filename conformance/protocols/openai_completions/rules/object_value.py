"""The object type is not `text_completion`.

Clients that serve several endpoints tell a completion from a chat chunk by it, and drop what they do not know.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap("text_completion", "completion.chunk", 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        'The object type, which is always "text_completion"',
    ),
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.shape_faults("object-value")
