"""A choice has no `index`.

The index says which answer a delta belongs to; with `n` above one there is nothing else to tell them apart. The
official Python client ends with a TypeError in its accumulator, even where there is one choice only.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"index":0,', "", 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C07",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The index of the choice in the list of choices.",
    ),
    breaks=(
        Breaks(
            "openai-python",
            "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/chat/_completions.py",
        ),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("choice-index-missing")
