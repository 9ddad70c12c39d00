"""A chunk holds the same choice twice.

Clients that keep the choices of a chunk by index let the second replace the first, and its text is lost; others append
both. One delta per choice and chunk says the same without the question.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import HEAD, TEXT, TWO_CHOICES, chunk, event
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TWO_CHOICES)
BAD = TEXT.swap(
    chunk({"content": "lo"}),
    event({**HEAD, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None} for text in "lo"]}),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C09",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The index of the choice in the list of choices.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for at, index in stream.view.duplicate_choices:
        yield Fault(f"choice {index!r} stands twice in one chunk", at, "/choices")
