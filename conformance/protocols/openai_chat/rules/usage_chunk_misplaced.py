"""The chunk that carries the usage has choices.

It is a chunk for itself, and its `choices` are empty: that is how clients and gateways know it. One with a choice in
it, even an empty one, is read as text: LiteLLM counts the tokens itself instead. OpenRouter and LiteLLM send such a
chunk. Usage on the finish chunk is `usage-on-finish-chunk`. Where several chunks carry usage, the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_usage, has_usage
from conformance.protocols.openai_chat.samples import WITH_USAGE, chunk, usage_chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = WITH_USAGE.swap(
    usage_chunk(), chunk({"content": ""}, usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11})
)


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("C50",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat/create",
            "and the `choices` field will always be an empty array.",
        ),
        Cite(
            "https://github.com/BerriAI/litellm/issues/28735",
            "[Bug]: Synthetic include_usage chunk violates OpenAI spec — usage event has non-empty choices instead of "
            "choices: []`",
        ),
    ),
    breaks=(Breaks("LiteLLM", "https://github.com/ARahim3/mlx-dspark/issues/37"),),
    needs=(Evidence.REQUEST,),
    when=all_of(asked_for_usage, has_usage),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    event, _, with_choices = stream.view.usages[-1]
    if with_choices and all(event != at for choice in stream.view.choices.values() for at, _ in choice.finishes[:1]):
        yield Fault("the chunk that carries the usage has choices, expected an empty list", event, "/choices")
