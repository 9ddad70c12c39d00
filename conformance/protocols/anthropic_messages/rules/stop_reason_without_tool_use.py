"""The stop reason and the tool calls do not agree.

`tool_use` says that the client is to run the tools that the message calls; a message that calls a tool and ends its
turn leaves the call unanswered. Either way an agent stands still. Calls of server tools are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import TEXT, TOOL
from ..view import CLIENT_TOOL, MessagesView

GOOD = TOOL
BAD = (TOOL.swap('"stop_reason":"tool_use"', '"stop_reason":"end_turn"'), TEXT.swap("end_turn", "tool_use"))


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("M29",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/message.py",
        '`"tool_use"`: the model invoked one or more tools',
    ),
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        if not message.deltas or message.whole:
            continue
        event, calls = message.deltas[-1][0], any(block.type == CLIENT_TOOL for block in message.blocks)
        if message.stop_reason == "tool_use" and not calls:
            yield Fault("stop_reason is 'tool_use', but the message calls no tool", event, "/delta/stop_reason")
        elif message.stop_reason == "end_turn" and calls:
            yield Fault("the message calls a tool, but stop_reason is 'end_turn'", event, "/delta/stop_reason")
