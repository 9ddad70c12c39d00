"""Several chunks carry usage.

Usage is for the whole request, and comes once. Clients that add up what they get bill a multiple where every chunk
carries the count so far (Perplexity, vLLM with `continuous_usage_stats`): 24 times as much in one report. Passed over
where the request asks for it with `stream_options.continuous_usage_stats`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asks_for_continuous_usage, has_usage
from conformance.protocols.openai_chat.samples import WITH_USAGE, usage_chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = WITH_USAGE.swap(usage_chunk(), usage_chunk() + usage_chunk())


def _asked_for_one(stream: Stream[ChatView]) -> str | None:
    return "the request sets continuous_usage_stats" if asks_for_continuous_usage(stream) else None


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("C54",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "it contains a null value **except for the last chunk** which contains the token usage statistics for the "
        "entire request.",
    ),
    breaks=(
        Breaks("Agno (before #6058)", "https://github.com/agno-agi/agno/pull/6058"),
        Breaks("Open WebUI", "https://github.com/open-webui/open-webui/issues/29064"),
        Breaks("OGX (Llama Stack)", "https://github.com/ogx-ai/ogx/issues/5122"),
    ),
    when=all_of(has_usage, _asked_for_one),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    view = stream.view
    if len(view.usages) > 1:
        yield Fault(
            f"{len(view.usages)} of {view.chunks} chunks carry usage, expected one", view.usages[1][0], "/usage"
        )
