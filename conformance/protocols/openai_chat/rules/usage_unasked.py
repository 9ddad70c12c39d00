"""Usage came, though the request does not ask for it.

Without `stream_options.include_usage` no chunk carries usage. A client that did not ask may not expect a chunk without
choices (`choices[0]` is an IndexError), and one that reads usage by luck gets none from the next server. Mistral, Groq,
xAI, Together and DeepSeek always send it, OpenRouter as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import asked_for_no_usage
from conformance.protocols.openai_chat.samples import TEXT, WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = (WITH_USAGE, TEXT)
BAD = WITH_USAGE.asking(stream_options={"include_usage": False})


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("C53",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            'An optional field that will only be present when you set `stream_options: {"include_usage": true}` in '
            "your request.",
        ),
        Cite(
            "https://github.com/nguyenphutrong/quotio/issues/460",
            "Gate client-facing usage chunk on stream_options.include_usage",
        ),
    ),
    needs=(Evidence.REQUEST,),
    when=asked_for_no_usage,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    usages = stream.view.usages
    if usages:
        times = "a chunk carries" if len(usages) == 1 else f"{len(usages)} chunks carry"
        yield Fault(f"{times} usage, and the request does not set stream_options.include_usage", usages[0][0], "/usage")
