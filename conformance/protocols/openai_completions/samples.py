"""Streams in OpenAI's own shape, from which the rules make their good and bad examples.

Law: each is complete, legal and small.
"""

from __future__ import annotations

from typing import Any

import orjson

from conformance.core.example import Example

HEAD = {"id": "cmpl-1", "object": "text_completion", "created": 1700000000, "model": "m"}


def event(data: object) -> str:
    """One event of any JSON data as wire text."""
    return f"data: {orjson.dumps(data).decode()}\n\n"


def chunk(text: str = "", finish: str | None = None, index: int = 0) -> str:
    """One chunk as wire text."""
    return event({**HEAD, "choices": [{"index": index, "text": text, "logprobs": None, "finish_reason": finish}]})


def usage_chunk() -> str:
    """The extra chunk of `include_usage`."""
    usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    return event({**HEAD, "choices": [], "usage": usage})


def stream(*events: str, done: bool = True, **request: Any) -> Example:
    """A whole exchange. `request` adds fields to the request's body."""
    asked = {"model": "m", "prompt": "Hi", "stream": True, **request}
    return Example("".join(events) + ("data: [DONE]\n\n" if done else ""), request=asked, path="/v1/completions")


FINISH = chunk("", "stop")
TEXT = stream(chunk("Hel"), chunk("lo"), FINISH)
WITH_USAGE = stream(chunk("Hello"), FINISH, usage_chunk(), stream_options={"include_usage": True})
ERROR = stream(chunk("Hel"), event({"error": {"message": "overloaded", "type": "server_error"}}), done=False)
TWO_CHOICES = stream(chunk("One"), chunk("Two", index=1), FINISH, chunk("", "length", index=1), n=2)
