"""A delta's reasoning is not a string.

`reasoning_content` and `reasoning` are what servers call the thoughts of the model; the official description knows
neither, but all who send them send strings, or null. Structured thoughts belong in `reasoning_details`. Clients that
add strings end with a TypeError, or show `[object Object]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import any_of, has_delta_member
from conformance.protocols.openai_chat.samples import REASONING
from conformance.protocols.openai_chat.view import ChatView

GOOD = REASONING
BAD = REASONING.swap('"reasoning_content":"Think"', '"reasoning_content":{"text":"Think"}')


@rule(
    level=Level.ERROR,
    family=Family.REASONING,
    statements=("C44",),
    cite=(
        Cite("https://api-docs.deepseek.com/guides/reasoning_model", "The content of the CoT"),
        Cite(
            "https://openrouter.ai/docs/guides/best-practices/reasoning-tokens",
            "For models that only return raw reasoning strings, you can use the simpler `reasoning` field.",
        ),
    ),
    when=any_of(has_delta_member("reasoning_content"), has_delta_member("reasoning")),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("reasoning-not-a-string")
