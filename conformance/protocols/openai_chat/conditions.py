"""When a Chat Completions rule applies: what the stream must hold, or the request must ask, for a verdict to mean much.

Law: each is a `when=` of `@rule`: it says why the rule does not apply, or None where it does. Those that read the
request belong to rules that need Evidence.REQUEST. `all_of` joins several; the first reason counts. The same conditions
joined are the same function: the judge asks each function once per stream.
"""

from __future__ import annotations

from functools import cache

from conformance.core.recording import Evidence
from conformance.core.rule import Condition
from conformance.core.stream import Stream

from .calls import finished_calls
from .view import ChatView, Choice

ChatStream = Stream[ChatView]


@cache
def all_of(*conditions: Condition) -> Condition:
    """All must hold; the reason of the first that does not."""

    def when(stream: ChatStream) -> str | None:
        for condition in conditions:
            reason = condition(stream)
            if reason is not None:
                return reason
        return None

    return when


@cache
def any_of(*conditions: Condition) -> Condition:
    """One must hold; the reasons of all, where none does."""

    def when(stream: ChatStream) -> str | None:
        reasons = []
        for condition in conditions:
            reason = condition(stream)
            if reason is None:
                return None
            reasons.append(reason)
        return ", ".join(reasons)

    return when


# What the stream holds


def has_choices(stream: ChatStream) -> str | None:
    """A chunk with a choice."""
    return None if stream.view.choices else "no choice in the stream"


def has_finish(stream: ChatStream) -> str | None:
    """A choice with a finish reason."""
    return None if "finishes" in stream.view.brought else "no finish_reason in the stream"


def has_error(stream: ChatStream) -> str | None:
    """An error event."""
    return None if stream.view.errors else "no error in the stream"


def has_tool_calls(stream: ChatStream) -> str | None:
    """A delta with `tool_calls`."""
    return None if "calls" in stream.view.brought else "no tool call in the stream"


def tool_calls_finished(stream: ChatStream) -> str | None:
    """A tool call that the server finished, and whose fragments can be told from those of the others."""
    if next(finished_calls(stream.view), None) is not None:
        return None
    return "no tool call was finished, or none can be told from the others"


def has_function_call(stream: ChatStream) -> str | None:
    """A delta with the legacy `function_call`."""
    return None if "function_calls" in stream.view.brought else "no function_call in the stream"


def has_text(stream: ChatStream) -> str | None:
    """A delta with content or a refusal."""
    brought = stream.view.brought
    return None if "content" in brought or "refusal" in brought else "no text in the stream"


def has_refusal(stream: ChatStream) -> str | None:
    """A delta with a refusal."""
    return None if "refusal" in stream.view.brought else "no refusal in the stream"


def has_reasoning(stream: ChatStream) -> str | None:
    """A delta with reasoning text, under any of its names."""
    return None if "reasoning" in stream.view.brought else "no reasoning in the stream"


def has_logprobs(stream: ChatStream) -> str | None:
    """A choice whose `logprobs` is not null."""
    return None if "logprobs" in stream.view.brought else "no logprobs in the stream"


def has_usage(stream: ChatStream) -> str | None:
    """A chunk whose `usage` is an object."""
    return None if stream.view.usages else "no usage in the stream"


def has_usage_member(stream: ChatStream) -> str | None:
    """A chunk with the member `usage`, null or not."""
    return None if "usage" in stream.view.top_keys else "no chunk has a usage"


@cache
def has_delta_member(name: str) -> Condition:
    """A delta that holds this member, null or not."""

    def when(stream: ChatStream) -> str | None:
        return None if name in stream.view.delta_keys else f"no delta holds {name}"

    return when


@cache
def only_choice_ended_by(reason: str) -> Condition:
    """One choice, and it ends with this `finish_reason`: the usage of several is one sum."""

    def when(stream: ChatStream) -> str | None:
        choices = list(stream.view.choices.values())
        if len(choices) > 1:
            return "several choices share one usage"
        ended = choices and any(found == reason for _, found in choices[0].finishes)
        return None if ended else f"no choice ends with {reason}"

    return when


def reached_its_end(stream: ChatStream) -> str | None:
    """The server said that it had finished: `[DONE]`, or a finish reason where the framing is not recorded."""
    view = stream.view
    if view.errors:
        return "the stream broke off with an error"
    if stream.recording.has(Evidence.FRAMING):
        return None if view.done else "the stream ended before [DONE]"
    return None if "finishes" in view.brought else "the stream ended without a finish_reason"


def ended_whole(stream: ChatStream) -> str | None:
    """The server ended the stream, not an error or the network, and every payload can be read: what is missing at its
    end was not sent."""
    if stream.view.errors:
        return "the stream broke off with an error"
    if stream.cut is not None:
        return f"the transport broke off ({stream.cut})"
    events = stream.events
    if any(symbol == "invalid" and not is_sentinel_like(events[event].raw) for event, symbol in stream.view.symbols):
        return "a payload that is no JSON may hold it"
    if stream.facts.unterminated is not None and not is_sentinel_like(stream.facts.unterminated.raw):
        return "the last event was never ended by a blank line, and may hold it"
    return None


def is_sentinel_like(raw: bytes) -> bool:
    """True for `[DONE]` and what was evidently meant to be it: quoted, padded, without brackets, in lower case."""
    return len(raw) < 24 and raw.strip(b" \t\"'[]").upper() == b"DONE"


def inexact_sentinels(stream: ChatStream) -> list[int]:
    """Events whose data was evidently meant to be `[DONE]` and is not exactly that."""
    events = stream.events
    odd = (event for event, symbol in stream.view.symbols if symbol in ("invalid", "unknown"))
    return [event for event in odd if is_sentinel_like(events[event].raw)]


# What the request asks


def asks_for_usage(stream: ChatStream) -> bool:
    """True where the request sets `stream_options.include_usage`."""
    options = stream.asked.get("stream_options")
    return type(options) is dict and options.get("include_usage") is True


def asks_for_continuous_usage(stream: ChatStream) -> bool:
    """True where the request sets vLLM's `stream_options.continuous_usage_stats`."""
    options = stream.asked.get("stream_options")
    return type(options) is dict and options.get("continuous_usage_stats") is True


def asked(stream: ChatStream) -> str | None:
    """The request is a JSON object that one can read."""
    return None if stream.asked else "the request's body is no JSON object"


def asked_for_usage(stream: ChatStream) -> str | None:
    """`stream_options.include_usage` is true."""
    return None if asks_for_usage(stream) else "the request does not set stream_options.include_usage"


def asked_for_no_usage(stream: ChatStream) -> str | None:
    """`stream_options.include_usage` is not true."""
    return asked(stream) or ("the request sets stream_options.include_usage" if asks_for_usage(stream) else None)


def asked_for_logprobs(stream: ChatStream) -> str | None:
    """`logprobs` is true."""
    return None if stream.asked.get("logprobs") is True else "the request does not ask for logprobs"


def asked_for_no_logprobs(stream: ChatStream) -> str | None:
    """`logprobs` is not true."""
    return asked(stream) or ("the request asks for logprobs" if stream.asked.get("logprobs") is True else None)


def asked_for_one_tool(stream: ChatStream) -> str | None:
    """`parallel_tool_calls` is false."""
    allowed = stream.asked.get("parallel_tool_calls")
    return None if allowed is False else "the request allows parallel tool calls"


def asked_for_tools(stream: ChatStream) -> str | None:
    """`tools` or the legacy `functions` names at least one function."""
    return None if tools_asked(stream) else "the request offers no function"


def choices_asked(stream: ChatStream) -> int:
    """`n`, which is 1 unless it is given."""
    n = stream.asked.get("n")
    return n if type(n) is int and n > 0 else 1


def limit_asked(stream: ChatStream) -> int | None:
    """`max_completion_tokens`, or the older `max_tokens`: tokens; None where neither is a number."""
    limits = (stream.asked.get("max_completion_tokens"), stream.asked.get("max_tokens"))
    return next((limit for limit in limits if type(limit) is int), None)


def asked_for_limit(stream: ChatStream) -> str | None:
    """The request limits the tokens."""
    return None if limit_asked(stream) is not None else "the request does not limit the tokens"


def choices_of(stream: ChatStream) -> list[Choice]:
    """The choices, without those beyond `n`, of which `choice-index-range` tells; all, where the request is unknown."""
    choices = stream.view.choices
    if len(choices) < 2 or not stream.asked:
        return list(choices.values())
    n = choices_asked(stream)
    return [choice for index, choice in choices.items() if index < n]


def tools_asked(stream: ChatStream) -> dict[str, dict[str, object]]:
    """The functions that the request offers, in `tools` or the legacy `functions`: name -> definition."""
    found: dict[str, dict[str, object]] = {}
    for field in ("tools", "functions"):
        items = stream.asked.get(field)
        for item in items if isinstance(items, list) else ():
            definition = _definition(item)
            if isinstance(definition.get("name"), str):
                found[str(definition["name"])] = definition
    return found


def _definition(item: object) -> dict[str, object]:
    """What one entry of `tools` (wrapped in its type) or of `functions` (bare) defines."""
    if not isinstance(item, dict):
        return {}
    wrapped = item.get("function") or item.get("custom") or item
    return wrapped if isinstance(wrapped, dict) else {}


def asked_for_several(stream: ChatStream) -> str | None:
    """`n` is more than 1."""
    return None if choices_asked(stream) > 1 else "the request asks for one choice"
