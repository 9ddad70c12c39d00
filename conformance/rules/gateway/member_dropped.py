"""Members of the upstream's events are missing at the client.

A gateway that writes events anew from its own types loses what these do not know: fields of the provider, details of
usage, log probabilities. Clients that were written against the provider miss them. That a member which is null is
left out says less, and yet strict readers raise on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency_change import Kind
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import TEXT, through
from conformance.rules.gateway.words import paths_of

_MORE = TEXT.swap('"model":"gpt-x"', '"model":"gpt-x","system_fingerprint":"fp_1"')
GOOD = through(_MORE)
BAD = through(TEXT, _MORE)


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/36882",
        "[Bug]: LiteLLM Proxy v1.93.0 intermittently drops prompt_tokens_details.cached_tokens from final "
        "streaming usage",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for kind, what in ((Kind.DROPPED, "dropped"), (Kind.NULL_DROPPED, "dropped where they are null")):
        found = [change for change in sides(stream).changes if change.kind is kind]
        if found:
            yield Fault(f"{what}: {paths_of(found)}", found[0].event)
