"""When a Responses rule applies, and the faults that the tables have named, one for each way through them.

Law: a condition is a `when=` of `@rule`: it says why the rule does not apply, or None where it does.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.recording import Evidence
from conformance.core.rule import Condition, Fault
from conformance.core.stream import Stream

from .view import ResponsesView
from .wire import CHANNELS

ResponsesStream = Stream[ResponsesView]

FIRST_RESPONSE, FIRST_NUMBER = 1741046400, 1748476800
"""March 4 and May 29, 2025: the API's first week, and the first day from which recordings with numbers are known."""


def all_of(*conditions: Condition) -> Condition:
    """All must hold; the reason of the first that does not."""

    def when(stream: ResponsesStream) -> str | None:
        return next((reason for condition in conditions if (reason := condition(stream)) is not None), None)

    return when


# What the stream holds


def began_here(stream: ResponsesStream) -> str | None:
    """The request starts the response; it does not take up one that began earlier."""
    return "the request takes up a stream that began earlier" if stream.view.resumed else None


def has_numbers_yet(stream: ResponsesStream) -> str | None:
    """Not a stream from before OpenAI numbered its events: no event has a number, and the response tells its age."""
    view = stream.view
    created = view.snapshots[0].response.get("created_at") if view.snapshots and view.last_number is None else None
    old = isinstance(created, int | float) and FIRST_RESPONSE <= created < FIRST_NUMBER
    return "the response is older than sequence numbers" if old else None


def has_snapshot(stream: ResponsesStream) -> str | None:
    """An event with a response."""
    return None if stream.view.snapshots else "no event carries a response"


def has_items(stream: ResponsesStream) -> str | None:
    """An event about an output item."""
    return None if stream.view.items else "no output item in the stream"


def has_finished_items(stream: ResponsesStream) -> str | None:
    """A `response.output_item.done`."""
    return None if any(item.done for item in stream.view.items.values()) else "no finished output item in the stream"


def has_parts(stream: ResponsesStream) -> str | None:
    """An event about a content or summary part."""
    return None if any(item.parts for item in stream.view.items.values()) else "no content part in the stream"


def has_channel(*names: str) -> Condition:
    """Deltas, or a `.done` event, of one of these channels; without names of any."""
    wanted = frozenset(names or (channel.name for channel in CHANNELS.values()))
    reason = f"no {' or '.join(names)} in the stream" if names else "no text or arguments in the stream"

    def when(stream: ResponsesStream) -> str | None:
        return reason if wanted.isdisjoint(stream.view.channels) else None

    return when


def has_type(*types: str) -> Condition:
    """An output item of one of these types."""

    wanted, reason = frozenset(types), f"no {' or '.join(types)} in the stream"

    def when(stream: ResponsesStream) -> str | None:
        return reason if wanted.isdisjoint(stream.view.types) else None

    return when


def has_annotations(stream: ResponsesStream) -> str | None:
    """A `response.output_text.annotation.added`."""
    return None if any(item.annotations for item in stream.view.items.values()) else "no annotation in the stream"


def has_usage(stream: ResponsesStream) -> str | None:
    """The final response has a usage."""
    return None if stream.view.usage else "the final response holds no usage"


def has_error(stream: ResponsesStream) -> str | None:
    """An `error` event."""
    return None if stream.view.errors else "no error event in the stream"


def ended(*steps: str) -> Condition:
    """The response ended in one of these ways; without names in any."""

    def when(stream: ResponsesStream) -> str | None:
        terminal = stream.view.terminal
        if terminal is None:
            return "the stream ended without a terminal event"
        if steps and terminal.step not in steps:
            return f"the stream ended with response.{terminal.step}"
        return None

    return when


def has_terminal(stream: ResponsesStream) -> str | None:
    """The response ended with a terminal event."""
    return None if stream.view.terminal else "the stream ended without a terminal event"


def not_broken_off(stream: ResponsesStream) -> str | None:
    """No `error` event, and no failed response: what is missing then is not a fault of its own."""
    terminal = stream.view.terminal
    if stream.view.errors or (terminal is not None and terminal.step == "failed"):
        return "the response failed"
    return has_terminal(stream)


def not_cut(stream: ResponsesStream) -> str | None:
    """The network did not break the stream off: that is a fault of its own (http/body-incomplete)."""
    if stream.cut and stream.recording.has(Evidence.READS):
        return f"the transport broke off ({stream.cut})"
    return None


# What the request asks


def asked(stream: ResponsesStream) -> str | None:
    """The request is a JSON object that one can read."""
    return None if stream.asked else "the request's body is no JSON object"


# What cannot be read


def garbled(stream: ResponsesStream, *kinds: str) -> bool:
    """True where an event that is no JSON, or has no end, names one of these kinds: it came, but nobody can read it."""
    left = stream.facts.unterminated
    heads = [stream.events[index].raw[:200] for index in stream.view.broken] + ([left.raw[:200]] if left else [])
    return any(kind.encode() in head for head in heads for kind in kinds)


# What the schemas and the tables found


def missing_members(stream: ResponsesStream, name: str) -> Iterator[Fault]:
    """The schema failures of one rule: a member that events lack is told of once, with their number and kinds."""
    lacking: dict[str, list[Fault]] = {}
    for fault in stream.shape_faults(name):
        if "is a required property" in fault.message:
            lacking.setdefault(fault.message.split("'")[1], []).append(fault)
        else:
            yield fault
    for member, faults in lacking.items():
        kinds = dict.fromkeys(stream.events[fault.event or 0].kind for fault in faults)
        more = f" and {len(kinds) - 3} more kinds" if len(kinds) > 3 else ""
        said = f"{len(faults)} events have no {member}" if len(faults) > 1 else f"an event has no {member}"
        yield Fault(f"{said}: {', '.join(list(kinds)[:3])}{more}", faults[0].event, faults[0].pointer)


def first_missteps(stream: ResponsesStream, name: str) -> Iterator[Fault]:
    """The first misstep that the rule with this short name speaks for, of each way through the tables."""
    for walk in stream.walks:
        step = next((step for step in walk.missteps if step.fault == name), None) if walk.missteps else None
        if step is not None:
            expected = " or ".join(step.expected) or "nothing"
            subject = f"{walk.subject}: " if walk.subject else ""
            yield Fault(f"{subject}{step.symbol} in state {step.state!r}, expected {expected}", step.event)
