"""An event is neither a chunk, nor an error, nor `[DONE]`.

A Chat Completions stream has no other events: clients read every `data:` as a chunk. A `ping` or a progress report in
JSON makes them fail, or yields a chunk full of nothing; a comment line (`: ping`) keeps the connection alive without
anyone having to know of it. JSON objects without `choices`, `object`, `usage`, `delta` and `error` count as unknown,
and so does JSON that is no object. What was meant as `[DONE]` has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import is_sentinel_like
from conformance.protocols.openai_chat.samples import FINISH, TEXT, event
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = (TEXT.swap(FINISH, event({"type": "ping"}) + FINISH), TEXT.swap(FINISH, "data: null\n\ndata: 7\n\n" + FINISH))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C01",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "Represents a streamed chunk of a chat completion response returned by the model, based on the provided "
            "input.",
        ),
        Cite(
            "https://github.com/openai-php/client/pull/556",
            'fix: Support streaming of non-OpenAI models that return "ping"',
        ),
    ),
    breaks=(Breaks("openai-php", "https://github.com/openai-php/client/issues/555"),),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    events = stream.events
    strange = [fault.event or 0 for fault in stream.order_faults("unknown-event")]
    nulls = [at for at, symbol in stream.view.symbols if symbol == "invalid" and events[at].flaw is None]
    for at in sorted(strange + nulls):
        if not is_sentinel_like(events[at].raw):
            yield Fault(f"{_describe(events[at].parsed)} is neither a chunk nor an error", at)


def _describe(value: object) -> str:
    if not isinstance(value, dict):
        return f"{'null' if value is None else type(value).__name__} instead of an object"
    named = value.get("type")
    kind = f" of type {named[:40]!r}" if isinstance(named, str) else ""
    return f"an object{kind} with the members {', '.join(map(str, list(value)[:6])) or '(none)'}"
