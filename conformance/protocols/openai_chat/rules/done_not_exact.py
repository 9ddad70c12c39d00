"""The last message is almost `[DONE]`, but not exactly.

Clients compare the data with the six characters `[DONE]`, or look for them at its start. In quotes (a serializer that
was given a string), without brackets, in lower case, and for some with a space behind, they are not found: the reader
parses them as JSON and fails after the whole answer has come, or waits for more.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import inexact_sentinels
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = (
    TEXT.swap("[DONE]", '"[DONE]"'),
    TEXT.swap("[DONE]", "[DONE] ").but(also=("sse/payload-not-json",)),
    TEXT.swap("[DONE]", "DONE").but(also=("sse/payload-not-json",)),
)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C61",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/completions/create",
            "with the stream terminated by a `data: [DONE]` message.",
        ),
        Cite(
            "https://github.com/openai/openai-python/blob/main/src/openai/_streaming.py",
            'if sse.data.startswith("[DONE]"):',
        ),
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for event in inexact_sentinels(stream):
        yield Fault(f"data is {stream.events[event].data!r}, expected [DONE]", event)
