"""The built-in streams of gemini-generate, in the shape of the Gemini API's own.

Law: lines end with CRLF, JSON has a space behind colons only, every chunk brings the usage so far, and the last one
the finishReason. Thought signatures are random and sign nothing.
"""

from __future__ import annotations

import base64
import json
import random
from typing import Any

from .common import (
    BOATS,
    CITY,
    COUNTED,
    ODYSSEY,
    THOUGHTS,
    TIMES,
    WEATHER,
    WHY_SKY_IS_BLUE,
    Chance,
    Json,
    numbers,
    repeated,
    tokens,
)

PROTOCOL = "gemini-generate"
MODEL = "gemini-2.5-flash"
MEDIA_TYPE = "text/event-stream"
AT_ONCE = 6
"""Tokens that a chunk brings at most."""


class Builder:
    """One stream in the making."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = Chance(name)
        self.asked = asked
        self.prompt = str(asked["contents"][-1]["parts"][-1]["text"])
        self.input = 2 + len(tokens(self.prompt)) + 60 * len(asked.get("tools", ()))
        self.output = self.thoughts = 0
        self.id = self.chance.letters(23)
        self.events: list[bytes] = []

    def send(self, *candidates: Json) -> None:
        """One chunk."""
        usage: Json = {"promptTokenCount": self.input}
        if self.output:
            usage["candidatesTokenCount"] = self.output
        usage["totalTokenCount"] = self.input + self.output + self.thoughts
        usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": self.input}]
        if self.thoughts:
            usage["thoughtsTokenCount"] = self.thoughts
        chunk = {"candidates": list(candidates), "usageMetadata": usage, "modelVersion": MODEL, "responseId": self.id}
        payload = json.dumps(chunk, ensure_ascii=False, separators=(",", ": "))
        self.events.append(b"data: " + payload.encode() + b"\r\n\r\n")

    def parts(self, *parts: Json, finish: str | None = None, **more: Any) -> None:
        """A chunk of one candidate."""
        self.send(candidate(*parts, finish=finish, **more))

    def text(self, text: str, finish: str = "STOP", most: int = AT_ONCE) -> None:
        """An answer of text; the finishReason stands on its last piece."""
        pieces = self.chance.pieces(text, most)
        for number, piece in enumerate(pieces, 1):
            self.output += len(tokens(piece))
            self.parts({"text": piece}, finish=finish if number == len(pieces) else None)

    def signature(self) -> str:
        """A thought signature."""
        return base64.b64encode(self.chance.randbytes(210)).decode()


def candidate(*parts: Json, index: int = 0, finish: str | None = None, **more: Any) -> Json:
    """A candidate of a chunk."""
    found: Json = {"content": {"parts": list(parts), "role": "model"}}
    if finish:
        found["finishReason"] = finish
    return {**found, "index": index, **more}


# What each scenario is answered with


def text(build: Builder) -> None:
    """Two sentences."""
    build.text(WHY_SKY_IS_BLUE)


def calls(build: Builder, *asked: tuple[str, Json]) -> None:
    """Calls, all in one chunk, the first with the signature of the thoughts."""
    build.thoughts = 47
    parts: list[Json] = []
    for name, arguments in asked:
        build.output += 9 + len(tokens(json.dumps(arguments)))
        parts.append({"functionCall": {"name": name, "args": arguments}})
    parts[0]["thoughtSignature"] = build.signature()
    build.parts(*parts, finish="STOP", finishMessage="Model generated function call(s).")


def tools(build: Builder) -> None:
    """One call."""
    calls(build, WEATHER)


def parallel_tools(build: Builder) -> None:
    """Two calls."""
    calls(build, *TIMES)


def reasoning(build: Builder) -> None:
    """Thoughts, then the answer, then their signature."""
    for piece in build.chance.pieces(THOUGHTS, AT_ONCE):
        build.thoughts += 4 * len(tokens(piece))  # what is shown is a summary
        build.parts({"text": piece, "thought": True})
    build.output = 2
    build.parts({"text": "9."})
    build.parts({"text": "", "thoughtSignature": build.signature()}, finish="STOP")


def unicode(build: Builder) -> None:
    """What was asked for, back."""
    build.text(repeated(build.prompt), most=3)


def long(build: Builder) -> None:
    """The numbers from 1 to 120 in words."""
    build.text(numbers(), most=1)


def length(build: Builder) -> None:
    """As many tokens as asked for, and no more."""
    build.text("".join(tokens(ODYSSEY)[: build.asked["generationConfig"]["maxOutputTokens"]]), "MAX_TOKENS")


def stop_sequence(build: Builder) -> None:
    """What comes before the stop sequence."""
    build.text(COUNTED)


def n_choices(build: Builder) -> None:
    """Two answers, piece by piece, both in every chunk that has more of them."""
    said = [tokens(name) for name in BOATS]
    for turn in range(max(map(len, said))):
        chunk = []
        for index, pieces in enumerate(said):
            if turn < len(pieces):
                build.output += 1
                finish = "STOP" if turn == len(pieces) - 1 else None
                chunk.append(candidate({"text": pieces[turn]}, index=index, finish=finish))
        build.send(*chunk)


def json_schema(build: Builder) -> None:
    """A document of the schema."""
    build.text(CITY)


ERROR = {
    "error": {
        "code": 400,
        "message": "Invalid value at 'contents' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "
        '"this is a string where a list of contents belongs"',
        "status": "INVALID_ARGUMENT",
    }
}


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """The Gemini API's header fields, and one that it lacks: the trace by which Google names a request elsewhere."""
    own = [("vary", "Origin, X-Origin, Referer"), ("server-timing", f"gfet4t7; dur={processing}")]
    return [*own, ("x-cloud-trace-context", f"{chance.getrandbits(128):032x}/{chance.getrandbits(63)}")]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    globals()[scenario.replace("-", "_")](build)
    return build.events
