"""Events follow `data: [DONE]`.

Clients stop reading at it: whatever comes after is never seen, be it text, usage or an error. Comments and blank lines
are no events, and a second `[DONE]` has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT, WITH_USAGE, usage_chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = WITH_USAGE.swap(usage_chunk(), "").swap("data: [DONE]\n\n", "data: [DONE]\n\n" + usage_chunk())


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C61",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/create",
        "with the stream terminated by a `data: [DONE]` message.",
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    faults = list(stream.order_faults("data-after-done"))
    if faults:
        done, first = stream.view.done[0], faults[0].event or 0
        kinds = ", ".join(dict.fromkeys(event.kind for event in stream.events[done + 1 :] if event.kind != "[DONE]"))
        yield Fault(f"events follow data: [DONE]: {kinds}", first)
