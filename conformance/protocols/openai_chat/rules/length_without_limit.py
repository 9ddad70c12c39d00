"""The `finish_reason` is `length` although the limit was not reached.

The reason says that the tokens that the request allows were used up. Clients ask for a continuation, or tell the user
to raise the limit; neither helps where something else cut the answer off. Reasoning tokens are added, because some
count them apart. The usage of several choices is one sum, and is not judged. The window of the model may have been
full: therefore a warning.
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

GOOD = WITH_USAGE.swap('"stop"', '"length"').asking(max_completion_tokens=2)
BAD = WITH_USAGE.swap('"stop"', '"length"').asking(max_completion_tokens=100)


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("C27",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "`length` if the maximum number of tokens specified in the request was reached,",
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(only_choice_ended_by("length"), asked_for_limit, has_usage),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    event, usage, _ = stream.view.usages[-1]
    limit, used = limit_asked(stream), _tokens(usage)
    if limit is not None and used is not None and used < limit:
        message = f"finish_reason is 'length', but {used} of {limit} allowed tokens were used"
        yield Fault(message, event, "/usage/completion_tokens")


def _tokens(usage: dict[str, object]) -> int | None:
    """Completion tokens, and the reasoning tokens on top: some count these apart, and more never makes a finding."""
    completion, details = usage.get("completion_tokens"), usage.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if type(completion) is not int:
        return None
    return completion + (reasoning if type(reasoning) is int else 0)
