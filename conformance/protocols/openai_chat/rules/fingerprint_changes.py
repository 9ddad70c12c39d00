"""The `system_fingerprint` is not the same in all chunks.

It names the configuration of the backend that generates the answer, and one answer has one. The member is deprecated
and may be missing, null or empty, in some chunks too (vLLM sends it at the end only); none of that is reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TEXT.swap('"created"', '"system_fingerprint":"fp_1","created"', 1))
BAD = TEXT.swap('"created"', '"system_fingerprint":"fp_1","created"').swap('"fp_1"', '"fp_2"', 1)


@rule(
    level=Level.NOTE,
    family=Family.SHAPE,
    statements=("C05",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "This fingerprint represents the backend configuration that the model runs with.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    prints = [(value, event) for value, event in stream.view.fingerprints.items() if isinstance(value, str) and value]
    if len(prints) > 1:
        (first, _), (other, event) = prints[0], prints[1]
        message = f"{len(prints)} different values of system_fingerprint in one stream: {first!r}, then {other!r}"
        yield Fault(message, event, "/system_fingerprint")
