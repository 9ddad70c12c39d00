"""The text begins or ends with white space in one way of asking alone.

What one mode strips, the other sends: a stray newline before the first word, a space behind the last. Renderers of
Markdown break on it, and comparisons fail.

Only where both answers say the same in between is the server known to be the cause; else it is inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.answers import texts_of
from conformance.core.compare import DEPENDS
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import Messages, both_say, messages, when
from conformance.rules.parity.samples import TEXT

GOOD = TEXT
BAD = TEXT.swap('{"content":"Hello"}', '{"content":"\\n\\nHello"}')


def _comparable(found: Messages) -> str | None:
    reason = both_say(found)
    if reason is not None:
        return reason
    streamed, whole = (texts_of(found[0], message)[0] for message in found[1:])
    if _edges(streamed) != _edges(whole) and streamed.strip() != whole.strip():
        return f"{DEPENDS}their texts differ, not only in the white space around them"
    return None


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
    when=when(_comparable),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    places, *both = messages(stream)
    streamed, whole = (_edges(texts_of(places, message)[0]) for message in both)
    for where, here, there in (("begins", streamed[0], whole[0]), ("ends", streamed[1], whole[1])):
        if bool(here) != bool(there):
            yield Fault(f"the text {where} with {here!r} in the stream, with {there!r} in the unstreamed answer")
