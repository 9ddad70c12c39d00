"""What the client's stream lacks, its upstream had sent.

The rules of the protocol find that the end, `[DONE]`, the usage or the end of the body is missing. Here stands who is
to blame: the upstream sent it, or was not even asked for it, and the gateway lost it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, Framing
from conformance.rules.gateway.conditions import heard, sides, when
from conformance.rules.gateway.samples import DONE, LAST, SAME, TEXT, through

GOOD = SAME
BAD = (
    through(TEXT.swap(DONE, "").but(also=("openai-chat/done-missing",)), TEXT),
    through(TEXT.swap(LAST, "").but(also=("openai-chat/usage-missing",)), TEXT),
)


def _unasked(found: Comparison) -> bool:
    """True where usage must be asked for, and was not."""
    above = found.above
    if above is None or not above.protocol.name.startswith(("openai-chat", "openai-completions")):
        return False
    options = above.asked.get("stream_options")
    return not (isinstance(options, dict) and options.get("include_usage") is True)


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("W03",),
    cite=(
        Cite(
            "https://github.com/openclaw/openclaw/issues/90495",
            "The `usage` field is never present in the final SSE data chunk",
        ),
        Cite(
            "https://www.rfc-editor.org/rfc/rfc9110#section-7.7",
            "A proxy that transforms the content of a 200 (OK) response can inform downstream recipients",
        ),
    ),
    on=On.RESPONSE,
    when=when(heard),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    ours, theirs = found.said
    if theirs.error is not None:
        return
    if found.sentinels[0] and not found.sentinels[1] and not found.translated:
        yield Fault("the upstream sent [DONE]: the gateway lost it")
    elif found.terminated[0] and not found.terminated[1]:
        yield Fault("the upstream ended its answer: the gateway lost the event that does")
    if ours.finish and not theirs.finish:
        yield Fault(f"the upstream told why it ended ({', '.join(ours.finish)}): the gateway lost it")
    if theirs.tokens is None and found.usage_asked and found.terminated[1]:
        if ours.tokens is not None:
            yield Fault("the upstream sent usage, and the client asked for it: the gateway lost it")
        elif _unasked(found):
            yield Fault("the client asked for usage, and the gateway did not ask its upstream for it")
    if found.framing == (Framing.CLEAN, Framing.TRUNCATED):
        yield Fault("the upstream's body ended as HTTP says: the gateway broke it off")
