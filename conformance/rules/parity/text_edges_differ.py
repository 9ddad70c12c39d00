"""The text begins or ends with white space in one way of asking alone.

What one mode strips, the other sends: a stray newline before the first word, a space behind the last. Renderers of
Markdown break on it, and comparisons fail. What the text says in between is the model's choice and is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.answers import texts_of
from conformance.rules.parity.conditions import both_say, messages, when
from conformance.rules.parity.samples import TEXT

GOOD = TEXT
BAD = TEXT.swap('{"content":"Hello"}', '{"content":"\\n\\nHello"}')


def _edges(text: str) -> tuple[str, str]:
    """The white space in front of a text, and behind it."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


@rule(
    level=Level.NOTE,
    family=Family.SHAPE,
    cite=Cite(
        "https://github.com/jundot/omlx/pull/2492",
        "fix(api): strip leading whitespace from streamed content",
    ),
    when=when(both_say),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    places, *both = messages(stream)
    streamed, whole = (_edges(texts_of(places, message)[0]) for message in both)
    for where, here, there in (("begins", streamed[0], whole[0]), ("ends", streamed[1], whole[1])):
        if bool(here) != bool(there):
            yield Fault(f"the text {where} with {here!r} in the stream, with {there!r} in the unstreamed answer")
