"""Where each API keeps what is compared: the places of finish reason, text, tool calls and usage in its message.

Law: a table of paths and one way to follow them; `*` stands for every element of a list, `*:type=message`
for those with this member. A message is what a stream adds up to, or what came at once: both have the same places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PREFIX = re.compile(r"[A-Za-z]+[_-]")


@dataclass(frozen=True, slots=True)
class Places:
    """Paths in a message, with dots between steps."""

    id: str
    finish: str
    text: str
    usage: str
    input: tuple[str, ...]
    """Within usage: what adds up to the tokens of the prompt."""
    calls: str = ""
    name: str = "function.name"
    """Within a call, like the next two."""
    arguments: str = "function.arguments"
    call_id: str = "id"
    message: str = ""
    """What holds reasoning beside the text."""
    output: tuple[str, ...] = ()
    """Within usage: what adds up to the tokens of the answer."""
    reasoning: tuple[str, ...] = ()
    """Where reasoning stands; one of them is used."""
    spoken: str = ""
    """The text without reasoning."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool."""

    id: object
    name: object
    arguments: object


PLACES: Mapping[str, Places] = {
    "openai-chat": Places(
        "id", "choices.*.finish_reason", "choices.*.message.content", "usage", ("prompt_tokens",),
        "choices.*.message.tool_calls.*", message="choices.*.message", output=("completion_tokens",),
        reasoning=("choices.*.message.reasoning_content", "choices.*.message.reasoning"),
        spoken="choices.*.message.content",
    ),
    "openai-completions": Places(
        "id", "choices.*.finish_reason", "choices.*.text", "usage", ("prompt_tokens",), output=("completion_tokens",),
        spoken="choices.*.text",
    ),
    "openai-responses": Places(
        "id", "status", "output.*.content.*.text", "usage", ("input_tokens",),
        "output.*", "name", "arguments", "call_id", output=("output_tokens",),
        reasoning=("output.*.summary.*.text", "output.*:type=reasoning.content.*.text"),
        spoken="output.*:type=message.content.*.text",
    ),
    "anthropic-messages": Places(
        "id", "stop_reason", "content.*.text", "usage",
        ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"),
        "content.*", "name", "input", output=("output_tokens",), reasoning=("content.*.thinking",),
        spoken="content.*.text",
    ),
    "gemini-generate": Places(
        "responseId", "candidates.*.finishReason", "candidates.*.content.parts.*.text", "usageMetadata",
        ("promptTokenCount",), "candidates.*.content.parts.*.functionCall", "name", "args",
        output=("candidatesTokenCount", "thoughtsTokenCount"),
        reasoning=("candidates.*.content.parts.*:thought=True.text",),
        spoken="candidates.*.content.parts.*:thought=None.text",
    ),
    "cohere-chat": Places(
        "id", "finish_reason", "message.content.*.text", "usage", ("tokens.input_tokens",), "message.tool_calls.*",
        output=("tokens.output_tokens",), reasoning=("message.content.*.thinking",), spoken="message.content.*.text",
    ),
}  # fmt: skip


def follow(value: Any, path: str) -> Iterator[Any]:
    """All values at a path; nothing where there is none."""
    step, _, rest = path.partition(".")
    step, _, wanted = step.partition(":")
    if step == "*":
        found = [one for one in value if _fits(one, wanted)] if isinstance(value, list) else []
    else:
        found = [value[step]] if isinstance(value, Mapping) and step in value else []
    for one in found:
        yield from follow(one, rest) if rest else [one]


def _fits(value: Any, wanted: str) -> bool:
    """True where a member has the value that is wanted (`type=message`); everything fits no wish."""
    name, _, text = wanted.partition("=")
    return not wanted or (isinstance(value, Mapping) and str(value.get(name)) == text)


def first(value: Any, path: str) -> Any:
    """The first value at a path, or None."""
    return next(follow(value, path), None)


def texts_of(places: Places, message: Any) -> list[str]:
    """The texts of a message that are not empty."""
    return [text for text in follow(message, places.text) if isinstance(text, str) and text]


def calls_of(places: Places, message: Any) -> list[Call]:
    """The calls of tools in a message."""
    found = []
    for one in follow(message, places.calls) if places.calls else ():
        name = first(one, places.name)
        if name is not None:
            found.append(Call(first(one, places.call_id), name, first(one, places.arguments)))
    return found


def form_of(identifier: object) -> str:
    """What an id looks like: `call_...`, `without prefix`, `absent`."""
    if not isinstance(identifier, str) or not identifier:
        return "absent"
    prefix = _PREFIX.match(identifier)
    return f"{prefix[0]}..." if prefix else "without prefix"


def usage_of(places: Places, message: Any) -> Mapping[str, Any]:
    """The usage of a message; empty where there is none."""
    usage = first(message, places.usage)
    return usage if isinstance(usage, Mapping) else {}
