"""The stream has `id` fields.

An `id` lets a browser resume a stream where it broke off. LLM streams answer a POST and are not resumed that way. An id
stays set until another one comes, and the official Python SDKs and `httpx-sse` then take every further blank line, such
as the one behind a comment, for an event with empty data: the first keep-alive ends the stream with a JSON error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.samples import CHAT

GOOD = CHAT
BAD = CHAT.swap("data: {", "id: 1\ndata: {")


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S14",),
    cite=(
        Cite("https://www.openresponses.org/specification", "Servers SHOULD NOT use `id`."),
        Cite("https://github.com/theopenco/llmgateway/pull/2334", "fix(gateway): single-newline SSE keepalive"),
    ),
    breaks=(Breaks("openai-python up to 2.37", "https://github.com/theopenco/llmgateway/pull/2334"),),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    facts = stream.facts
    found = [*facts.ids, *facts.ignored_ids]
    if found:
        first = min(found)
        yield Fault(f"{len(found)} `id` fields, the first with the value {first.text[:60]!r}", offset=first.start)
