"""Deltas, or a second `.done` event, come after the `.done` event.

The `.done` event holds the whole value: nothing is added to it. A client that appends what follows has more than the
server meant, and one that ran the call has run it with less. One finding per part or call.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import DELTAS_END, STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps, has_channel
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS, TOOL, TOOL_EVENTS
from conformance.protocols.openai_responses.script import double, put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TOOL)
BAD = (
    stream(*put(TEXT_EVENTS, "output_text.done", TEXT_EVENTS[4])).but(
        also=("openai-responses/text-differs-from-deltas", "openai-responses/done-event-missing")
    ),
    stream(*double(TOOL_EVENTS, "function_call_arguments.done")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R17", "R19"),
    cite=(DELTAS_END, Cite(STREAMING, "The text content that is finalized.")),
    breaks=(Breaks("Codex CLI", "https://github.com/diegosouzapw/OmniRoute/issues/13693"),),
    when=has_channel(),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "delta-after-done"):
        kind = stream.events[fault.event or 0].kind
        yield Fault(f"{fault.message.partition(':')[0]}: {kind} comes after the .done event", fault.event)
