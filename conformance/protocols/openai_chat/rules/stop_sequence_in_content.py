"""The text holds a stop sequence of the request.

The request names sequences at which the model is to stop, and the text is to end before them. Clients cut their prompts
and parsers to that: what a caller asked never to see is in its document. A server that looks for the sequence in each
token alone misses one that is split over two, or has sent the token before it looks. Passed over where the request asks
to keep them (`include_stop_str_in_output` of vLLM).
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, has_text
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT.asking(stop=["world"]), TEXT.asking(stop="Hello", include_stop_str_in_output=True))
BAD = (TEXT.asking(stop="ello"), TEXT.asking(stop=["world", "Hello"]))


def stops_asked(stream: Stream[ChatView]) -> list[str]:
    """The sequences of `stop` that are to be kept out of the text."""
    stop = stream.asked.get("stop")
    given = stop if isinstance(stop, list) else [stop]
    keep = stream.asked.get("include_stop_str_in_output") is True
    return [] if keep else [item for item in given if isinstance(item, str) and item]


def asked_to_stop(stream: Stream[ChatView]) -> str | None:
    """`stop` names a sequence."""
    return None if stops_asked(stream) else "the request names no stop sequence"


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C21",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat/create",
            "The returned text will not contain the stop sequence.",
        ),
        Cite(
            "https://github.com/mzau/mlx-knife/issues/68",
            "serve: a stop sequence split across two tokens is not seen in a stream",
        ),
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(asked_to_stop, has_text),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        text = "".join(part for _, part in choice.content)
        for stop in stops_asked(stream):
            place = text.find(stop)
            if place >= 0:
                message = f"choice {choice.index}: the text holds the stop sequence {stop[:40]!r}"
                yield Fault(message, _event_at(choice.content, place + len(stop)), "/choices/0/delta/content")


def _event_at(deltas: list[tuple[int, str]], size: int) -> int:
    """The event that brought the character number `size`."""
    for event, text in deltas:
        size -= len(text)
        if size <= 0:
            return event
    return deltas[-1][0]
