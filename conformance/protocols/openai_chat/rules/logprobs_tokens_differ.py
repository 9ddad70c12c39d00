"""The tokens of `logprobs` do not add up to the text.

Each token of the text comes with its log probability, in the same order, so that the tokens joined are the text. Where
they are not, scores belong to other words than those that were answered. Tokens are joined by their bytes: a
character may be spread over several. Passed over: tokens whose bytes are null, what stands behind the end of the text
(an end-of-turn token, a stop sequence), streams that were cut, choices without any token, and text with U+FFFD, which
stands for bytes that no JSON string can hold.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, has_logprobs, has_text
from conformance.protocols.openai_chat.logprobs import joined
from conformance.protocols.openai_chat.samples import LOGPROBS
from conformance.protocols.openai_chat.view import ChatView, Choice

_REPLACED = "\ufffd".encode()

GOOD = (LOGPROBS, LOGPROBS.swap('"bytes":[108,111]', '"bytes":null'))
BAD = LOGPROBS.swap('"token":"lo","logprob":-0.25,"bytes":[108,111]', '"token":"la","logprob":-0.25,"bytes":[108,97]')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C43",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat/create",
        "returns the log probabilities of each output token returned in the `content` of `message`.",
    ),
    complete=True,
    when=all_of(has_logprobs, has_text),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        for member, parts in (("content", choice.content), ("refusal", choice.refusal)):
            tokens = joined(stream, choice, member) if parts and choice.finishes else b""
            text = "".join(part for _, part in parts).encode("utf-8", "replace")
            if tokens and not tokens.startswith(text) and _REPLACED not in text:
                yield _difference(choice, member, tokens, text)


def _difference(choice: Choice, member: str, tokens: bytes, text: bytes) -> Fault:
    at = next((place for place, (a, b) in enumerate(zip(tokens, text, strict=False)) if a != b), len(tokens))
    seen, expected = (piece[max(at - 12, 0) : at + 12].decode("utf-8", "replace") for piece in (tokens, text))
    where = f"choice {choice.index}: the tokens of {member} differ from the text at byte {at}"
    return Fault(f"{where}: {seen!r}, the text has {expected!r}", choice.logprobs[0], "/choices/0/logprobs")
