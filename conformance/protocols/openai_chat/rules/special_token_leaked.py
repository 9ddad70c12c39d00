"""A control token of the chat template stands in the text.

Tokens such as `<|im_end|>` end a turn inside the engine and are not part of the answer; markup such as `[TOOL_CALLS]`
or `<tool_call>` is what the server has to turn into `tool_calls`. Where they reach the text, readers see them, and
agents wait for a call that never comes. A heuristic, and for that a warning at most: reported only where such a token
ends the text, or opens it, and the request itself does not mention it. A text about such tokens may still end with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_text
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (
    TEXT,
    TEXT.swap('"content":"lo"', '"content":"the token is `<|im_end|>`"'),
    TEXT.swap('"content":"lo"', '"content":"lo<|im_end|>"').asking(user="What is <|im_end|>?"),
)
BAD = (
    TEXT.swap('"content":"lo"', '"content":"lo<|im_end|>"'),
    TEXT.swap('"content":"Hel"', '"content":"<tool_call>"').swap('"content":"lo"', '"content":"{\\"name\\":"'),
)

ENDS = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<end_of_turn>",
    "<|END_OF_TURN_TOKEN|>",
    "<｜end▁of▁sentence｜>",
    "<｜tool▁calls▁end｜>",
    "<|tool_calls_section_end|>",
    "</tool_call>",
)
OPENINGS = (
    "[TOOL_CALLS]",
    "<tool_call>",
    "<|python_tag|>",
    "<|tool_calls_section_begin|>",
    "<｜tool▁calls▁begin｜>",
    "<｜begin▁of▁sentence｜>",
    "<|channel|>",
    "<|im_start|>",
    "<|start_header_id|>",
)
_LONGEST = 40
_PLACE = "/choices/0/delta/content"


def edge_of(deltas: Iterable[tuple[int, str]]) -> list[str]:
    """The first deltas, in the order given, until they hold as many characters as the longest token."""
    parts, size = [], 0
    for _, text in deltas:
        parts.append(text)
        size += len(text)
        if size >= _LONGEST:
            break
    return parts


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C21",),
    cite=(
        Cite(
            "https://github.com/vllm-project/vllm-ascend/issues/9767",
            "[Bug] DeepSeek V4 streaming leaks non-DSML special tokens (e.g. <｜begin▁of▁sentence｜>) into visible "
            "content under speculative decoding",
        ),
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The contents of the chunk message.",
        ),
    ),
    when=has_text,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if not choice.content:
            continue
        head = "".join(edge_of(choice.content)).lstrip()
        tail = "".join(reversed(edge_of(reversed(choice.content)))).rstrip()
        for token in OPENINGS if head.startswith(OPENINGS) else ():
            if head.startswith(token) and not _mentioned(stream, token):
                yield Fault(f"choice {choice.index}: the text opens with {token}", choice.content[0][0], _PLACE)
        for token in ENDS if tail.endswith(ENDS) else ():
            if tail.endswith(token) and not _mentioned(stream, token):
                yield Fault(f"choice {choice.index}: the text ends with {token}", choice.content[-1][0], _PLACE)


def _mentioned(stream: Stream[ChatView], token: str) -> bool:
    """True where the request speaks of the token: then the answer may as well."""
    return token.encode() in stream.recording.request.body
