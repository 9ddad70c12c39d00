"""`total_tokens` is not the sum of prompt and completion.

The total is prompt plus completion, and reasoning is a part of the completion. xAI counts reasoning beside the
completion and adds it to the total; whoever bills by the completion then bills too little.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_usage
from conformance.protocols.openai_chat.samples import WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = WITH_USAGE.swap('"total_tokens":11', '"total_tokens":354')


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("C56",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "Total number of tokens used in the request (prompt + completion).",
    ),
    when=has_usage,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    event, usage, _ = stream.view.usages[-1]
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    prompt, completion, total = (count if type(count) is int else None for count in counts)
    if prompt is None or completion is None or total is None or total == prompt + completion:
        return
    sum_ = f"prompt_tokens {prompt} + completion_tokens {completion} are {prompt + completion}"
    yield Fault(f"total_tokens is {total}, {sum_}", event, "/usage/total_tokens")
