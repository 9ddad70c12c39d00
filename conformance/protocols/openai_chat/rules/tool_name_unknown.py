"""A tool call names a function that the request does not offer.

The model may call the functions of the request and no others; a client looks the name up and finds nothing. A name
that was joined twice, cut, or put in a namespace by a gateway (`functions.weather`) is a fault of the stream; one that
the model invented is a fault of the server that let it through. A name that comes in pieces counts joined.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_tools, has_tool_calls, tools_asked
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS)
BAD = TOOL.swap('"name":"weather"', '"name":"functions.weather"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C39",),
    cite=Cite("https://platform.openai.com/docs/api-reference/chat/create", "A list of tools the model may call."),
    needs=(Evidence.REQUEST,),
    when=all_of(has_tool_calls, asked_for_tools),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    offered = tools_asked(stream)
    for choice, call in stream.view.calls():
        joined = "".join(value for _, value in call.names if isinstance(value, str))
        if call.name and call.name not in offered and joined not in offered:
            message = f"choice {choice.index}: {call.label} calls {call.name!r}, the request offers {_list(offered)}"
            yield Fault(message, call.first)


def _list(offered: dict[str, dict[str, object]]) -> str:
    names = sorted(offered)
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:8])} and {len(names) - 8} more"
