"""A delta holds the same reasoning as `reasoning` and as `reasoning_content`.

The two are names of one thing. Servers send both for the sake of old and new clients; clients that read both show
every thought twice. One finding per choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_reasoning
from conformance.protocols.openai_chat.samples import REASONING
from conformance.protocols.openai_chat.view import REASONING_FIELDS, ChatView, delta_of

GOOD = (REASONING, REASONING.swap('"reasoning_content":"Think"', '"reasoning_content":"Think","reasoning":null'))
BAD = REASONING.swap('"reasoning_content":"Think"', '"reasoning_content":"Think","reasoning":"Think"')


@rule(
    level=Level.WARNING,
    family=Family.REASONING,
    statements=("C45",),
    cite=(
        Cite(
            "https://openrouter.ai/docs/guides/best-practices/reasoning-tokens",
            "You can also use `reasoning_content` as an alias - it functions identically to `reasoning`.",
        ),
        Cite(
            "https://github.com/MoonshotAI/kimi-code/issues/3928",
            "Thinking text doubled when server mirrors reasoning deltas into both `reasoning_content` and `reasoning`",
        ),
    ),
    breaks=(Breaks("Kimi Code", "https://github.com/MoonshotAI/kimi-code/issues/3928"),),
    when=has_reasoning,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    if not stream.view.delta_keys.keys() >= set(REASONING_FIELDS):
        return
    for choice in stream.view.choices.values():
        deltas = ((event, delta_of(stream.events[event], choice.index)) for event, _ in choice.reasoning)
        twice = [event for event, delta in deltas if delta.get("reasoning") == delta.get("reasoning_content")]
        if twice:
            message = f"choice {choice.index}: {len(twice)} of {len(choice.reasoning)} reasoning deltas hold it twice"
            yield Fault(message, twice[0])
