"""A finished tool call has no arguments at all.

Even a function without parameters is called with `{}`: the empty string is no JSON, and clients that parse it throw.
Only a warning: many read it as `{}`, and nothing is lost where the function takes no arguments; the message says
whether it does, where the request tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.calls import finished_calls
from conformance.protocols.openai_chat.conditions import all_of, has_tool_calls, tool_calls_finished, tools_asked
from conformance.protocols.openai_chat.samples import TOOL, WHOLE_TOOL
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, WHOLE_TOOL)
BAD = WHOLE_TOOL.swap('{\\"city\\":\\"Oslo\\"}', "")


@rule(
    level=Level.WARNING,
    family=Family.TOOLS,
    statements=("C35",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "you're aggregating chunks into an encoded `arguments` JSON object.",
    ),
    when=all_of(has_tool_calls, tool_calls_finished),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in finished_calls(stream.view):
        if not call.joined and all(isinstance(value, str) for _, value in call.arguments):
            takes = _takes(tools_asked(stream).get(call.name))
            message = f"choice {choice.index}: {call.label} ({call.name}) ends with no arguments, expected {{}}{takes}"
            yield Fault(message, call.events[-1])


def _takes(definition: dict[str, object] | None) -> str:
    """Whether the function takes arguments, as far as the request tells."""
    if definition is None:
        return ""
    parameters = definition.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    return "; the function takes some" if properties else "; the function takes none"
