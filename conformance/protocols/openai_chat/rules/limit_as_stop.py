"""All tokens that the request allows were used, and the `finish_reason` says that the model came to its end.

Who reads `stop` takes a sentence that was cut off for a whole one, and asks for no more. Gateways that write a reason
of their own do this (any-llm 1.8.6 before an Anthropic server: `max_tokens` becomes `stop`). A model may come to its
end with the last token that it is allowed: therefore a warning. The usage of several choices is one sum, and is not
judged, nor is a request with stop sequences.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import (
    all_of,
    asked_for_limit,
    has_usage,
    limit_asked,
    only_choice_ended_by,
)
from conformance.protocols.openai_chat.samples import WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = (
    WITH_USAGE.asking(max_completion_tokens=100),
    WITH_USAGE.asking(max_tokens=1),  # no limit that the server keeps
)
BAD = (WITH_USAGE.asking(max_completion_tokens=2), WITH_USAGE.asking(max_tokens=2))


def stops_at_nothing_else(stream: Stream[ChatView]) -> str | None:
    """The request names no stop sequences."""
    return "the request names stop sequences" if stream.asked.get("stop") else None


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("C27",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "`length` if the maximum number of tokens specified in the request was reached,",
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(only_choice_ended_by("stop"), stops_at_nothing_else, asked_for_limit, has_usage),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    event, usage, _ = stream.view.usages[-1]
    limit, used = limit_asked(stream), usage.get("completion_tokens")
    if limit and type(used) is int and used == limit:
        message = f"finish_reason is 'stop', but all {limit} allowed tokens were used: expected 'length'"
        yield Fault(message, event, "/usage/completion_tokens")
