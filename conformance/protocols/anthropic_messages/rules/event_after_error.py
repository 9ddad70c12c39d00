"""The stream goes on after an error.

An error ends the message. Gateways that close it in good order (message_delta, message_stop) turn the failure into a
success for every client that does not raise at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import END, ERROR, stop
from ..view import MessagesView

GOOD = ERROR
BAD = ERROR.but(body=ERROR.raw + (stop(0) + END).encode())


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("M39",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "We may occasionally send errors in the event stream.",
    ),
    when=has_errors,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("event-after-error")
