"""Reasoning comes under another name when it is streamed.

Compatible servers call it `reasoning_content`, `reasoning` or `reasoning_details`, and some put it into the text
between `<think>` tags in one of the two modes. A client that found it in one of them loses it in the other.

Where only one of the two answers holds reasoning at all, the model may have chosen not to think: that is inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.answers import follow, texts_of
from conformance.core.compare import DEPENDS
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import Messages, messages, when
from conformance.rules.parity.samples import TEXT

GOOD = TEXT.swap('{"content":"Hello"}', '{"reasoning_content":"Hm."}', 1).but(
    twin=str(TEXT.twin).replace('"content":"Hello"', '"content":null,"reasoning_content":"Hm."')
)
BAD = GOOD.but(twin=str(GOOD.twin).replace("reasoning_content", "reasoning"))

_NAMES = ("reasoning_content", "reasoning", "reasoning_details", "reasoning_text", "thinking")
_TAGS = ("<think>", "<thinking>")


def _fields(found: Messages) -> list[set[str]]:
    """Where each of the two answers has its reasoning."""
    places, *both = found
    fields = []
    for message in both:
        holders = [one for one in follow(message, places.message) if isinstance(one, dict)] if places.message else []
        named = {name for one in holders for name in _NAMES if one.get(name)}
        tagged = any(text.lstrip().startswith(_TAGS) for text in texts_of(places, message))
        fields.append(named | ({"the text, between tags"} if tagged else set()))
    return fields


def _comparable(found: Messages) -> str | None:
    streamed, whole = _fields(found)
    if not streamed and not whole:
        return "neither answer holds reasoning that could come under several names"
    if not streamed or not whole:
        where = "the unstreamed answer" if whole else "the stream"
        return f"{DEPENDS}only {where} holds reasoning"
    return None


@rule(
    level=Level.WARNING,
    family=Family.REASONING,
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/15233",
        "[Bug]: `reasoning_content` missing in streaming responses for Gemini/Bedrock Anthropic models",
    ),
    when=when(_comparable),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    streamed, whole = _fields(messages(stream))
    if not streamed & whole:
        told, wanted = ", ".join(sorted(streamed)), ", ".join(sorted(whole))
        yield Fault(f"reasoning stands in {told} in the stream, in {wanted} in the unstreamed answer")
