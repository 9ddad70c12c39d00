"""Neutral facts about a Responses stream: what servers do where the descriptions leave room, or differ.

Law: a trait reads the view (counts of shapes, items, snapshots), never every event, and judges nothing; None where the
stream shows nothing of it. Whether events have `event:` lines is `sse.event-lines`, which all protocols share.
"""

from __future__ import annotations

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .view import ResponsesView
from .wire import CHANGING_MEMBERS, CORE_KINDS, LIFECYCLE

_RESPONSE = frozenset(
    {
        "id", "object", "created_at", "completed_at", "status", "background", "billing", "conversation", "error",
        "frequency_penalty", "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls", "metadata",
        "model", "moderation", "output", "output_text", "parallel_tool_calls", "presence_penalty",
        "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
        "reasoning", "safety_identifier", "service_tier", "store", "temperature", "text", "tool_choice", "tool_usage",
        "tools", "top_logprobs", "top_p", "truncation", "usage", "user",
    }
)  # fmt: skip
_EVENT = frozenset(
    {
        "type", "sequence_number", "response", "item", "part", "item_id", "output_index", "content_index",
        "summary_index", "command_index", "annotation_index", "annotation", "delta", "text", "refusal", "arguments",
        "name", "input", "code", "command", "diff", "output", "logprobs", "obfuscation", "status", "error", "message",
        "param", "partial_image_index", "partial_image_b64", "size", "quality", "background", "output_format",
    }
)  # fmt: skip
_USAGE = frozenset({"input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens"})


def _how_many(count: int, total: int) -> Value:
    """`none`, `some` or `all`; None of nothing."""
    return None if not total else "none" if not count else "all" if count >= total else "some"


# The stream


@trait("done", statements=("R02",), needs=(Evidence.FRAMING,))
def done(stream: Stream[ResponsesView]) -> Value:
    """`data: [DONE]`: `present`, `repeated`, or `absent`."""
    count = len(stream.view.done)
    return "absent" if not count else "present" if count == 1 else "repeated"


@trait("sequence.numbers", statements=("R05", "R06"))
def sequence_numbers(stream: Stream[ResponsesView]) -> Value:
    """The sequence numbers: `contiguous`, `gaps`, `disordered`, `partly` (some events have none), or `absent`."""
    view = stream.view
    if view.unnumbered is not None:
        return "absent" if view.first_number is None else "partly"
    if not view.steps:
        return "contiguous"
    return "disordered" if any(step.number <= step.before for step in view.steps) else "gaps"


@trait("sequence.start", statements=("R06", "R49"))
def sequence_start(stream: Stream[ResponsesView]) -> Value:
    """The first sequence number."""
    return stream.view.first_number[1] if stream.view.first_number else None


@trait("resumed", statements=("R03", "R49"))
def resumed(stream: Stream[ResponsesView]) -> Value:
    """Whether the request takes up a response that began earlier (GET with `starting_after`)."""
    return stream.view.resumed or None


@trait("lifecycle", statements=("R04", "R41"))
def lifecycle(stream: Stream[ResponsesView]) -> Value:
    """The steps of the response in their order, joined with `+`: `created+in_progress+completed`."""
    steps = [symbol for _, symbol in stream.view.symbols if symbol in LIFECYCLE.values() or symbol == "error"]
    return "+".join(steps) or None


@trait("background", statements=("R41", "R50"))
def background(stream: Stream[ResponsesView]) -> Value:
    """Whether the response runs in the background, as its first snapshot says."""
    value = stream.view.snapshots[0].response.get("background") if stream.view.snapshots else None
    return value if isinstance(value, bool) else None


@trait("keep-alive.events", statements=("R58",))
def keep_alive(stream: Stream[ResponsesView]) -> Value:
    """Number of events that only keep the connection alive (`keepalive`, `ping`)."""
    kinds = stream.view.kinds
    return sum(kinds[kind].count for kind in ("keepalive", "ping", "response.keepalive") if kind in kinds) or None


@trait("error.form", statements=("R29",))
def error_form(stream: Stream[ResponsesView]) -> Value:
    """How an `error` event tells its message: `nested` in an object, `flat` at the top, `both`, or `other`."""
    if not stream.view.errors:
        return None
    data = stream.view.errors[0][1]
    nested, flat = isinstance(data.get("error"), dict), isinstance(data.get("message"), str)
    return "both" if nested and flat else "nested" if nested else "flat" if flat else "other"


# What events and snapshots hold


@trait("extra-events", statements=("R42", "R46"))
def extra_events(stream: Stream[ResponsesView]) -> Value:
    """The types of events that neither OpenAI nor Open Responses describes, sorted."""
    return sorted(kind for kind in stream.view.kinds if kind not in CORE_KINDS)


@trait("extra-event-fields", statements=("R34", "R65"))
def extra_event_fields(stream: Stream[ResponsesView]) -> Value:
    """Members of the described events that no description knows, sorted."""
    shapes = [shape for kind, shape in stream.view.shapes if kind in CORE_KINDS]
    return sorted(set().union(*shapes) - _EVENT) if shapes else None


@trait("extra-response-fields", statements=("R65",))
def extra_response_fields(stream: Stream[ResponsesView]) -> Value:
    """Members of the responses that no description knows, sorted."""
    found = [set(response) for _, _, response in stream.view.snapshots]
    return sorted(set().union(*found) - _RESPONSE) if found else None


@trait("obfuscation", statements=("R34",))
def obfuscation(stream: Stream[ResponsesView]) -> Value:
    """How many of the deltas carry `obfuscation`: `none`, `some`, `all`."""
    deltas = sum(seen.count for kind, seen in stream.view.kinds.items() if kind.endswith(".delta"))
    return _how_many(stream.view.counts("obfuscation", ".delta"), deltas)


@trait("logprobs", statements=("R35",))
def logprobs(stream: Stream[ResponsesView]) -> Value:
    """How many of the text events (deltas and done) hold `logprobs`, empty or not: `none`, `some`, `all`."""
    kinds = ("response.output_text.delta", "response.output_text.done")
    total = sum(seen.count for kind, seen in stream.view.kinds.items() if kind in kinds)
    held = sum(stream.view.counts("logprobs", kind) for kind in kinds)
    return _how_many(held, total)


@trait("usage.placement", statements=("R30", "R32"))
def usage_placement(stream: Stream[ResponsesView]) -> Value:
    """The steps of the response whose snapshots hold a usage, joined with `+`; `none`."""
    view = stream.view
    if view.terminal is None:
        return None
    return "+".join(step for _, step, response in view.snapshots if response.get("usage")) or "none"


@trait("usage.extra", statements=("R65",))
def usage_extra(stream: Stream[ResponsesView]) -> Value:
    """Members of the usage that the description does not know, sorted."""
    return sorted(set(stream.view.usage[1]) - _USAGE) if stream.view.usage else None


# Items


@trait("items", statements=("R44",))
def items(stream: Stream[ResponsesView]) -> Value:
    """The types of the output items, in the order in which each came first."""
    types = [item.type for item in stream.view.items.values() if item.type]
    return list(dict.fromkeys(types)) or None


@trait("items.without-status", statements=("R23", "R44"))
def items_without_status(stream: Stream[ResponsesView]) -> Value:
    """The types of the output items that have no `status` when they are done, sorted. Open Responses requires one."""
    done = [item for item in stream.view.items.values() if item.final is not None]
    return sorted({str(item.type) for item in done if (item.final or {}).get("status") is None}) if done else None


@trait("items.phase", statements=("R52",))
def phase(stream: Stream[ResponsesView]) -> Value:
    """The phases of the messages (`commentary`, `final_answer`), joined with `+`; `absent`."""
    messages = [item.final for item in stream.view.items.values() if item.type == "message" and item.final]
    phases = [str(message["phase"]) for message in messages if message.get("phase")]
    return ("+".join(dict.fromkeys(phases)) or "absent") if messages else None


@trait("items.changed-at-end", statements=("R31",))
def changed_at_end(stream: Stream[ResponsesView]) -> Value:
    """Members of finished items that are another in the final response, though they may be: `encrypted_content`, ..."""
    final = stream.view.terminal
    output = final.response.get("output") if final else None
    if not isinstance(output, list):
        return None
    held = {item.get("id"): item for item in output if isinstance(item, dict) and isinstance(item.get("id"), str)}
    done = [item.final for item in stream.view.items.values() if item.final]
    pairs = [(item, held[item["id"]]) for item in done if isinstance(item.get("id"), str) and item["id"] in held]
    return sorted(name for name in CHANGING_MEMBERS if any(a.get(name) != b.get(name) for a, b in pairs))


@trait("reasoning.form", statements=("R45", "R37"))
def reasoning_form(stream: Stream[ResponsesView]) -> Value:
    """How reasoning comes: `reasoning_text`, `reasoning` (Open Responses), `summary`, `encrypted`; `hidden`."""
    found = [item for item in stream.view.items.values() if item.type == "reasoning"]
    if not found:
        return None
    names = {"reasoning_text": "reasoning_text", "reasoning": "reasoning", "reasoning_summary_text": "summary"}
    forms = [word for name, word in names.items() if name in stream.view.channels]
    if any((item.final or {}).get("encrypted_content") for item in found):
        forms.append("encrypted")
    return forms or ["hidden"]


@trait("deltas", statements=("R20",))
def deltas(stream: Stream[ResponsesView]) -> Value:
    """Channels whose whole value came without a delta, sorted (LM Studio's arguments)."""
    texts = stream.view.texts
    return sorted({text.channel.name for _, text in texts if text.dones and not text.deltas}) if texts else None


@trait("tool-calls.style", statements=("R20", "R21"))
def tool_call_style(stream: Stream[ResponsesView]) -> Value:
    """How the arguments of function calls come: in `fragments`, `whole` (at most one delta), or both (`mixed`)."""
    channel = "function_call_arguments"
    whole = {len(text.deltas) < 2 for _, text in stream.view.texts if text.channel.name == channel}
    return None if not whole else "mixed" if len(whole) > 1 else "whole" if True in whole else "fragments"


@trait("tool-calls.name-when-done", statements=("R22",))
def name_when_done(stream: Stream[ResponsesView]) -> Value:
    """How many of the `.done` events of arguments name the function: `none`, `some`, `all`. OpenAI's do not."""
    kind = "response.function_call_arguments.done"
    seen = stream.view.kinds.get(kind)
    return _how_many(stream.view.counts("name", kind), seen.count) if seen else None


@trait("tool-calls.parallel", statements=("R54",))
def parallel(stream: Stream[ResponsesView]) -> Value:
    """Number of function calls, where there are any."""
    return len(stream.view.calls) or None


@trait("audio", statements=("R62",))
def audio(stream: Stream[ResponsesView]) -> Value:
    """`present` where a spoken answer comes."""
    return "present" if stream.view.audio else None
