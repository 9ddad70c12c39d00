"""Usage came on the finish chunk, not on a chunk of its own.

The chunk that carries the usage has empty `choices`: that is how clients and gateways know it. LiteLLM passes over a
usage that comes with a choice, counts the tokens itself, and loses what was cached or thought, so that the bill is
wrong. DeepSeek, Groq, Mistral, Z.ai, Together, Moonshot and Cerebras send it so.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_usage, has_usage
from conformance.protocols.openai_chat.samples import USAGE_ON_FINISH, WITH_USAGE
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = USAGE_ON_FINISH


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
            "https://github.com/BerriAI/litellm/issues/36168",
            "[Bug]: streaming drops upstream `usage` when the final chunk has a non-empty `choices` array "
            "(cached_tokens lost, cost billed at full input rate)",
        ),
    ),
    breaks=(Breaks("LiteLLM", "https://github.com/BerriAI/litellm/issues/36168"),),
    needs=(Evidence.REQUEST,),
    when=all_of(asked_for_usage, has_usage),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    event, _, with_choices = stream.view.usages[-1]
    if with_choices and any(event == at for choice in stream.view.choices.values() for at, _ in choice.finishes[:1]):
        message = "usage stands on the finish chunk, expected on one more chunk with empty choices"
        yield Fault(message, event, "/choices")
