"""The stream ends without `data: [DONE]`.

The message tells a whole stream from one that a proxy cut off. Clients that wait for it hang until a timeout, above all
where the connection stays open and comments keep it alive; careful ones take the answer for incomplete. Not reported
where an error or the network broke the stream off, and where what was meant as `[DONE]` came in another form.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import ended_whole, inexact_sentinels, is_sentinel_like
from conformance.protocols.openai_chat.samples import ROLE, TEXT, event, stream
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, stream(ROLE, event({"error": {"message": "overloaded"}}), done=False))
BAD = TEXT.swap("data: [DONE]\n\n", "")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C61",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat/create",
            "If set, an additional chunk will be streamed before the `data: [DONE]` message.",
        ),
        Cite(
            "https://platform.openai.com/docs/api-reference/completions/create",
            "as they become available, with the stream terminated by a `data: [DONE]` message.",
        ),
        Cite(
            "https://github.com/maximhq/bifrost/issues/6784",
            "[Bug]: Chat completion stream hangs forever after finish_reason when upstream omits [DONE] but keeps "
            "sending heartbeats",
        ),
    ),
    breaks=(
        Breaks("Bifrost", "https://github.com/maximhq/bifrost/issues/2910"),
        Breaks("text-generation-webui clients", "https://github.com/oobabooga/textgen/issues/4778"),
    ),
    needs=(Evidence.FRAMING,),
    complete=True,
    when=ended_whole,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    left = stream.facts.unterminated
    meant = inexact_sentinels(stream) or (left is not None and is_sentinel_like(left.raw))
    if not stream.view.done and not meant:
        yield Fault("the stream ends without data: [DONE]", len(stream.events) - 1)
