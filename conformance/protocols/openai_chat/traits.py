"""Neutral facts about a Chat Completions stream: what servers do where the description leaves room, or is passed over.

Law: a trait reads the view (counts of shapes, first and last events), never every event, and judges nothing; None where
the stream shows nothing of it. Those of deltas are in `traits_delta`, those of usage in `traits_usage`.
"""

from __future__ import annotations

import re
from itertools import pairwise

import orjson

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .conditions import is_sentinel_like
from .traits_delta import *  # noqa: F403  # the catalogue reads this module alone
from .traits_usage import *  # noqa: F403
from .view import ChatView, delta_of

_TOP = frozenset(
    {
        "id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation",
        "moderation", "error",
    }
)  # fmt: skip
_CHOICE = frozenset({"index", "delta", "finish_reason", "logprobs"})
_DELTA = frozenset({"role", "content", "refusal", "tool_calls", "function_call", "audio"})
_FILTER = ("prompt_filter_results", "content_filter_results", "content_filter_offsets", "moderation")
_PREFIX = re.compile(r"[A-Za-z]+[-_]")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\Z")


# The head of every chunk


@trait("id.prefix", statements=("C02",))
def id_prefix(stream: Stream[ChatView]) -> Value:
    """What the first id begins with: `chatcmpl-`, `gen-`, ...; `uuid`, `other`, or `empty`."""
    value = next((value for value in stream.view.ids if isinstance(value, str) and value), "")
    found = _PREFIX.match(value)
    return "empty" if not value else "uuid" if _UUID.match(value) else found[0] if found else "other"


@trait("id.constancy", statements=("C02",))
def id_constancy(stream: Stream[ChatView]) -> Value:
    """Whether the id stays: `constant`, `changes`, or `absent`. Empty ids do not count."""
    return _constancy(stream.view.ids)


@trait("created.constancy", statements=("C03",))
def created_constancy(stream: Stream[ChatView]) -> Value:
    """Whether `created` stays: `constant`, `changes`, or `absent`. Zero does not count."""
    return _constancy(stream.view.created)


@trait("model.answered", statements=("C04",), needs=(Evidence.REQUEST,))
def model_answered(stream: Stream[ChatView]) -> Value:
    """The model that the stream names against the one asked for: `same`, `longer` (a dated name), `other`, `absent`."""
    asked = stream.asked.get("model")
    named = next((value for value in stream.view.models if isinstance(value, str) and value), None)
    if not isinstance(asked, str) or named is None:
        return None if not isinstance(asked, str) else "absent"
    return "same" if named == asked else "longer" if named.startswith(asked) else "other"


@trait("system-fingerprint", statements=("C05",))
def system_fingerprint(stream: Stream[ChatView]) -> Value:
    """`constant`, `changes`, `null`, `empty`, or `absent`."""
    return _presence(stream.view, "system_fingerprint", stream.view.fingerprints)


@trait("service-tier", statements=("C06",))
def service_tier(stream: Stream[ChatView]) -> Value:
    """The tiers that chunks name, joined with `+`; `null`, or `absent`."""
    named = [value for value in stream.view.tiers if isinstance(value, str) and value]
    return "+".join(named) or _presence(stream.view, "service_tier", {})


@trait("extra-fields", statements=("C14",))
def extra_fields(stream: Stream[ChatView]) -> Value:
    """Members that the description does not know, as `top.x_groq`, `choice.native_finish_reason`, `delta.reasoning`."""
    view = stream.view
    levels = (("top", view.top_keys, _TOP), ("choice", view.choice_keys, _CHOICE), ("delta", view.delta_keys, _DELTA))
    return sorted([f"{level}.{key}" for level, keys, known in levels for key in keys if key not in known])


@trait("content-filter", statements=("C48",))
def content_filter(stream: Stream[ChatView]) -> Value:
    """The members that report a content filter: `prompt_filter_results`, `content_filter_results`, `moderation`, ..."""
    view = stream.view
    return sorted([key for key in _FILTER if key in view.top_keys or key in view.choice_keys])


@trait("obfuscation", statements=("C60",))
def obfuscation(stream: Stream[ChatView]) -> Value:
    """Whether chunks carry `obfuscation`: `all`, `some`, `none`."""
    count, total = stream.view.top_keys.get("obfuscation", 0), stream.view.chunks
    return None if not total else "none" if not count else "all" if count == total else "some"


# Role, content, finish


@trait("role.style", statements=("C16", "C17"))
def role_style(stream: Stream[ChatView]) -> Value:
    """Which deltas carry the role: `first-only`, `late` (one, not the first), `repeated`, `every-delta`, `missing`."""
    choices = stream.view.choices.values()
    if not choices:
        return None
    roles = [[event for event, role in choice.roles if role] for choice in choices]
    sent = sum(map(len, roles))
    if not sent:
        return "missing"
    if all(len(events) < 2 for events in roles):
        return "first-only" if all(e == [c.first] for e, c in zip(roles, choices, strict=True)) else "late"
    deltas = sum(seen.count for seen in stream.view.delta_shapes.values())
    return "every-delta" if sent >= deltas - len(choices) else "repeated"


@trait("content.first", statements=("C18",))
def content_first(stream: Stream[ChatView]) -> Value:
    """The content of the first delta: `empty-string`, `null`, `absent`, `text`, or `other`."""
    choice = next(iter(stream.view.choices.values()), None)
    if choice is None:
        return None
    delta = delta_of(stream.events[choice.first], choice.index)
    content = delta.get("content")
    if content is None:
        return "null" if "content" in delta else "absent"
    return "other" if not isinstance(content, str) else "text" if content else "empty-string"


@trait("finish.placement", statements=("C20",))
def finish_placement(stream: Stream[ChatView]) -> Value:
    """Where the finish reason stands: `own-chunk`, or `with-content` (text, reasoning or a tool call beside it)."""
    found = [
        any(
            part and part[-1][0] == choice.finishes[0][0] for part in (choice.content, choice.refusal, choice.reasoning)
        )
        or any(call.events[-1] == choice.finishes[0][0] for call in choice.calls.values())
        for choice in stream.view.choices.values()
        if choice.finishes
    ]
    return None if not found else "with-content" if any(found) else "own-chunk"


@trait("finish.delta", statements=("C20",))
def finish_delta(stream: Stream[ChatView]) -> Value:
    """The delta beside the finish reason as JSON, what is not empty written as `...`: `{}`, `{"content":""}`."""
    choice = next((choice for choice in stream.view.choices.values() if choice.finishes), None)
    if choice is None:
        return None
    delta = delta_of(stream.events[choice.finishes[0][0]], choice.index)
    return orjson.dumps({key: "..." if value else value for key, value in delta.items()}).decode()


@trait("finish.key", statements=("C07",))
def finish_key(stream: Stream[ChatView]) -> Value:
    """How a choice that goes on says so: `finish_reason` is `null`, `absent`, or both (`mixed`)."""
    view = stream.view
    total = sum(seen.count for seen in view.choice_shapes.values())
    held = view.choice_keys.get("finish_reason", 0)
    ended = sum(len(choice.finishes) for choice in view.choices.values())
    if total <= ended:
        return None
    return "null" if held == total else "absent" if held <= ended else "mixed"


@trait("finish.reasons", statements=("C24",))
def finish_reasons(stream: Stream[ChatView]) -> Value:
    """The finish reasons that the choices name, sorted."""
    return sorted({str(reason) for choice in stream.view.choices.values() for _, reason in choice.finishes}) or None


# The stream


@trait("choices.order", statements=("C11",))
def choices_order(stream: Stream[ChatView]) -> Value:
    """How several choices come: `interleaved`, or `one-after-another`."""
    spans = sorted((choice.first, choice.last) for choice in stream.view.choices.values())
    if len(spans) < 2:
        return None
    return "interleaved" if any(a[1] > b[0] for a, b in pairwise(spans)) else "one-after-another"


@trait("choices.empty", statements=("C15",))
def choices_empty(stream: Stream[ChatView]) -> Value:
    """Where chunks with empty `choices` and no usage stand: `before`, `between`, `after`, joined with `+`; or `none`"""
    view = stream.view
    if not view.empty or not view.choices:
        return "none" if view.choices else None
    first, last = min(c.first for c in view.choices.values()), max(c.last for c in view.choices.values())
    places = ["before" if event < first else "after" if event > last else "between" for event in view.empty]
    return "+".join(dict.fromkeys(places))


@trait("done", statements=("C61",), needs=(Evidence.FRAMING,))
def done(stream: Stream[ChatView]) -> Value:
    """`data: [DONE]`: `present`, `repeated`, `unterminated` (no blank line behind it: readers drop it), or `absent`."""
    count, left = len(stream.view.done), stream.facts.unterminated
    if not count and left is not None and is_sentinel_like(left.raw):
        return "unterminated"
    return "absent" if not count else "present" if count == 1 else "repeated"


@trait("error.form", statements=("C62",))
def error_form(stream: Stream[ChatView]) -> Value:
    """How an error comes: `error-object`, `in-chunk` (beside choices), or `error-event` (an SSE event of that name)."""
    if not stream.view.errors:
        return None
    event = stream.events[stream.view.errors[0]]
    if event.name == "error":
        return "error-event"
    return "in-chunk" if isinstance(event.parsed, dict) and event.parsed.get("choices") else "error-object"


def _constancy(seen: dict[object, int]) -> str | None:
    values = sum(1 for value in seen if value)
    return None if not seen else "absent" if not values else "constant" if values == 1 else "changes"


def _presence(view: ChatView, key: str, seen: dict[object, int]) -> str | None:
    values = [value for value in seen if value]
    if not view.chunks:
        return None
    if values:
        return "constant" if len(values) == 1 else "changes"
    return "absent" if key not in view.top_keys else "empty" if "" in seen else "null"
