"""The client is told other numbers of tokens than the upstream counted.

Gateways that take a stream apart and put it together again count anew, estimate, or lose what they do not know; what
is billed is then not what was used. Compared are the tokens of the prompt and of the answer, whatever each protocol
calls them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import heard, sides, when
from conformance.rules.gateway.samples import SAME, TEXT, through

GOOD = SAME
BAD = through(TEXT.swap('"prompt_tokens":9,', '"prompt_tokens":8,').swap(":11}", ":10}"), TEXT)


def _both_count(found: Comparison) -> str | None:
    if found.said[1].error is not None:
        return "the client is told of an error, and nobody bills by it"
    return None if all(side.tokens for side in found.said) else "one of the two sides tells no usage"


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/36083",
        "[Bug]: v1.95.0 streaming usage drops cached_tokens and overcharges cached input",
    ),
    on=On.RESPONSE,
    when=when(heard, _both_count),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    ours, theirs = (side.tokens for side in sides(stream).said)
    if ours is None or theirs is None:
        return
    for what, sent, got in (("prompt", ours.input, theirs.input), ("answer", ours.output, theirs.output)):
        if sent is not None and sent != got:
            yield Fault(f"the {what} has {sent} tokens, the client is told {'none' if got is None else got}")
