"""The built-in streams of openai-completions, in the shape of OpenAI's own.

Law: one token a chunk, the members in the order of the API, usage only where it was asked for.
"""

from __future__ import annotations

import random
from itertools import accumulate

import orjson

from . import openai
from .common import BOATS, COUNTED, CREATED, ODYSSEY, SAID, WET, Chance, Json, numbers, prompt_of, repeated, tokens

PROTOCOL = "openai-completions"
MODEL = "gpt-3.5-turbo-instruct:20230824-v2"
OTHERS = {"length": ODYSSEY, "stop-sequence": COUNTED, "logprobs": WET, "long": numbers()}
"""Scenario -> what it is answered with, beside what is said in all protocols."""


REFUSALS = openai.refusals("'prompt' is neither a string nor a list.", "prompt")


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """OpenAI's header fields, and the model."""
    return [("openai-model", MODEL), *openai.fields(chance, processing)]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    chance = Chance(scenario)
    head: Json = {"id": "cmpl-" + chance.letters(29), "object": "text_completion", "created": CREATED}
    texts = BOATS if scenario == "n-choices" else [_said(scenario, asked)]
    choices = [_choices(index, text, scenario, asked) for index, text in enumerate(texts)]
    turns = [choice for turn in range(max(map(len, choices))) for each in choices for choice in each[turn : turn + 1]]
    if scenario == "logprobs":
        _tell(turns, chance)
    counted = bool(asked.get("stream_options", {}).get("include_usage"))
    empty = {"usage": None} if counted else {}
    chunks = [{**head, "choices": [choice], "model": MODEL, **empty} for choice in turns]
    if counted:
        prompt, completion = len(tokens(prompt_of(asked))), sum(bool(choice["text"]) for choice in turns)
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        chunks.append({**head, "model": MODEL, "usage": usage, "choices": []})
    return [b"data: " + payload + b"\n\n" for payload in [*map(orjson.dumps, chunks), b"[DONE]"]]


def _said(scenario: str, asked: Json) -> str:
    if scenario == "unicode":
        return repeated(prompt_of(asked))
    return OTHERS.get(scenario) or SAID[scenario]


def _choices(index: int, text: str, scenario: str, asked: Json) -> list[Json]:
    """The pieces of one choice; an answer that is cut off ends on its last token, any other on an empty one."""
    pieces = ["\n\n", *tokens(text)]
    finish = "length" if scenario == "length" else "stop"
    pieces = pieces[: asked["max_tokens"]] if finish == "length" else [*pieces, ""]
    found: list[Json] = [{"text": piece, "index": index, "logprobs": None, "finish_reason": None} for piece in pieces]
    found[-1]["finish_reason"] = finish
    return found


def _tell(choices: list[Json], chance: Chance) -> None:
    """Adds the likelihood of every token, and the runner-up's."""
    starts = accumulate((len(choice["text"]) for choice in choices), initial=0)
    for choice, start in zip(choices, starts, strict=False):
        told = chance.likelihoods("x")[0]["top_logprobs"]
        if choice["text"]:
            likely = {choice["text"]: told[0]["logprob"], " it": told[1]["logprob"]}
            choice["logprobs"] = {
                "tokens": [choice["text"]], "token_logprobs": [told[0]["logprob"]], "top_logprobs": [likely],
                "text_offset": [start],
            }  # fmt: skip
