"""Later fragments repeat the id or the name of their tool call.

Both belong into the first fragment; OpenAI sends them nowhere else. The official Python client joins strings, and
calls `read_fileread_file` with the id `call_1call_1`; so do clients that copied its loop. Empty strings and null are
passed over: joined, they change nothing. Where the id changes, another call begins (`tool-call-id-changes`). One
finding per call.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS, TOOL.swap('"function":{"arguments":"{', '"id":"","function":{"name":"","arguments":"{'))
BAD = (
    TOOL.swap('"function":{"arguments":"{', '"id":"call_1","function":{"arguments":"{'),
    TOOL.swap('"function":{"arguments":"{', '"function":{"name":"weather","arguments":"{'),
)


@rule(
    level=Level.WARNING,
    family=Family.TOOLS,
    statements=("C33",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "Many of these fields are only set for the first `delta` of each tool call, like `id`, `function.name`, and "
        "`type`.",
    ),
    breaks=(
        Breaks(
            "openai-python", "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/_deltas.py"
        ),
        Breaks("hermes-agent", "https://github.com/NousResearch/hermes-agent/issues/8259"),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in stream.view.calls():
        again = []
        for what, values in (("id", call.ids), ("name", call.names)):
            sent = [(event, value) for event, value in values if isinstance(value, str) and value]
            if len(sent) > 1 and len(call.sent(values)) == 1:
                again.append((sent[1][0], f"its {what} {sent[0][1]!r} in {len(sent)}"))
        if again and len(call.sent(call.ids)) < 2:
            what = " and ".join(words for _, words in again)
            message = f"choice {choice.index}: {call.label} sends {what} of {len(call.events)} fragments"
            yield Fault(message, min(event for event, _ in again))
