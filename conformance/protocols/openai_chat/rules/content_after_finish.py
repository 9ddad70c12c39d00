"""A choice goes on after its `finish_reason`.

The finish reason says that the model stopped generating tokens. Clients close the message, run the tool calls and drop
what follows, so that text is lost without a trace; others append it to a message that was already shown as complete.
Text and tool calls in the chunk that brings the reason are legal, and so is a role after it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_finish
from conformance.protocols.openai_chat.samples import FINISH, TEXT, chunk
from conformance.protocols.openai_chat.view import ChatView, Choice

GOOD = (TEXT, TEXT.swap(FINISH, chunk({"content": "!"}, "stop")))
BAD = TEXT.swap(FINISH, FINISH + chunk({"content": "!"}))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("C25",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The reason the model stopped generating tokens.",
        ),
        Cite(
            "https://github.com/open-webui/open-webui/issues/23921",
            "fix: Premature finish_reason 'stop' on first SSE chunk breaks API clients for Ollama reasoning models",
        ),
    ),
    breaks=(Breaks("clients of Open WebUI", "https://github.com/open-webui/open-webui/issues/23921"),),
    when=has_finish,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if not choice.finishes or choice.last <= choice.finishes[0][0]:
            continue
        finish, reason = choice.finishes[0]
        late = [(what, events) for what, events in _late(choice, finish) if events]
        if late:
            told = ", ".join(f"{len(events)} with {what}" for what, events in late)
            message = f"choice {choice.index}: deltas after finish_reason {reason!r} (event {finish}): {told}"
            yield Fault(message, min(events[0] for _, events in late), "/choices/0/delta")


def _late(choice: Choice, finish: int) -> Iterator[tuple[str, list[int]]]:
    """What the choice brought behind the event `finish`."""
    yield "text", _behind(choice.content, finish)
    yield "reasoning", _behind(choice.reasoning, finish)
    yield "a refusal", _behind(choice.refusal, finish)
    calls = (call.events for call in choice.calls.values() if call.events[-1] > finish)
    yield "tool calls", sorted({event for events in calls for event in events if event > finish})
    yield "a function call", [event for event, _ in choice.function_calls if event > finish]


def _behind(deltas: list[tuple[int, str]], finish: int) -> list[int]:
    """The events of `deltas` behind `finish`. They come in order: most often the last is not behind it."""
    if not deltas or deltas[-1][0] <= finish:
        return []
    return [event for event, _ in deltas[bisect_right(deltas, finish, key=itemgetter(0)) :]]
