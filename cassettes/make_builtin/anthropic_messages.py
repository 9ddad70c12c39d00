"""The built-in streams of anthropic-messages, in the shape of Anthropic's own.

Law: every event is named, the members stand in the order of the API, a ping comes behind the first content_block_start,
and usage is cumulative. Signatures and encrypted contents are random and sign nothing.
"""

from __future__ import annotations

import base64
import random
from typing import Any

import orjson

from .common import (
    CALLED,
    COUNTED,
    ODYSSEY,
    SAID,
    THOUGHTS,
    Chance,
    Json,
    numbers,
    prompt_of,
    repeated,
    tokens,
)

PROTOCOL = "anthropic-messages"
MODEL = "claude-haiku-4-5-20251001"
AT_ONCE = 3
"""Tokens that a delta brings at most."""
_WORDS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789"


class Builder:
    """One stream in the making."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = Chance(name)
        self.asked = asked
        self.prompt = prompt_of(asked)
        self.input = 8 + len(tokens(self.prompt)) + 500 * len(asked.get("tools", ()))
        self.output = 0
        self.index = -1
        self.events: list[bytes] = []
        self._start()

    def _start(self) -> None:
        message: Json = {"model": MODEL, "id": self.id("msg"), "type": "message", "role": "assistant", "content": []}
        message |= {"stop_reason": None, "stop_sequence": None, "stop_details": None}
        usage: Json = {**self._usage(), "output_tokens": 1, "service_tier": "standard"}
        self.send("message_start", message=message | {"usage": usage | {"inference_geo": "not_available"}})

    def _usage(self) -> Json:
        cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        return {"input_tokens": self.input, **cached}

    def id(self, kind: str) -> str:
        """An id of this kind: `toolu_01...`."""
        return f"{kind}_01" + "".join(self.chance.choices(_WORDS, k=22))

    def secret(self, count: int) -> str:
        """`count` random bytes in Base64: what only the API can read."""
        return base64.b64encode(self.chance.randbytes(count)).decode()

    def send(self, kind: str, **data: Any) -> None:
        """One event."""
        payload = orjson.dumps({"type": kind, **data})
        self.events.append(b"event: " + kind.encode() + b"\ndata: " + payload + b"\n\n")

    def open(self, kind: str, **block: Any) -> None:
        """A block opens; a ping follows the first."""
        self.index += 1
        self.send("content_block_start", index=self.index, content_block={"type": kind, **block})
        if self.index == 0:
            self.events.append(b'event: ping\ndata: {"type": "ping"}\n\n')

    def delta(self, kind: str, **fields: Any) -> None:
        """A change to the open block."""
        self.send("content_block_delta", index=self.index, delta={"type": kind, **fields})

    def close(self) -> None:
        """The open block closes."""
        self.send("content_block_stop", index=self.index)

    def pieces(self, text: str, most: int = AT_ONCE) -> list[str]:
        """A text in pieces; its tokens are counted."""
        self.output += len(tokens(text))
        return self.chance.pieces(text, most)

    def text(self, text: str, most: int = AT_ONCE) -> None:
        """A block of text."""
        self.open("text", text="")
        for piece in self.pieces(text, most):
            self.delta("text_delta", text=piece)
        self.close()

    def call(self, kind: str, call_id: str, name: str, asked: Json, **block: Any) -> None:
        """A block that calls a tool: an empty delta, then the input in pieces."""
        self.open(kind, id=call_id, name=name, input={}, **block)
        for piece in ("", *self.pieces(orjson.dumps(asked).decode())):
            self.delta("input_json_delta", partial_json=piece)
        self.close()

    def end(self, reason: str = "end_turn", sequence: str | None = None, **usage: Any) -> None:
        """Why the message stopped, and its usage."""
        delta = {"stop_reason": reason, "stop_sequence": sequence, "stop_details": None}
        self.send("message_delta", delta=delta, usage={**self._usage(), "output_tokens": self.output + 3, **usage})
        self.send("message_stop")


# What each scenario is answered with


def calls(build: Builder, *asked: tuple[str, Json]) -> None:
    """Calls of the client's tools."""
    for name, arguments in asked:
        build.call("tool_use", build.id("toolu"), name, arguments, caller={"type": "direct"})
    build.end("tool_use")


def reasoning(build: Builder) -> None:
    """Thoughts and their signature, then the answer."""
    build.open("thinking", thinking="", signature="")
    for piece in build.pieces(THOUGHTS):
        build.delta("thinking_delta", thinking=piece)
    build.delta("signature_delta", signature=build.secret(240))
    build.close()
    build.text("9.")
    build.end()


def unicode(build: Builder) -> None:
    """What was asked for, back."""
    build.text(repeated(build.prompt), 2)
    build.end()


def long(build: Builder) -> None:
    """The numbers from 1 to 120 in words."""
    build.text(numbers(), 1)
    build.end()


def length(build: Builder) -> None:
    """As many tokens as asked for, and no more."""
    said = tokens(ODYSSEY)[: build.asked["max_tokens"] - 3]
    build.text("".join(said))
    build.end("max_tokens")


def stop_sequence(build: Builder) -> None:
    """What comes before the stop sequence."""
    build.text(COUNTED)
    build.end("stop_sequence", build.asked["stop_sequences"][0])


def web_search(build: Builder) -> None:
    """A search, its results, and a sentence that cites one."""
    call, page = build.id("srvtoolu"), {"title": "Population", "url": "https://statistics.example/population"}
    build.call("server_tool_use", call, "web_search", {"query": "population of Iceland"})
    found = {"type": "web_search_result", **page, "encrypted_content": build.secret(330), "page_age": None}
    build.open("web_search_tool_result", tool_use_id=call, content=[found])
    build.close()
    build.text("According to Statistics Iceland, ")
    build.open("text", citations=[], text="")
    cited = {"type": "web_search_result_location", "cited_text": "The population was 389,444.", **page}
    build.delta("citations_delta", citation={**cited, "encrypted_index": build.secret(90)})
    for piece in build.pieces("389,444 people live in Iceland"):
        build.delta("text_delta", text=piece)
    build.close()
    build.text(".")
    build.input += 1870
    build.end(server_tool_use={"web_search_requests": 1, "web_fetch_requests": 0})


def refusal(kind: str, message: str) -> Json:
    """The body of an error."""
    error = {"type": kind, "message": message}
    return {"type": "error", "error": error, "request_id": "req_011CVKq8UeT2hcJt7L9wZmRx"}


REFUSALS = {
    "error-before-stream": (400, refusal("invalid_request_error", "messages: Input should be a valid list")),
    "unknown-model": (404, refusal("not_found_error", "model: no-such-model-of-conformance")),
    "bad-key": (401, refusal("authentication_error", "invalid x-api-key")),
}


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """Anthropic's header fields."""
    return [
        ("request-id", "req_011C" + "".join(chance.choices(_WORDS, k=20))),
        ("x-envoy-upstream-service-time", str(processing)),
    ]


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    if scenario in SAID:
        build.text(SAID[scenario])
        build.end()
    elif scenario in CALLED:
        calls(build, *CALLED[scenario])
    else:
        globals()[scenario.replace("-", "_")](build)
    return build.events
