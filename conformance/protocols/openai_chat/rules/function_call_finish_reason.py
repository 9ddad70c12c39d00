"""A legacy `function_call` does not end with `finish_reason: function_call`.

The finish reason tells a client of the older form to run the function; with `stop` it shows an empty answer. Passed
over: a call that the request forced by naming the function, which ends with `stop`, and calls that were cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, has_function_call
from conformance.protocols.openai_chat.samples import FUNCTION_CALL
from conformance.protocols.openai_chat.view import ChatView

GOOD = (
    FUNCTION_CALL,
    FUNCTION_CALL.asking(function_call={"name": "weather"}).swap(
        '"finish_reason":"function_call"', '"finish_reason":"stop"'
    ),
)
BAD = FUNCTION_CALL.swap('"finish_reason":"function_call"', '"finish_reason":"stop"')


def _model_chose(stream: Stream[ChatView]) -> str | None:
    forced = isinstance(stream.asked.get("function_call"), dict)
    return "the request forces the function" if forced else None


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C40",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "or `function_call` (deprecated) if the model called a function.",
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(has_function_call, _model_chose),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        event, reason = choice.finishes[0] if choice.finishes else (None, None)
        if choice.function_calls and not choice.calls and reason in ("stop", "tool_calls"):
            message = f"choice {choice.index}: a function_call ends with finish_reason {reason!r}, not 'function_call'"
            yield Fault(message, event, "/choices/0/finish_reason")
