"""Several tool calls came, though the request forbids it.

With `parallel_tool_calls: false` a client runs one tool per turn: it takes the first call and drops the others, or
stops. Servers that do not know the parameter ignore it in silence.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_one_tool, has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL.asking(parallel_tool_calls=False), TWO_TOOLS)
BAD = TWO_TOOLS.asking(parallel_tool_calls=False)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C39",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "You can prevent this by setting `parallel_tool_calls` to `false`, which ensures exactly zero or one tool is "
        "called.",
    ),
    breaks=(Breaks("AnythingLLM", "https://github.com/Mintplex-Labs/anything-llm/pull/5630"),),
    needs=(Evidence.REQUEST,),
    when=all_of(has_tool_calls, asked_for_one_tool),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if len(choice.calls) > 1:
            names = ", ".join(call.name for call in choice.calls.values())
            event = list(choice.calls.values())[1].first
            message = f"choice {choice.index}: {len(choice.calls)} tool calls ({names}), parallel_tool_calls is false"
            yield Fault(message, event)
