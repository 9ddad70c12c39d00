"""The stream goes on after an error.

Clients raise the error and stop reading, so that what follows is lost; translators that read on turn the failure into a
finished answer. Only `[DONE]` may follow.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_error
from conformance.protocols.openai_chat.samples import FINISH, ROLE, TEXT, event, stream
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, stream(ROLE, event({"error": {"message": "overloaded"}})))
BAD = TEXT.swap(FINISH, event({"error": {"message": "overloaded"}}) + FINISH)


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("C62",),
    cite=(
        Cite(
            "https://github.com/openai/openai-python/blob/main/src/openai/_streaming.py",
            'message = "An error occurred during streaming"',
        ),
        Cite(
            "https://github.com/NVIDIA-NeMo/Switchyard/pull/305",
            "fix(translation): stop streams after in-band errors",
        ),
    ),
    when=has_error,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    faults = list(stream.order_faults("data-after-error"))
    if faults:
        first = faults[0].event or 0
        kinds = ", ".join(dict.fromkeys(event.kind for event in stream.events[first:] if event.kind != "[DONE]"))
        yield Fault(f"the stream goes on after its error: {kinds}", first)
