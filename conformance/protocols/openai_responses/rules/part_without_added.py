"""Events are about a content part that was never added.

`response.content_part.added` (for summaries `response.reasoning_summary_part.added`, for shell commands
`response.shell_call_command.added`) opens a part and says of what type it is. OpenAI's stream helper throws when text
comes for a part that it does not have. One finding per part.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, PART_ADDED
from conformance.protocols.openai_responses.conditions import first_missteps, has_channel
from conformance.protocols.openai_responses.samples import (
    REASONING,
    REASONING_EVENTS,
    SHELL,
    SHELL_EVENTS,
    TEXT,
    TEXT_EVENTS,
)
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REASONING, SHELL)
BAD = (
    stream(*drop(TEXT_EVENTS, "content_part.added")),
    stream(*drop(REASONING_EVENTS, "reasoning_summary_part.added")),
    stream(*drop(SHELL_EVENTS, "shell_call_command.added")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R15", "R16", "R37", "R66"),
    cite=PART_ADDED,
    breaks=(
        Breaks("openai-python stream helper", HELPER),
        Breaks("SDK shows an empty reply", "https://github.com/Sophomoresty/gemini-web2api/pull/57"),
    ),
    when=has_channel(),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "part-without-added"):
        kind = stream.events[fault.event or 0].kind
        yield Fault(f"{fault.message.partition(':')[0]} was not added before {kind}", fault.event)
