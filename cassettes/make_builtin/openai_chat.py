"""The built-in streams of openai-chat, in the shape of OpenAI's own.

Law: every field that the schema requires, obfuscation, usage only where it was asked for. Only `reasoning` shows what
OpenAI does not send, the `reasoning_content` that many compatible servers do.
"""

from __future__ import annotations

from typing import Any

import orjson

from . import openai
from .common import (
    BOATS,
    CALLED,
    COUNTED,
    CREATED,
    ODYSSEY,
    SAID,
    THOUGHTS,
    WET,
    Chance,
    Json,
    numbers,
    prompt_of,
    repeated,
    tokens,
)

PROTOCOL = "openai-chat"
MODEL = "gpt-4o-mini-2024-07-18"


class Builder:
    """One stream in the making: its chunks, with the fields that all of them share."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = Chance(name)
        self.with_usage = bool(asked.get("stream_options", {}).get("include_usage"))
        self.prompt = prompt_of(asked)
        self.id = "chatcmpl-" + self.chance.letters(29)
        self.payloads: list[bytes] = []

    def send(self, choices: list[Json], usage: Json | None = None) -> None:
        """One chunk."""
        chunk: Json = {"id": self.id, "object": "chat.completion.chunk", "created": CREATED}
        chunk |= {"model": MODEL, "service_tier": "default", "system_fingerprint": "fp_0aa8d3e20b"}
        chunk |= {"choices": choices}
        if self.with_usage:
            chunk["usage"] = usage
        self.payloads.append(orjson.dumps({**chunk, "obfuscation": self.chance.letters(self.chance.randrange(3, 16))}))

    def delta(self, delta: Json, finish: str | None = None, index: int = 0, logprobs: Json | None = None) -> None:
        """A chunk of one choice."""
        self.send([{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}])

    def role(self, index: int = 0, **more: Any) -> None:
        """The first chunk of a choice."""
        self.delta({"role": "assistant", "content": "", "refusal": None} | more, index=index)

    def text(self, text: str, finish: str = "stop") -> int:
        """Role, text and finish of a plain answer; the number of tokens."""
        self.role()
        pieces = tokens(text)
        for piece in pieces:
            self.delta({"content": piece})
        self.delta({}, finish)
        return len(pieces)

    def end(self, completion: int, reasoning: int = 0) -> None:
        """Usage, where it was asked for, and the sentinel."""
        if self.with_usage:
            prompt = 8 + len(tokens(self.prompt))
            details = {"reasoning_tokens": reasoning, "audio_tokens": 0}
            details |= {"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
            usage: Json = {"prompt_tokens": prompt, "completion_tokens": completion}
            usage |= {"total_tokens": prompt + completion}
            usage |= {"prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}}
            self.send([], usage | {"completion_tokens_details": details})
        self.payloads.append(b"[DONE]")


# What each scenario is answered with


def calls(build: Builder, *asked: tuple[str, Json]) -> None:
    """Tool calls: id and name first, then the arguments in pieces."""
    build.role(content=None)
    count = 0
    for index, (name, arguments) in enumerate(asked):
        opened = {"name": name, "arguments": ""}
        call = {"index": index, "id": "call_" + build.chance.letters(24), "type": "function", "function": opened}
        build.delta({"tool_calls": [call]})
        for piece in tokens(orjson.dumps(arguments).decode()):
            build.delta({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
            count += 1
    build.delta({}, "tool_calls")
    build.end(count + 9 * len(asked))


def reasoning(build: Builder) -> None:
    """Thoughts, then the answer."""
    build.role(content=None, reasoning_content="")
    thoughts = tokens(THOUGHTS)
    for piece in thoughts:
        build.delta({"reasoning_content": piece})
    for piece in ("9", "."):
        build.delta({"content": piece})
    build.delta({}, "stop")
    build.end(len(thoughts) + 2, len(thoughts))


def n_choices(build: Builder) -> None:
    """Two answers, piece by piece in turn."""
    for index in (0, 1):
        build.role(index)
    first, second = (tokens(name) for name in BOATS)
    for turn in range(max(len(first), len(second))):
        for index, said in enumerate((first, second)):
            if turn < len(said):
                build.delta({"content": said[turn]}, index=index)
    for index in (0, 1):
        build.delta({}, "stop", index)
    build.end(len(first) + len(second))


def unicode(build: Builder) -> None:
    """What was asked for, back."""
    build.end(build.text(repeated(build.prompt)))


def long(build: Builder) -> None:
    """The numbers from 1 to 120 in words."""
    build.end(build.text(numbers()))


def length(build: Builder) -> None:
    """Eight tokens, and no more."""
    said = "".join(tokens(ODYSSEY)[:8])
    build.end(build.text(said, "length"))


def stop_sequence(build: Builder) -> None:
    """What comes before the stop sequence."""
    build.end(build.text(COUNTED))


def logprobs(build: Builder) -> None:
    """Text whose every token is told with the runner-up."""
    build.delta({"role": "assistant", "content": "", "refusal": None}, logprobs={"content": [], "refusal": None})
    told = build.chance.likelihoods(WET)
    for entry in told:
        build.delta({"content": entry["token"]}, logprobs={"content": [entry], "refusal": None})
    build.delta({}, "stop")
    build.end(len(told))


_INVALID = "Invalid type for 'messages': expected an array of objects, but got a string instead."
REFUSALS = openai.refusals(_INVALID, "messages")
fields = openai.fields


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    if scenario in SAID:
        build.end(build.text(SAID[scenario]))
    elif scenario in CALLED:
        calls(build, *CALLED[scenario])
    else:
        globals()[scenario.replace("-", "_")](build)
    return [b"data: " + payload + b"\n\n" for payload in build.payloads]
