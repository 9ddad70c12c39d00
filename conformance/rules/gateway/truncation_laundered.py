"""The upstream broke off, and the client reads a clean end without an error.

The most dangerous thing that a gateway can do: half an answer arrives as a whole one. HTTP says that the body is
complete, no event says that anything went wrong, and most clients do not ask whether the event that ends an answer
came. Half a JSON document is parsed, half a file is written, half a decision is taken.

A gateway can tell: by breaking off, too, or by an error in its protocol. Where it asked its upstream by HTTP/1.0 it
cannot know: a body without a length ends in that version as a broken one does. It need not ask so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import End, EndKind
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, Framing
from conformance.rules.gateway.conditions import answered, sides, when
from conformance.rules.gateway.samples import BROKEN, FAILED, through
from conformance.rules.gateway.words import counted

GOOD = (through(BROKEN).but(also=("http/body-incomplete",)), through(FAILED, BROKEN))
BAD = through(BROKEN.but(end=End(), also=("openai-chat/done-missing", "openai-chat/finish-missing")), BROKEN)


def _broke_off(found: Comparison) -> str | None:
    if found.framing[0] is not Framing.TRUNCATED:
        return "the upstream did not break off"
    return "the upstream had ended its answer before" if found.terminated[0] else None


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("W03", "T01"),
    cite=(
        Cite(
            "https://www.rfc-editor.org/rfc/rfc9112#section-8",
            "A message body that uses the chunked transfer coding is incomplete if the zero-sized chunk that "
            "terminates the encoding has not been received",
        ),
        Cite(
            "https://github.com/Dstack-TEE/private-ai-gateway/pull/98",
            "Clients kept the partial content as a complete answer",
        ),
        Cite(
            "https://github.com/preloop/preloop/issues/117",
            "gateway: provider mid-stream disconnect leaves SSE clients with silent truncation",
        ),
    ),
    breaks=(
        Breaks(
            "OpenAI SDKs, LangChain, AI SDK: the answer counts as whole",
            "https://github.com/open-webui/open-webui/issues/29628",
        ),
    ),
    on=On.RESPONSE,
    when=when(answered, _broke_off),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    above = found.above
    if above is None or not found.looks_well:
        return
    ours, theirs = found.said
    ends = [*theirs.finish, *(["[DONE]"] * found.sentinels[1])]
    how = "reset" if above.recording.end.kind is EndKind.RESET else "closed"
    told = f", and reads {' and '.join(ends)}" if ends and not ours.finish else ""
    old = " (asked by HTTP/1.0, where a close is an end)" if above.recording.http_version == "HTTP/1.0" else ""
    yield Fault(
        f"the upstream's connection was {how} behind {counted(len(above.events), 'event')}{old}; "
        f"the client's answer ends cleanly, without an error{told}"
    )
