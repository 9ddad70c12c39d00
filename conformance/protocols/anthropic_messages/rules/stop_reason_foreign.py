"""The stop reason is that of another API.

Gateways that translate from Chat Completions or Gemini pass `stop`, `length`, `tool_calls` or `STOP` through. Clients
compare with `end_turn`, `max_tokens` and `tool_use`, and take the rest for unknown: tools are not run, a cut answer
looks whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_stop_reason
from ..samples import TEXT, WHOLE
from ..view import FOREIGN_REASONS, MessagesView

GOOD = TEXT
BAD = (TEXT.swap("end_turn", "stop"), WHOLE.swap('"stop_reason":"tool_use"', '"stop_reason":"tool_calls"'))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("M27",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/stop_reason.py",
        '"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", '
        '"model_context_window_exceeded"',
    ),
    when=has_stop_reason,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        for event, pointer, reason in message.reasons:
            if isinstance(reason, str) and (reason in FOREIGN_REASONS or reason.isupper() or not reason):
                yield Fault(f"stop_reason is {reason!r}, which is no value of this API", event, pointer)
