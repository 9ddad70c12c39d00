"""A member of the upstream's events has another name at the client.

`reasoning_content` becomes `reasoning`, and clients that read the one show nothing of the other. The value is there,
and nobody finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency_change import Kind
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import THOUGHT, through
from conformance.rules.gateway.words import counted

GOOD = through(THOUGHT)
BAD = through(THOUGHT.swap("reasoning_content", "reasoning"), THOUGHT)


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    cite=(
        Cite(
            "https://github.com/BerriAI/litellm/pull/22573",
            "fix(streaming): map vLLM 'reasoning' field to 'reasoning_content' in Delta",
        ),
        Cite(
            "https://github.com/strands-agents/harness-sdk/pull/2191",
            "fix(openai): support vLLM >=0.19.1 delta.reasoning field for streaming reasoning content",
        ),
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for change in sides(stream).changes:
        if change.kind is Kind.RENAMED:
            yield Fault(f"{change.before} became {change.after} ({counted(change.count, 'event')})", change.event)
