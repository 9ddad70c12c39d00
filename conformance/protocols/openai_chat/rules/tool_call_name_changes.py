"""A later fragment brings another name for its tool call.

The name comes whole in the first fragment. Where a second one follows, the official Python client joins them, the
official Node client keeps the last, most others keep the first: each runs another tool, or none. Names that are cut
in pieces (some Mistral and vLLM parsers) fall under this too. Where the id changes as well, two calls share one index:
that is `tool-call-id-changes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS)
BAD = TOOL.swap('"name":"weather"', '"name":"wea"').swap(
    '"function":{"arguments":"{', '"function":{"name":"ther","arguments":"{'
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C33",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "Many of these fields are only set for the first `delta` of each tool call, like `id`, `function.name`, and "
        "`type`.",
    ),
    breaks=(Breaks("openclaw", "https://github.com/openclaw/openclaw/pull/130532"),),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in stream.view.calls():
        names = call.sent(call.names)
        if len(names) > 1 and len(call.sent(call.ids)) < 2:
            (first, _), (other, event) = list(names.items())[:2]
            yield Fault(f"choice {choice.index}: {call.label} is named {first!r}, then {other!r}", event)
