"""The message costs no input.

message_start counts the tokens of the prompt, or of the cache that it came from. Zero of all of them means that a
gateway did not know, and budgets count nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message
from ..samples import TEXT, message_start
from ..view import MessagesView

_CACHE = ("cache_read_input_tokens", "cache_creation_input_tokens")

GOOD = TEXT
BAD = TEXT.swap(message_start(), message_start({"input_tokens": 0, "output_tokens": 1}))


@rule(
    level=Level.NOTE,
    family=Family.USAGE,
    statements=(
        "M04",
        "M50",
    ),
    cite=Cite(
        "https://github.com/sgl-project/sglang/issues/20678",
        "message_start",
    ),
    when=has_message,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        usage = message.start.get("usage")
        if isinstance(usage, dict) and usage.get("input_tokens") == 0 and not any(usage.get(name) for name in _CACHE):
            later = any(counted.get("input_tokens") for _, _, counted in message.deltas)
            when = "; message_delta brings it" if later else ""
            yield Fault(f"input_tokens is 0 in message_start{when}", message.first, "/message/usage/input_tokens")
