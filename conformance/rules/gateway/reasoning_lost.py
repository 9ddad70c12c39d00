"""The upstream's reasoning does not reach the client whole.

Chat Completions has no place for it, and so each gateway chooses: some hand `reasoning_content` on, some rename it,
some drop it. Clients that show the thinking show nothing, and models that want their own reasoning back in the next
turn go without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import heard, sides, when
from conformance.rules.gateway.samples import THOUGHT, chunk, through
from conformance.rules.gateway.words import difference

GOOD = through(THOUGHT)
BAD = through(THOUGHT.swap(chunk('{"reasoning_content":"Hm, well."}'), ""), THOUGHT)


def _thought(found: Comparison) -> str | None:
    return None if found.said[0].reasoning else "the upstream sent no reasoning"


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    cite=Cite("https://github.com/Nayjest/lm-proxy/issues/69", "Drops reasoning chunks on the floor"),
    breaks=(Breaks("users of LM-Proxy", "https://github.com/Nayjest/lm-proxy/issues/69"),),
    on=On.RESPONSE,
    when=when(heard, _thought),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    ours, theirs = sides(stream).said
    if ours.reasoning != theirs.reasoning:
        yield Fault(difference(ours.reasoning, theirs.reasoning, "reasoning"))
