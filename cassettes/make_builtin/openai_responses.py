"""The built-in streams of openai-responses, in the shape of OpenAI's own.

Law: every event is named and numbered from 0 without a gap, its members in the order of the API; snapshots are whole
and repeat what was asked for; deltas carry obfuscation. Ids and encrypted contents are random.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from . import openai
from .common import (
    CALLED,
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

PROTOCOL = "openai-responses"
MODEL = "gpt-4o-mini-2024-07-18"
WEB_SEARCH = {
    "search_content_types": ["text"],
    "search_context_size": "medium",
    "user_location": {"type": "approximate", "city": None, "country": "US", "region": None, "timezone": None},
}
"""What the API adds to the tool `web_search` when it repeats it."""


class Builder:
    """One stream in the making."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = Chance(name)
        self.asked = asked
        self.prompt = prompt_of(asked)
        self.own = self.chance.hexadecimal(16)
        self.response = self._response()
        self.output = self.thought = 0
        self.items: list[Json] = []
        self.events: list[bytes] = []
        for kind in ("created", "in_progress"):
            self.send(f"response.{kind}", response=self.response)

    def _response(self) -> Json:
        asked = self.asked
        effort = {"effort": None, "summary": None}
        if "reasoning" in asked:
            effort = {"effort": asked["reasoning"]["effort"], "summary": "detailed"}
        shape = asked.get("text", {}).get("format", {"type": "text"})
        tools = [{**tool, **(WEB_SEARCH if tool["type"] == "web_search" else {})} for tool in asked.get("tools", ())]
        found: Json = {"id": self.id("resp"), "object": "response", "created_at": CREATED, "status": "in_progress"}
        found |= {"background": False, "completed_at": None, "error": None, "frequency_penalty": 0.0}
        found |= {"incomplete_details": None, "instructions": None, "max_output_tokens": asked.get("max_output_tokens")}
        found |= {"max_tool_calls": None, "model": MODEL, "output": [], "parallel_tool_calls": True}
        found |= {"presence_penalty": 0.0, "previous_response_id": None, "prompt_cache_key": None}
        found |= {"prompt_cache_retention": "in_memory", "reasoning": effort, "safety_identifier": None}
        found |= {"service_tier": "auto", "store": True, "temperature": 1.0}
        found |= {"text": {"format": shape, "verbosity": "medium"}, "tool_choice": asked.get("tool_choice", "auto")}
        found |= {
            "tools": tools,
            "top_logprobs": asked.get("top_logprobs", 0),
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": None,
        }
        return found | {"user": None, "metadata": {}}

    def id(self, kind: str) -> str:
        """An id of this kind: `msg_...`. All of one response share the beginning."""
        return f"{kind}_{self.own}{self.chance.hexadecimal(34)}"

    def send(self, kind: str, **data: Any) -> None:
        """One event, numbered."""
        payload = orjson.dumps({"type": kind, **data, "sequence_number": len(self.events)})
        self.events.append(b"event: " + kind.encode() + b"\ndata: " + payload + b"\n\n")

    def open(self, item: Json) -> Json:
        """An item is added; the members that say where its events belong."""
        self.send("response.output_item.added", item=item, output_index=len(self.items))
        return {"item_id": item["id"], "output_index": len(self.items)}

    def close(self, item: Json) -> None:
        """The open item is done."""
        self.send("response.output_item.done", item=item, output_index=len(self.items))
        self.items.append(item)

    def deltas(self, name: str, text: str, most: int = 1, **where: Any) -> None:
        """A text in pieces; its tokens are counted. `logprobs` are of the whole, one entry a piece."""
        self.output += len(tokens(text))
        told = where.get("logprobs")
        for number, piece in enumerate(self.chance.pieces(text, most)):
            noise = self.chance.letters(max(1, 16 - len(piece)))
            own = {"logprobs": told[number : number + 1]} if told is not None else {}
            self.send(f"response.{name}.delta", delta=piece, **{**where, **own}, obfuscation=noise)

    def message(
        self, text: str, *cited: Json, status: str = "completed", most: int = 1, logprobs: Sequence[Json] = ()
    ) -> None:
        """A message with one text."""
        item = {"id": self.id("msg"), "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
        where = {"content_index": 0, **self.open(item)}
        part: Json = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
        self.send("response.content_part.added", **where, part=part)
        self.deltas("output_text", text, most, **where, logprobs=list(logprobs))
        for number, annotation in enumerate(cited):
            named = {"annotation": annotation, "annotation_index": number}
            self.send("response.output_text.annotation.added", **named, **where)
        self.send("response.output_text.done", **where, logprobs=list(logprobs), text=text)
        part = {**part, "annotations": list(cited), "logprobs": list(logprobs), "text": text}
        self.send("response.content_part.done", **where, part=part)
        self.close({**item, "status": status, "content": [part]})

    def call(self, name: str, asked: Json) -> None:
        """A function call."""
        item = {"id": self.id("fc"), "type": "function_call", "status": "in_progress", "arguments": ""}
        item |= {"call_id": f"call_{self.chance.letters(24)}", "name": name}
        where, arguments = self.open(item), orjson.dumps(asked).decode()
        self.deltas("function_call_arguments", arguments, **where)
        self.send("response.function_call_arguments.done", arguments=arguments, **where)
        self.close({**item, "status": "completed", "arguments": arguments})

    def end(self, status: str = "completed", **more: Any) -> None:
        """The last snapshot, with all items and the usage."""
        count = 9 + len(tokens(self.prompt)) + 50 * len(self.asked.get("tools", ()))
        usage: Json = {"input_tokens": count, "input_tokens_details": {"cached_tokens": 0}}
        usage |= {"output_tokens": self.output, "output_tokens_details": {"reasoning_tokens": self.thought}}
        usage |= {"total_tokens": count + self.output}
        ended = {"status": status, "completed_at": CREATED + 1 if status == "completed" else None}
        last = {**self.response, **ended, **more, "output": self.items, "service_tier": "default", "usage": usage}
        self.send(f"response.{status}", response=last)


# What each scenario is answered with


def reasoning(build: Builder) -> None:
    """A summary of the thoughts, then the answer."""
    item: Json = {"id": build.id("rs"), "type": "reasoning", "summary": []}
    where = {**build.open(item), "summary_index": 0}
    part = {"type": "summary_text", "text": ""}
    build.send("response.reasoning_summary_part.added", **where, part=part)
    build.deltas("reasoning_summary_text", THOUGHTS, **where)
    build.send("response.reasoning_summary_text.done", **where, text=THOUGHTS)
    build.send("response.reasoning_summary_part.done", **where, part={**part, "text": THOUGHTS})
    build.close({**item, "summary": [{**part, "text": THOUGHTS}]})
    build.output = build.thought = 128
    build.message("9.")
    build.end()


def unicode(build: Builder) -> None:
    """What was asked for, back."""
    build.message(repeated(build.prompt))
    build.end()


def long(build: Builder) -> None:
    """The numbers from 1 to 120 in words."""
    build.message(numbers())
    build.end()


def length(build: Builder) -> None:
    """As many tokens as asked for, and no more."""
    said = tokens(f"{ODYSSEY} driven time and again off course")[: build.asked["max_output_tokens"]]
    build.message("".join(said), status="incomplete")
    build.end("incomplete", incomplete_details={"reason": "max_output_tokens"})


def logprobs(build: Builder) -> None:
    """Text whose every token is told with the runner-up."""
    build.message(WET, logprobs=build.chance.likelihoods(WET))
    build.end()


def web_search(build: Builder) -> None:
    """A search, and a sentence that cites what it found."""
    action: Json = {"type": "search"}
    item = {"id": build.id("ws"), "type": "web_search_call", "status": "in_progress", "action": action}
    where = build.open(item)
    for step in ("in_progress", "searching", "completed"):
        build.send(f"response.web_search_call.{step}", **where)
    query = "population of Iceland"
    build.close({**item, "status": "completed", "action": {**action, "queries": [query], "query": query}})
    said, link = "389,444 people live in Iceland. ", "([statistics.example](https://statistics.example/population))"
    page = {"title": "Population", "url": "https://statistics.example/population"}
    cited = {"type": "url_citation", "end_index": len(said + link), "start_index": len(said), **page}
    build.message(said + link, cited, most=4)
    build.end()


_INVALID = "Invalid type for 'input': expected one of a string or array of input items, but got an integer instead."
REFUSALS = openai.refusals(_INVALID, "input")
fields = openai.fields


def events(scenario: str, asked: Json) -> list[bytes]:
    """The stream of a scenario."""
    build = Builder(scenario, asked)
    if scenario in SAID:
        build.message(SAID[scenario])
        build.end()
    elif scenario in CALLED:
        for name, arguments in CALLED[scenario]:
            build.call(name, arguments)
        build.end()
    else:
        globals()[scenario.replace("-", "_")](build)
    return build.events
