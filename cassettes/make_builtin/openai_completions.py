"""The built-in streams of openai-completions, in the shape of OpenAI's own.

Law: one token a chunk, the members in the order of the API, usage only where it was asked for.
"""

from __future__ import annotations

import random

import orjson

from .common import COLOURS, COUNTED, CREATED, ODYSSEY, WHY_SKY_IS_BLUE, Chance, Json, tokens

PROTOCOL = "openai-completions"
MODEL = "gpt-3.5-turbo-instruct:20230824-v2"

ANSWERS = {
    "text": ("\n\n" + WHY_SKY_IS_BLUE, "stop"),
    "usage": ("\n\n" + COLOURS, "stop"),
    "length": ("\n\n" + ODYSSEY, "length"),
    "stop-sequence": ("\n\n" + COUNTED, "stop"),
}
"""Scenario -> what it is answered with, and why the answer ends."""

ERROR: Json = {}


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """OpenAI's header fields."""
    own = [("openai-model", MODEL), ("openai-version", "2020-10-01"), ("openai-processing-ms", str(processing))]
    return [*own, ("x-request-id", f"req_{chance.getrandbits(128):032x}")]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    text, finish = ANSWERS[scenario]
    pieces = ["\n\n", *tokens(text[2:])][: asked["max_tokens"]]
    last = pieces.pop() if finish == "length" else ""  # a cut answer ends on its last token
    head: Json = {"id": "cmpl-" + Chance(scenario).letters(29), "object": "text_completion", "created": CREATED}
    counted = bool(asked.get("stream_options", {}).get("include_usage"))
    chunks = []
    for piece, reason in [*((piece, None) for piece in pieces), (last, finish)]:
        choice = {"text": piece, "index": 0, "logprobs": None, "finish_reason": reason}
        chunks.append({**head, "choices": [choice], "model": MODEL, **({"usage": None} if counted else {})})
    if counted:
        prompt, completion = len(tokens(asked["prompt"])), len(pieces) + bool(last)
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        chunks.append({**head, "model": MODEL, "usage": usage, "choices": []})
    return [b"data: " + payload + b"\n\n" for payload in [*map(orjson.dumps, chunks), b"[DONE]"]]
