"""The text opens with `<think>`: the reasoning stands in the answer.

Reasoning models write their thoughts between such tags, and a server that knows the model takes them out and sends them
as a reasoning field of its own. Where they stay, clients show them as the answer. Some providers offer this as a choice
(Groq's raw format) or keep to it (Perplexity), and an answer about the tag may begin with it: therefore a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_text
from conformance.protocols.openai_chat.samples import REASONING, TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, REASONING, TEXT.swap('"content":"lo"', '"content":"<think>"'))
BAD = TEXT.swap('"content":"Hel"', '"content":"<think>Hm"')

TAGS = ("<think>", "<thinking>", "<reasoning>")


@rule(
    level=Level.NOTE,
    family=Family.REASONING,
    statements=("C21",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming", "The contents of the chunk message."
    ),
    when=has_text,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        opening = "".join(text for _, text in choice.content[:8])[:24].lstrip()
        tag = next((tag for tag in TAGS if opening.startswith(tag)), None)
        if tag is not None:
            message = f"choice {choice.index}: the text opens with {tag}"
            yield Fault(message, choice.content[0][0], "/choices/0/delta/content")
