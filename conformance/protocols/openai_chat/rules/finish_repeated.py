"""A choice gets a `finish_reason` more than once.

The reason ends the choice, once. Clients that act on it (close the message, run the tools, reset their parser) act
twice: calls are lost, answers stand there twice, and joined metadata reads `stopstop`. OpenRouter repeats it in the
chunk that brings the usage.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_finish
from conformance.protocols.openai_chat.samples import FINISH, TEXT, TWO_CHOICES
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TWO_CHOICES)
BAD = TEXT.swap(FINISH, FINISH + FINISH)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C23",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The reason the model stopped generating tokens.",
        ),
        Cite(
            "https://github.com/QwenLM/qwen-code/issues/2402",
            'bug: duplicate finish_reason chunks from OpenRouter cause "Model stream ended with empty response text"',
        ),
    ),
    breaks=(
        Breaks("qwen-code", "https://github.com/QwenLM/qwen-code/issues/2402"),
        Breaks("LangChain", "https://github.com/langchain-ai/langchain/issues/38226"),
        Breaks("openclaude", "https://github.com/Gitlawb/openclaude/pull/21"),
    ),
    when=has_finish,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if len(choice.finishes) > 1:
            values = " and ".join(dict.fromkeys(repr(reason) for _, reason in choice.finishes))
            message = f"choice {choice.index}: finish_reason comes {len(choice.finishes)} times: {values}"
            yield Fault(message, choice.finishes[1][0], "/choices/0/finish_reason")
