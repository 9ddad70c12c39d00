"""Reasoning goes on after the answer has begun.

Models think first and answer then, and clients close the thoughts with the first word of the answer: what comes later
opens a second block in the middle of the text, or is lost. Passed over: reasoning after a tool call, and in streams
where the server runs tools itself and reports them (`executed_tools`), since the model thinks again after each. One
finding per choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_reasoning
from conformance.protocols.openai_chat.samples import REASONING, chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = REASONING
BAD = REASONING.swap(chunk({"content": "Hello"}), chunk({"content": "Hel"}) + chunk({"reasoning_content": "Hm"}))


def _no_server_tools(stream: Stream[ChatView]) -> str | None:
    return "the server runs tools in between" if "executed_tools" in stream.view.delta_keys else has_reasoning(stream)


@rule(
    level=Level.WARNING,
    family=Family.REASONING,
    statements=("C46",),
    cite=Cite(
        "https://github.com/NousResearch/hermes-agent/pull/40895",
        "fix(desktop): keep reasoning one stable block when providers interleave reasoning/content deltas",
    ),
    breaks=(Breaks("hermes-agent", "https://github.com/NousResearch/hermes-agent/pull/40895"),),
    when=_no_server_tools,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if not choice.content or not choice.reasoning:
            continue
        begun, calls = choice.content[0][0], [call.first for call in choice.calls.values()]
        until = min(calls, default=choice.last + 1)
        late = [event for event, _ in choice.reasoning if begun < event < until]
        if late:
            message = f"choice {choice.index}: reasoning deltas after the first content (event {begun}): {len(late)}"
            yield Fault(message, late[0])
