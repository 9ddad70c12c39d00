"""Chunks without usage leave the member out.

With `include_usage` every chunk has a `usage`, null in all but the one that counts; decoders that generate code from
the description rely on the key. Most clients read a missing member as null, so that this is only a warning. Chunks
without choices (content filter results, moderation) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_usage, has_usage
from conformance.protocols.openai_chat.samples import WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = WITH_USAGE.swap(',"usage":null', "")


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("C51",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat/create",
        "All other chunks will also include a `usage` field, but with a null value.",
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(asked_for_usage, has_usage),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    view, events = stream.view, stream.events
    missing = view.chunks - view.top_keys["usage"]
    missing -= sum("usage" not in events[event].parsed for event in view.empty) if missing else 0
    if missing:
        message = f"{missing} of {view.chunks} chunks have no `usage`, expected null"
        yield Fault(message, min(seen.first for shape, seen in view.top_shapes.items() if "usage" not in shape))
