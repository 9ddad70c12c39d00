"""The usage counts no tokens, though the stream has some.

A prompt is never empty of tokens, and neither is a completion that brought text or a tool call. Zero means that the
server did not count: budgets and bills count nothing, and clients that watch how full the context is never compact it.
LocalAI did so for requests with tools.

Judged is the last usage of a stream, because some servers count along, from zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_usage
from conformance.protocols.openai_chat.samples import WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
_COUNTED = '"prompt_tokens":9,"completion_tokens":2,"total_tokens":11'
BAD = WITH_USAGE.swap(_COUNTED, '"prompt_tokens":0,"completion_tokens":0,"total_tokens":0')


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("C55",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "Number of tokens in the generated completion.",
        ),
        Cite(
            "https://github.com/mudler/LocalAI/issues/9927",
            "Streaming usage accounting returns zeros when tools/function calling are enabled.",
        ),
    ),
    breaks=(Breaks("OpenCode", "https://github.com/mudler/LocalAI/issues/9927"),),
    when=has_usage,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    event, usage, _ = stream.view.usages[-1]
    if usage.get("prompt_tokens") == 0:
        yield Fault("prompt_tokens is 0, and no prompt has none", event, "/usage/prompt_tokens")
    if usage.get("completion_tokens") == 0 and any(one.content or one.calls for one in stream.view.choices.values()):
        yield Fault("completion_tokens is 0, but the stream has text or tool calls", event, "/usage/completion_tokens")
