"""The upstream is asked for more than the client asked for.

Most gateways count tokens, and ask for usage on their own account. That is well as long as they keep it to
themselves: the client that did not ask must not get it (`openai-chat/usage-unasked`). Other additions (defaults of
temperature, metadata, safety settings) change what the model says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import asked_alike, has_alias, sides, when
from conformance.rules.gateway.samples import ASKED, LAST, SAME, TEXT, through
from conformance.rules.gateway.words import quoted

_UNASKED = TEXT.swap(LAST, "").but(request={name: ASKED[name] for name in ("model", "stream", "messages")})
GOOD = SAME
BAD = through(_UNASKED, _UNASKED.asking(stream_options={"include_usage": True}))


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D05",),
    cite=Cite(
        "https://github.com/envoyproxy/ai-gateway/pull/936", "extproc: force stream_options.include_usage=true part 2"
    ),
    on=On.RESPONSE,
    needs=(Evidence.REQUEST,),
    when=when(asked_alike),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    sent = found.above.asked if found.above is not None else {}
    for name, value in sent.items():
        if has_alias(name, value, found.below.asked):
            continue
        if name not in found.below.asked:
            yield Fault(f"{name} = {quoted(value)} is asked of the upstream, and not by the client")
        elif isinstance(value, dict) and isinstance(asked := found.below.asked[name], dict):
            for key in value.keys() - asked.keys():
                yield Fault(f"{name}.{key} = {quoted(value[key])} is asked of the upstream, and not by the client")
