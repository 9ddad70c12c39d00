"""An event of the upstream does not reach the client.

Events that say nothing are meant: a ping that keeps the connection alive, a chunk that names the role, a step of a
tool that the provider runs itself. Where text, a call or usage is lost with them, the rules about these speak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.said import told
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import ROLE, SAME, TEXT, through
from conformance.rules.gateway.words import counted

GOOD = SAME
BAD = through(TEXT.swap(ROLE, "").but(also=("openai-chat/role-missing",)), TEXT)


def _said_alike(found: Comparison) -> str | None:
    ours, theirs = (replace(side, error=None) for side in found.said)
    return None if ours == theirs else "what was said differs: other rules speak for it"


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=(
        Cite(
            "https://github.com/envoyproxy/ai-gateway/issues/2548",
            "Anthropic streaming ping event is dropped in OpenAI chat completion translation (breaks keep-alive "
            "on idle connections)",
        ),
        Cite(
            "https://github.com/LuthienResearch/luthien-proxy/pull/804",
            "The gateway therefore forwards nothing to the client between `message_start` and the first content event.",
        ),
    ),
    on=On.RESPONSE,
    when=when(compared, _said_alike),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    lost = [found.above.events[n] for n in found.alignment.lost] if found.above is not None else []
    kinds = Counter(event.kind for event in lost if event.kind != "[DONE]" and not told(event.parsed))
    for kind, count in kinds.items():
        yield Fault(f"{counted(count, 'event')} of the kind {kind} did not arrive")
