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
        self.prompt = prompt_of(asked)
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


def calls(build: Builder, *asked: tuple[str, Json]) -> None:
    """Calls, all in one chunk, the first with the signature of the thoughts."""
    build.thoughts = 47
    parts: list[Json] = []
    for name, arguments in asked:
        build.output += 9 + len(tokens(json.dumps(arguments)))
        parts.append({"functionCall": {"name": name, "args": arguments}})
    parts[0]["thoughtSignature"] = build.signature()
    build.parts(*parts, finish="STOP", finishMessage="Model generated function call(s).")


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


def refusal(code: int, status: str, message: str) -> tuple[int, Json]:
    """The status and the body of an error."""
    return code, {"error": {"code": code, "message": message, "status": status}}


_INVALID = "Invalid value at 'contents' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "
REFUSALS = {
    "error-before-stream": refusal(
        400, "INVALID_ARGUMENT", f'{_INVALID}"this is a string where a list of contents belongs"'
    ),
    "unknown-model": refusal(404, "NOT_FOUND", "models/no-such-model-of-conformance is not found for API v1beta."),
    "bad-key": refusal(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
}


def logprobs(build: Builder) -> None:
    """Text whose every token is told with the runner-up."""
    pieces = tokens(WET)
    for number, piece in enumerate(pieces, 1):
        build.output += 1
        likely = -round(build.chance.uniform(0.001, 0.4), 6)
        chosen = {"token": piece, "tokenId": build.chance.randrange(200_000), "logProbability": likely}
        other = {"token": " it", "tokenId": 625, "logProbability": round(likely - build.chance.uniform(1, 6), 6)}
        told = {"topCandidates": [{"candidates": [chosen, other]}], "chosenCandidates": [chosen]}
        finish = "STOP" if number == len(pieces) else None
        build.parts({"text": piece}, finish=finish, logprobsResult=told)


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """The Gemini API's header fields, and one that it lacks: the trace by which Google names a request elsewhere."""
    own = [("vary", "Origin, X-Origin, Referer"), ("server-timing", f"gfet4t7; dur={processing}")]
    return [*own, ("x-cloud-trace-context", f"{chance.getrandbits(128):032x}/{chance.getrandbits(63)}")]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    if scenario in SAID:
        build.text(SAID[scenario])
    elif scenario in CALLED:
        calls(build, *CALLED[scenario])
    else:
        globals()[scenario.replace("-", "_")](build)
    return build.events
