"""Writes Responses streams, event by event, and changes them: what the samples and the rules' examples are made with.

Law: pure. A stream is a list of events without sequence numbers; `stream` numbers them, so that one can be dropped or
doubled without a second fault.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import orjson

from conformance.core.example import Example

Event = dict[str, Any]

CREATED_AT = 1760000000
USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 14,
}
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": False}
TIME = {**WEATHER, "name": "time"}


def snapshot(step: str, status: str | None = None, output: list[Any] | None = None, **members: Any) -> Event:
    """A lifecycle event (`created`, `completed`, ...) with its response."""
    response = {
        "id": "resp_1", "object": "response", "created_at": CREATED_AT, "status": status or "in_progress",
        "background": False, "completed_at": None, "error": None, "incomplete_details": None, "instructions": None,
        "max_output_tokens": None, "model": "gpt-x", "output": output or [], "parallel_tool_calls": True,
        "previous_response_id": None, "store": True, "temperature": 1.0, "text": {"format": {"type": "text"}},
        "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "usage": None, "metadata": {},
    }  # fmt: skip
    return {"type": f"response.{step}", "response": {**response, **members}}


def exchange(
    *parts: list[Event], end: str = "completed", final: Mapping[str, Any] | None = None, **same: Any
) -> list[Event]:
    """A whole stream around its items; `final` are members of the last snapshot alone, `same` of all."""
    events = [event for part in parts for event in part]
    output = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    last: dict[str, Any] = {"usage": USAGE, **({"completed_at": CREATED_AT + 2} if end == "completed" else {})}
    opening = [snapshot("created", **same), snapshot("in_progress", **same)]
    return [*opening, *events, snapshot(end, end, output, **{**last, **(final or {}), **same})]


def item(index: int, start: Mapping[str, Any], inner: list[Event], end: Mapping[str, Any]) -> list[Event]:
    """An output item: added as `start`, its events, done with the members of `end` laid over."""
    head = {"item_id": start["id"], "output_index": index}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": dict(start)},
        *({"type": event["type"], **head, **event} for event in inner),
        {"type": "response.output_item.done", "output_index": index, "item": {**start, **end}},
    ]


def deltas(name: str, member: str, *pieces: str, **where: Any) -> list[Event]:
    """Deltas, and the `.done` event with the whole value."""
    head = {"type": f"response.{name}.delta", **where}
    return [
        *({**head, "delta": piece} for piece in pieces),
        {"type": f"response.{name}.done", **where, member: "".join(pieces)},
    ]


def part(inner: list[Event], start: Mapping[str, Any], end: Mapping[str, Any], index: int = 0) -> list[Event]:
    """A content part: added, its events, done."""
    where = {"content_index": index}
    return [
        {"type": "response.content_part.added", **where, "part": dict(start)},
        *inner,
        {"type": "response.content_part.done", **where, "part": {**start, **end}},
    ]


def message(
    *pieces: str, index: int = 0, annotations: tuple[Event, ...] = (), status: str = "completed"
) -> list[Event]:
    """A message with one text."""
    where, text = {"content_index": 0}, "".join(pieces)
    inner = [{**event, "logprobs": []} for event in deltas("output_text", "text", *pieces, **where)]
    cited = [
        {"type": "response.output_text.annotation.added", **where, "annotation_index": n, "annotation": annotation}
        for n, annotation in enumerate(annotations)
    ]
    start = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    end = {"text": text, "annotations": list(annotations)}
    added = {"id": f"msg_{index}", "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
    events = part([*inner[:-1], *cited, inner[-1]], start, end)
    return item(index, added, events, {"status": status, "content": [{**start, **end}]})


def call(name: str, *pieces: str, index: int = 0) -> list[Event]:
    """A function call."""
    added = {
        "id": f"fc_{index}", "type": "function_call", "status": "in_progress", "arguments": "",
        "call_id": f"call_{index}", "name": name,
    }  # fmt: skip
    events = deltas("function_call_arguments", "arguments", *pieces)
    return item(index, added, events, {"status": "completed", "arguments": "".join(pieces)})


def summary(*pieces: str, index: int = 0, encrypted: str | None = None) -> list[Event]:
    """A reasoning item with one summary part."""
    where = {"summary_index": 0}
    done = {"type": "summary_text", "text": "".join(pieces)}
    events = [
        {"type": "response.reasoning_summary_part.added", **where, "part": {**done, "text": ""}},
        *deltas("reasoning_summary_text", "text", *pieces, **where),
        {"type": "response.reasoning_summary_part.done", **where, "part": done},
    ]
    added = {
        "id": f"rs_{index}",
        "type": "reasoning",
        "summary": [],
        **({"encrypted_content": encrypted} if encrypted else {}),
    }
    return item(index, added, events, {"summary": [done]})


def reasoning(*pieces: str, index: int = 0) -> list[Event]:
    """A reasoning item whose text is shown."""
    start = {"type": "reasoning_text", "text": ""}
    done = {"type": "reasoning_text", "text": "".join(pieces)}
    events = part(deltas("reasoning_text", "text", *pieces, content_index=0), start, done)
    added = {"id": f"rs_{index}", "type": "reasoning", "status": "in_progress", "summary": [], "content": []}
    return item(index, added, events, {"status": "completed", "content": [done]})


def tool(
    kind: str, start: Mapping[str, Any], end: Mapping[str, Any], *steps: str | list[Event], index: int = 0
) -> list[Event]:
    """A hosted tool's item: its steps by name, or events between them."""
    inner: list[Event] = []
    for step in steps:
        inner += [{"type": f"response.{kind}.{step}"}] if isinstance(step, str) else step
    added = {"id": f"{kind}_{index}", "type": kind, "status": "in_progress", **start}
    return item(index, added, inner, {"status": "completed", **end})


def stream(*events: Event, done: bool = False, **request: Any) -> Example:
    """A whole exchange from events, which it numbers. `request` adds fields to the request's body."""
    body = "".join(_wire(number, event) for number, event in enumerate(events)) + ("data: [DONE]\n\n" if done else "")
    asked = {"model": "gpt-x", "stream": True, "input": "Hi", **request}
    return Example(body, request=asked, path="/v1/responses")


def _wire(number: int, event: Event) -> str:
    data = {"type": event.get("type"), "sequence_number": number, **event}
    return f"event: {data['type']}\ndata: {orjson.dumps(data).decode()}\n\n"


def drop(events: list[Event], kind: str, which: int = 0) -> list[Event]:
    """The events without the one of this kind (the first, unless `which` says another)."""
    place = _places(events, kind)[which]
    return [*events[:place], *events[place + 1 :]]


def double(events: list[Event], kind: str, which: int = 0) -> list[Event]:
    """The events with the one of this kind sent twice."""
    place = _places(events, kind)[which]
    return [*events[: place + 1], *events[place:]]


def put(events: list[Event], kind: str, *more: Event, which: int = 0) -> list[Event]:
    """The events with more of them behind the one of this kind."""
    place = _places(events, kind)[which]
    return [*events[: place + 1], *more, *events[place + 1 :]]


def edit(events: list[Event], kind: str, path: str, value: Any, which: int = 0) -> list[Event]:
    """The events with another value at a dotted path (`item.content.0.text`) in the one of this kind; None deletes."""
    place = _places(events, kind)[which]
    changed = copy.deepcopy(events[place])
    *way, last = path.split(".")
    node: Any = changed
    for step in way:
        node = node[int(step) if isinstance(node, list) else step]
    if value is DELETED:
        del node[last]
    else:
        node[int(last) if isinstance(node, list) else last] = value
    return [*events[:place], changed, *events[place + 1 :]]


DELETED = object()
"""For `edit`: takes the member away."""


def _places(events: list[Event], kind: str) -> list[int]:
    return [place for place, event in enumerate(events) if event["type"].removeprefix("response.") == kind]
