"""The usage does not fit its schema.

It is null, or an object with `prompt_tokens`, `completion_tokens` and `total_tokens`, each an integer that is not
negative. Clients add them up; a missing one is a KeyError at the end of an answer that was already paid for.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_usage_member
from conformance.protocols.openai_chat.samples import WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = (
    WITH_USAGE.swap(',"total_tokens":11', ""),
    WITH_USAGE.swap('"prompt_tokens":9', '"prompt_tokens":"9"'),
    WITH_USAGE.swap('"prompt_tokens":9', '"prompt_tokens":-1').swap('"total_tokens":11', '"total_tokens":1'),
)


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("C55",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "Usage statistics for the completion request.",
    ),
    when=has_usage_member,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("usage-shape")
