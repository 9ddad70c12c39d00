"""The built-in streams of cohere-chat, in the shape of Cohere's own.

Law: every event is named but the last, the `[DONE]` that Cohere sends; one token an event.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from .common import (
    CALLED,
    COUNTED,
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

PROTOCOL = "cohere-chat"
MEDIA_TYPE = "text/event-stream"


class Builder:
    """One stream in the making."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = Chance(name)
        self.asked = asked
        self.prompt = prompt_of(asked)
        self.input = len(tokens(self.prompt))
        self.output = 0
        self.events: list[bytes] = []
        message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        self.send("message-start", {"message": message}, id=str(UUID(int=self.chance.getrandbits(128), version=4)))

    def send(self, kind: str, delta: Json | None = None, **top: Any) -> None:
        """One event. `top` are its members beside type and delta; an id stands first, as Cohere writes it."""
        first = {"id": top.pop("id")} if "id" in top else {}
        data = {**first, "type": kind, **top, **({"delta": delta} if delta else {})}
        self.events.append(b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n")

    def content(self, text: str, index: int = 0, kind: str = "text", likely: Sequence[Json] = ()) -> None:
        """A block of text, or of another kind."""
        self.send("content-start", {"message": {"content": {"type": kind, kind: ""}}}, index=index)
        for number, piece in enumerate(self._pieces(text)):
            told = {"logprobs": likely[number]} if likely else {}
            self.send("content-delta", {"message": {"content": {kind: piece}}}, index=index, **told)
        self.send("content-end", index=index)

    def plan(self, text: str) -> None:
        """What the model says before it calls a tool."""
        for piece in self._pieces(text):
            self.send("tool-plan-delta", {"message": {"tool_plan": piece}})

    def call(self, index: int, name: str, arguments: Json) -> None:
        """A call: id and name first, then the arguments in pieces."""
        opened = {"id": f"{name}_{self.chance.letters(12).lower()}", "type": "function"}
        call = {**opened, "function": {"name": name, "arguments": ""}}
        self.send("tool-call-start", {"message": {"tool_calls": call}}, index=index)
        for piece in self._pieces(orjson.dumps(arguments).decode()):
            self.send("tool-call-delta", {"message": {"tool_calls": {"function": {"arguments": piece}}}}, index=index)
        self.send("tool-call-end", index=index)

    def end(self, reason: str) -> None:
        """Why the message stopped, its usage, and the sentinel."""
        billed = {"input_tokens": self.input, "output_tokens": self.output}
        used = {"input_tokens": self.input + 496, "output_tokens": self.output + 2}
        usage = {"billed_units": billed, "tokens": used, "cached_tokens": 0}
        self.send("message-end", {"finish_reason": reason, "usage": usage})
        self.events.append(b"data: [DONE]\n\n")

    def _pieces(self, text: str) -> list[str]:
        self.output += len(tokens(text))
        return tokens(text)


# What each scenario is answered with


PLANS = {"get_weather": "look up the weather", "get_time": "look up the times", "save_note": "save the note"}
"""Tool -> what the model says that it will do before it calls it."""


def calls(build: Builder, *asked: tuple[str, Json]) -> None:
    """A plan, then the calls."""
    build.plan(f"I will {PLANS.get(asked[0][0], 'ask the tool')}.")
    for index, (name, arguments) in enumerate(asked):
        build.call(index, name, arguments)
    build.end("TOOL_CALL")


def reasoning(build: Builder) -> None:
    """Thoughts, then the answer."""
    build.content(THOUGHTS, 0, "thinking")
    build.content("9.", 1)
    build.end("COMPLETE")


def logprobs(build: Builder) -> None:
    """Text whose every token is told with its likelihood."""
    told = build.chance.likelihoods(WET)
    likely = [
        {"text": one["token"], "token_ids": [build.chance.randrange(250_000)], "logprobs": [one["logprob"]]}
        for one in told
    ]
    build.content(WET, likely=likely)
    build.end("COMPLETE")


def unicode(build: Builder) -> None:
    """What was asked for, back."""
    build.content(repeated(build.prompt))
    build.end("COMPLETE")


def long(build: Builder) -> None:
    """The numbers from 1 to 120 in words."""
    build.content(numbers())
    build.end("COMPLETE")


def length(build: Builder) -> None:
    """As many tokens as asked for, and no more."""
    build.content("".join(tokens(ODYSSEY)[: build.asked["max_tokens"]]))
    build.end("MAX_TOKENS")


def stop_sequence(build: Builder) -> None:
    """What comes before the stop sequence."""
    build.content(COUNTED)
    build.end("STOP_SEQUENCE")


REFUSALS: dict[str, tuple[int, Json]] = {
    "error-before-stream": (400, {"message": "invalid request: messages must be a list."}),
    "unknown-model": (404, {"message": "model 'no-such-model-of-conformance' not found."}),
    "bad-key": (401, {"message": "invalid api token"}),
}


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """Cohere's header fields."""
    own = [("x-debug-trace-id", f"{chance.getrandbits(128):032x}")]
    return [*own, ("x-envoy-upstream-service-time", str(processing))]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    if scenario in SAID:
        build.content(SAID[scenario])
        build.end("COMPLETE")
    elif scenario in CALLED:
        calls(build, *CALLED[scenario])
    else:
        globals()[scenario.replace("-", "_")](build)
    return build.events
