"""The built-in streams of cohere-chat, in the shape of Cohere's own.

Law: every event is named but the last, the `[DONE]` that Cohere sends; one token an event.
"""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import orjson

from .common import WEATHER, WHY_SKY_IS_BLUE, Chance, Json, tokens

PROTOCOL = "cohere-chat"
MEDIA_TYPE = "text/event-stream"


class Builder:
    """One stream in the making."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = Chance(name)
        self.input = len(tokens(asked["messages"][-1]["content"]))
        self.output = 0
        self.events: list[bytes] = []
        message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        self.send("message-start", {"message": message}, id=str(UUID(int=self.chance.getrandbits(128), version=4)))

    def send(self, kind: str, delta: Json | None = None, **top: Any) -> None:
        """One event. `top` are its members beside type and delta; an id stands first, as Cohere writes it."""
        first = {"id": top.pop("id")} if "id" in top else {}
        data = {**first, "type": kind, **top, **({"delta": delta} if delta else {})}
        self.events.append(b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n")

    def content(self, text: str) -> None:
        """A block of text."""
        self.send("content-start", {"message": {"content": {"type": "text", "text": ""}}}, index=0)
        for piece in self._pieces(text):
            self.send("content-delta", {"message": {"content": {"text": piece}}}, index=0)
        self.send("content-end", index=0)

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


ERROR: Json = {}


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """Cohere's header fields."""
    own = [("x-debug-trace-id", f"{chance.getrandbits(128):032x}")]
    return [*own, ("x-envoy-upstream-service-time", str(processing))]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    if scenario == "tools":
        build.plan("I will look up the weather in Reykjavik.")
        build.call(0, *WEATHER)
        build.end("TOOL_CALL")
    else:
        build.content(WHY_SKY_IS_BLUE)
        build.end("COMPLETE")
    return build.events
