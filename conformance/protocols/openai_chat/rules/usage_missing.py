"""The request asks for usage, and none came.

With `stream_options.include_usage` one more chunk comes before `[DONE]`; without it nobody knows what the request
cost. Only streams that reached their end are judged: whoever is cut off gets no usage, and the description says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import End, EndKind, Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_usage, reached_its_end
from conformance.protocols.openai_chat.samples import WITH_USAGE, usage_chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = (WITH_USAGE, WITH_USAGE.swap(usage_chunk(), "").but(end=End(EndKind.CANCELLED)))
BAD = WITH_USAGE.swap(usage_chunk(), "")


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("C50", "C58"),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat/create",
        "If set, an additional chunk will be streamed before the `data: [DONE]` message.",
    ),
    needs=(Evidence.REQUEST,),
    complete=True,
    when=all_of(asked_for_usage, reached_its_end),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    view = stream.view
    if not view.usages:
        message = f"include_usage is true, and none of the {view.chunks} chunks before the end carries usage"
        yield Fault(message, view.done[0] if view.done else len(stream.events) - 1)
