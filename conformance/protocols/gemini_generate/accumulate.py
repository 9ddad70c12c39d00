"""Chunks to the final GenerateContentResponse: texts of the same kind joined, function calls whole, the last usage.

Law: takes what the view holds; raises nothing. Arguments that Vertex AI streams (`partialArgs`) are put together at
their JSON Paths.
"""

from __future__ import annotations

import re
from typing import Any

from conformance.core.stream import Stream

from .view import Candidate, GeminiView

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
_VALUES = ("stringValue", "numberValue", "boolValue")
_MAX_INDEX = 10_000


def accumulate(stream: Stream[GeminiView]) -> dict[str, Any] | None:
    """The response that the chunks add up to; None where the stream holds no chunk."""
    view = stream.view
    if not view.chunks:
        return None
    response: dict[str, Any] = {"candidates": [_candidate(view.candidates[i]) for i in sorted(view.candidates)]}
    if view.blocked:
        response["promptFeedback"] = stream.events[view.blocked[0]].parsed["promptFeedback"]
    if view.usages:
        response["usageMetadata"] = view.usages[-1][1]
    for key, seen in (("modelVersion", view.versions), ("responseId", view.response_ids)):
        if seen:
            response[key] = next(iter(seen))
    return response


def _candidate(candidate: Candidate) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    call: dict[str, Any] | None = None  # a function call whose arguments are still coming
    for _, part in candidate.parts:
        fragment = part.get("functionCall")
        if call is not None and isinstance(fragment, dict) and "name" not in fragment:
            call = _go_on(call, fragment)
        elif isinstance(fragment, dict):
            whole = {key: value for key, value in fragment.items() if key not in ("partialArgs", "willContinue")}
            parts.append({**part, "functionCall": whole})
            call = _go_on(whole, fragment)
        elif not _joins(parts, part):
            parts.append(dict(part))
    message: dict[str, Any] = {"index": candidate.index, "content": {"role": "model", "parts": parts}}
    if candidate.finishes:
        message["finishReason"] = candidate.finishes[-1][1]
    return message


def _joins(parts: list[dict[str, Any]], part: dict[str, Any]) -> bool:
    """True where `part` is text of the same kind as the last one, which it then continues."""
    last = parts[-1] if parts else None
    if last is None or not isinstance(part.get("text"), str) or not isinstance(last.get("text"), str):
        return False
    if bool(last.get("thought")) != bool(part.get("thought")):
        return False
    last.update({**part, "text": last["text"] + part["text"]})
    return True


def _go_on(call: dict[str, Any], fragment: dict[str, Any]) -> dict[str, Any] | None:
    """Adds the partial arguments of a fragment. Returns the call where more will come, else None."""
    partial = fragment.get("partialArgs")
    for item in partial if isinstance(partial, list) else ():
        if isinstance(item, dict) and isinstance(item.get("jsonPath"), str):
            value = next((item[name] for name in _VALUES if item.get(name) is not None), None)
            call["args"] = _put(call.get("args", {}), item["jsonPath"], value)
    return call if fragment.get("willContinue") is True else None


def _put(root: Any, path: str, value: object) -> Any:
    """Sets a value at a JSON Path; a string continues the string that stands there."""
    steps = [int(i) if i else name or quoted for name, i, quoted in _STEP.findall(path)]
    if not steps or any(isinstance(step, int) and step > _MAX_INDEX for step in steps):
        return root
    node = root
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(step, int) != isinstance(node, list):
            return root  # the path does not fit what stands there: a peer may send anything
        if isinstance(node, list):
            node.extend([None] * (step + 1 - len(node)))
        present = node[step] if isinstance(node, list) else node.get(step)
        if following is None:
            joined = isinstance(present, str) and isinstance(value, str)
            node[step] = present + value if joined else value
        elif not isinstance(present, dict | list):
            node[step] = [] if isinstance(following, int) else {}
        node = node[step]
    return root
