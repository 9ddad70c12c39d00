"""Tool calls came, but the `finish_reason` is `stop`.

Clients that branch on the reason end the turn and never run the calls. `length` and `content_filter` may cut a call off
and are passed over, and so is a request that names the one function to call (`tool_choice`): there OpenAI itself ends
with `stop`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked, has_finish, has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

ONE = {"type": "function", "function": {"name": "weather"}}
GOOD = (TOOL, TOOL.swap('"tool_calls"}', '"stop"}').asking(tool_choice=ONE))
BAD = (TOOL.swap('"tool_calls"}', '"stop"}'), TWO_TOOLS.swap('"tool_calls"}', '"function_call"}'))


def named_no_function(stream: Stream[ChatView]) -> str | None:
    """`tool_choice` leaves the choice to the model."""
    choice = stream.asked.get("tool_choice")
    named = isinstance(choice, dict) and choice.get("type") != "allowed_tools"
    return "the request names the function to call (tool_choice)" if named else None


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C26",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "`tool_calls` if the model called a tool, or `function_call` (deprecated) if the model called a function.",
        ),
        Cite(
            "https://github.com/Blaizzy/mlx-vlm/pull/990",
            "fix: return finish_reason=tool_calls when tool calls detected",
        ),
    ),
    breaks=(
        Breaks("Vercel Workflow", "https://github.com/vercel/workflow/issues/1387"),
        Breaks("Strands Agents", "https://github.com/strands-agents/harness-sdk/pull/3206"),
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(has_tool_calls, has_finish, asked, named_no_function),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        reasons = [reason for _, reason in choice.finishes]
        if choice.calls and reasons and reasons[-1] in ("stop", "function_call") and "tool_calls" not in reasons:
            names = ", ".join(call.name[:40] or "(no name)" for call in choice.calls.values())
            message = f"choice {choice.index}: finish_reason is {reasons[-1]!r}, but tool calls came: {names}"
            yield Fault(message, choice.finishes[-1][0], "/choices/0/finish_reason")
