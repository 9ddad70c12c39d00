"""Traits of what deltas bring beside text: tool calls, reasoning, refusals, log probabilities, audio.

Law: as in `traits`, which imports them: the catalogue reads that module alone.
"""

from __future__ import annotations

import re

from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .conditions import has_tool_calls
from .view import REASONING_FIELDS, ChatView, ToolCall, choice_of, delta_of

_ID_PREFIX = re.compile(r"[A-Za-z]+[-_:.]")


@trait("tool-calls.style", statements=("C37", "C36"), when=has_tool_calls)
def tool_call_style(stream: Stream[ChatView]) -> Value:
    """How a call comes: in `fragments`, as a `whole-call` (one fragment), or both (`mixed`)."""
    whole = {len(call.events) == 1 for _, call in stream.view.calls()}
    return None if not whole else "mixed" if len(whole) > 1 else "whole-call" if True in whole else "fragments"


@trait("tool-calls.per-delta", statements=("C37",), when=has_tool_calls)
def calls_per_delta(stream: Stream[ChatView]) -> Value:
    """Whether one delta opens `several` calls, or each opens `one`. Shown where there are several calls."""
    firsts = [[call.first for call in choice.calls.values()] for choice in stream.view.choices.values()]
    if not any(len(events) > 1 for events in firsts):
        return None
    return "several" if any(len(set(events)) < len(events) for events in firsts) else "one"


@trait("tool-calls.index", statements=("C30",), when=has_tool_calls)
def tool_call_index(stream: Stream[ChatView]) -> Value:
    """Whether fragments carry an `index`: `present`, `absent`, or both (`mixed`)."""
    held = {call.index is not None for _, call in stream.view.calls()}
    return None if not held else "mixed" if len(held) > 1 else "present" if True in held else "absent"


@trait("tool-calls.types", statements=("C32", "C41"), when=has_tool_calls)
def tool_call_types(stream: Stream[ChatView]) -> Value:
    """The types of the calls, sorted; `absent` where a call has none."""
    calls = [call for _, call in stream.view.calls()]
    return sorted({next((str(kind) for _, kind in call.types if kind), "absent") for call in calls}) or None


@trait("tool-calls.id-prefix", statements=("C32",), when=has_tool_calls)
def tool_id_prefix(stream: Stream[ChatView]) -> Value:
    """What the first call's id begins with: `call_`, `toolu_`, `chatcmpl-`, ...; `other`, or `empty`."""
    call = next((call for _, call in stream.view.calls()), None)
    if call is None:
        return None
    found = _ID_PREFIX.match(call.id)
    return "empty" if not call.id else found[0] if found else "other"


@trait("tool-calls.first-arguments", statements=("C34", "C35"), when=has_tool_calls)
def arguments_first(stream: Stream[ChatView]) -> Value:
    """The arguments in the first fragment of the first call: `empty`, `text`, `null`, `absent`, or `other`."""
    call = next((call for _, call in stream.view.calls()), None)
    if call is None:
        return None
    if not call.arguments or call.arguments[0][0] != call.first:
        return "absent"
    value = call.arguments[0][1]
    if value is None:
        return "null"
    return "other" if not isinstance(value, str) else "text" if value else "empty"


@trait("tool-calls.later-id", statements=("C33",), when=has_tool_calls)
def tool_call_repeats(stream: Stream[ChatView]) -> Value:
    """The id in the later fragments: `absent`, `empty`, `null`, `repeated`, `another`, joined with `+`."""
    later = [(call, call.events[1:]) for _, call in stream.view.calls() if len(call.events) > 1]
    return "+".join(sorted({kind for call, events in later for kind in _later(call, set(events))})) or None


def _later(call: ToolCall, events: set[int]) -> set[str]:
    values = [value for event, value in call.ids if event in events]
    kinds = {"absent"} if len(values) < len(events) else set()
    for value in values:
        kinds.add("null" if value is None else "empty" if not value else "repeated" if value == call.id else "another")
    return kinds


@trait("reasoning.field", statements=("C44", "C45"))
def reasoning_field(stream: Stream[ChatView]) -> Value:
    """Under what name reasoning comes: `reasoning_content`, `reasoning`, `reasoning_details`, joined with `+`."""
    choice = next((choice for choice in stream.view.choices.values() if choice.reasoning), None)
    names = []
    if choice is not None:
        delta = delta_of(stream.events[choice.reasoning[0][0]], choice.index)
        names = [name for name in REASONING_FIELDS if delta.get(name)]
    if "reasoning_details" in stream.view.delta_keys:
        names.append("reasoning_details")
    return "+".join(names) or None


@trait("reasoning.details", statements=("C47",))
def reasoning_details(stream: Stream[ChatView]) -> Value:
    """The type of the first entry of `reasoning_details` that a delta brings."""
    if "reasoning_details" not in stream.view.delta_keys:
        return None
    for shape, seen in stream.view.delta_shapes.items():
        if "reasoning_details" in shape:
            for choice in stream.view.choices.values():
                details = delta_of(stream.events[seen.first], choice.index).get("reasoning_details")
                if isinstance(details, list) and details and isinstance(details[0], dict):
                    return str(details[0].get("type"))
    return None


@trait("logprobs.key", statements=("C08", "C43"))
def logprobs_key(stream: Stream[ChatView]) -> Value:
    """`logprobs` of the first choice that comes: an `object`, `null`, or `absent`."""
    choice = next(iter(stream.view.choices.values()), None)
    if choice is None:
        return None
    if choice.logprobs:
        return "object"
    return "null" if "logprobs" in choice_of(stream.events[choice.first], choice.index) else "absent"


@trait("refusal.key", statements=("C42",))
def refusal_key(stream: Stream[ChatView]) -> Value:
    """`refusal` of the first delta that comes: `text` where a refusal follows, else `null`, `empty`, or `absent`."""
    choice = next(iter(stream.view.choices.values()), None)
    if choice is None:
        return None
    if choice.refusal:
        return "text"
    delta = delta_of(stream.events[choice.first], choice.index)
    return "absent" if "refusal" not in delta else "null" if delta["refusal"] is None else "empty"


@trait("audio", statements=("C49",))
def audio(stream: Stream[ChatView]) -> Value:
    """`present` where deltas bring audio."""
    return "present" if "audio" in stream.view.delta_keys else None
