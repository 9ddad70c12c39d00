"""Neutral facts about a gateway: what became of its upstream's answer, as far as both sides are recorded.

Law: a trait says nothing of a recording with one side. `kept` means that the client got what the upstream sent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from conformance.core.recording import Evidence
from conformance.core.sandwich import BEFORE_FIRST_BYTE, BETWEEN_EVENTS, SANDWICH, SILENCE, markers
from conformance.core.stream import Stream
from conformance.core.trait import Trait, Value, trait
from conformance.core.transparency import Comparison, Framing, comparison_of
from conformance.core.transparency_change import Kind
from conformance.core.transparency_timing import abort_seen, burst_share, collected, deliveries, head_held, spread

_TIMES = (Evidence.TIMING, Evidence.READS)
_AT_ONCE = 100.0
"""Milliseconds within which an abort that is handed on at once reaches the upstream."""
_EARLY = 50.0
"""Milliseconds that a head which does not wait for the body takes at most."""


def both(
    name: str, statements: tuple[str, ...] = (), needs: tuple[Evidence, ...] = ()
) -> Callable[[Callable[[Comparison], Value]], Trait]:
    """Makes a trait of both sides."""

    def make(read: Callable[[Comparison], Value]) -> Trait:
        @wraps(read)
        def seen(stream: Stream[Any]) -> Value:
            found = comparison_of(stream)
            return read(found) if found is not None else None

        return trait(name, statements=statements, needs=needs, eventless=True, when=_one_side)(seen)

    return make


def _one_side(stream: Stream[Any]) -> str | None:
    return None if SANDWICH in stream.recording.metadata else "the recording has one side"


def _comparable(found: Comparison) -> bool:
    """True where events of both sides can be compared, all of them."""
    return found.streamed and not found.translated and not found.aborted


def _kept(sent: object, got: object) -> Value:
    """What became of something that the upstream sent; None where it sent none."""
    if not sent:
        return "added" if got else None
    return "dropped" if not got else "kept" if sent == got else "changed"


# The answer


@both("gateway.bytes", ("D03", "D05"))
def bytes_(found: Comparison) -> Value:
    """What became of the upstream's answer: `identical` bytes, the same `json`, an `equivalent` message, a `changed`
    one, or something `lost`."""
    return found.fidelity.value if found.fidelity is not None else None


@both("gateway.protocol", ("W01",))
def protocol(found: Comparison) -> Value:
    """The protocol in which the gateway asks its upstream: the `same`, or its name."""
    if found.above is None:
        return None
    return found.above.protocol.name if found.translated else "same"


@both("gateway.comments", ("D03",), (Evidence.FRAMING,))
def comments(found: Comparison) -> Value:
    """Comments of the upstream: `kept`, `dropped`, some of them (`changed`), or `added` by the gateway."""
    if found.above is None or found.aborted or not found.below.is_event_stream:
        return None
    return _kept(*([one.text for one in side.facts.comments] for side in (found.above, found.below)))


@both("gateway.id", ("D03",))
def id_(found: Comparison) -> Value:
    """The id of the answer: `kept`, `changed`, `dropped`, or `added`."""
    return _kept(*found.member("id")) if _comparable(found) else None


@both("gateway.model", ("D03",))
def model(found: Comparison) -> Value:
    """The name of the model in the answer: `kept`, `changed`, `dropped`, or `added`."""
    return _kept(*found.member("model")) if _comparable(found) else None


@both("gateway.created", ("D03",))
def created(found: Comparison) -> Value:
    """The time of the answer (`created`): `kept`, `changed`, `dropped`, or `added`."""
    return _kept(*found.member("created")) if _comparable(found) else None


@both("gateway.members", ("D03",))
def members(found: Comparison) -> Value:
    """What is done to members of events: `dropped`, `added`, `null dropped`, `null added`, `renamed`, `retyped`,
    `changed`; an empty list where they are kept."""
    if not _comparable(found):
        return None
    return sorted({change.kind.value for change in found.changes if change.kind is not Kind.EVENT_NAME})


@both("gateway.event-names", ("D03",))
def event_names(found: Comparison) -> Value:
    """The `event:` names: `kept`, or `changed`; nothing where neither side has any."""
    if not _comparable(found) or found.above is None or not any(event.name for event in found.above.events):
        return None
    return "changed" if any(change.kind is Kind.EVENT_NAME for change in found.changes) else "kept"


@both("gateway.reasoning")
def reasoning(found: Comparison) -> Value:
    """Reasoning: `kept`, `changed`, or `dropped`."""
    return None if found.aborted else _kept(*(side.reasoning for side in found.said))


@both("gateway.tool-calls")
def tool_calls(found: Comparison) -> Value:
    """Calls of tools, their names and arguments: `kept`, `changed`, or `dropped`."""
    if found.aborted:
        return None
    return _kept(*([(call.name, call.arguments) for call in side.calls] for side in found.said))


@both("gateway.usage", ("D05",))
def usage(found: Comparison) -> Value:
    """Usage: `kept`, `changed`, `dropped` although it was asked for, `held back` where it was not, `added`, or
    `not asked` of the upstream although the client asked for it."""
    if found.aborted or found.failed:
        return None
    ours, theirs = (side.tokens for side in found.said)
    if ours is not None and theirs is None and not found.usage_asked:
        return "held back"
    asked_in_vain = found.usage_asked and ours is None and theirs is None and found.terminated[1]
    return "not asked" if asked_in_vain else _kept(ours, theirs)


# The end


@both("gateway.done", ("W03",))
def done(found: Comparison) -> Value:
    """The sentinel `[DONE]`: `kept`, `dropped`, or `added`."""
    if not found.streamed or found.aborted or found.translated:
        return None
    return _kept(*(bool(count) for count in found.sentinels))


@both("gateway.terminal", ("W03",))
def terminal(found: Comparison) -> Value:
    """The end of an answer, its terminal event or the reason for its end: `kept`, `dropped`, `added` where the upstream
    sent none, or `none` on either side."""
    if found.above is None or found.aborted or not found.above.succeeded or not found.below.succeeded:
        return None
    ended = zip(found.terminated, found.said, strict=True)
    return _kept(*(done or said.ending is not None for done, said in ended)) or "none"


@both("gateway.framing", ("W03", "T01"))
def framing(found: Comparison) -> Value:
    """How the upstream's body ended, and the client's: `clean`, or `truncated to clean`; each of `clean`, `truncated`,
    `hang`."""
    if found.above is None or found.aborted:
        return None
    above, below = found.framing
    return above.value if above is below else f"{above.value} to {below.value}"


@both("gateway.failure", ("W03", "W04"))
def failure(found: Comparison) -> Value:
    """What the client gets where the upstream fails: an `error`, a `broken` body, a `hang`, or nothing (`silent`)."""
    if found.failed is None or found.aborted:
        return None
    if not found.below.succeeded or found.said[1].error is not None:
        return "error"
    words = {Framing.TRUNCATED: "broken", Framing.HANG: "hang", Framing.CLEAN: "silent"}
    return words.get(found.framing[1])


@both("gateway.error", ("W04",))
def error(found: Comparison) -> Value:
    """The upstream's error, its type, code and message: `kept`, `changed`, `dropped`, or `added` by the gateway."""
    if found.aborted or found.above is None:
        return None
    ours, theirs = ((one.error.type, one.error.code, one.error.message) if one.error else None for one in found.said)
    return _kept(ours, theirs)


@both("gateway.status", ("T06", "W04"))
def status(found: Comparison) -> Value:
    """The upstream's error status: `kept`, or what became of it (`429 to 500`)."""
    if found.above is None or found.aborted or found.above.recording.status < 400:
        return None
    above, below = found.above.recording.status, found.below.recording.status
    return "kept" if above == below else f"{above} to {below}"


@both("gateway.retry-after", ("T06",), (Evidence.HEADERS,))
def retry_after(found: Comparison) -> Value:
    """`Retry-After` of a refusal: `kept`, `changed`, `dropped`, or `added`."""
    if found.above is None or found.aborted or found.above.recording.status < 400:
        return None
    return _kept(*(side.recording.headers.get("retry-after") for side in (found.above, found.below)))


# What was asked


@both("gateway.requests", ("W02",))
def requests(found: Comparison) -> Value:
    """Number of requests that one request of the client becomes; more than one is a retry, 0 was never forwarded."""
    return None if found.aborted else len(found.sandwich.upstream)


@both("gateway.request", ("W01", "D05"), (Evidence.REQUEST,))
def request(found: Comparison) -> Value:
    """Members of the request that are `added`, `dropped` or `changed`, each by its name; but for the model's."""
    if found.above is None or found.translated or not found.above.asked:
        return None
    sent, asked = found.above.asked, found.below.asked
    told = [f"{name} added" for name in sent if name not in asked]
    told += [f"{name} dropped" for name in asked if name not in sent]
    told += [f"{name} changed" for name in asked if name in sent and asked[name] != sent[name] and name != "model"]
    return sorted(told)


# Times


@both("gateway.delivery", ("D02", "D04"), _TIMES)
def delivery(found: Comparison) -> Value:
    """How events that were written apart arrive: as `written`, `together` in heaps, or all `at-the-end`."""
    delivered = deliveries(found)
    wide, share = spread(delivered), burst_share(delivered)
    if (wide is None and share is None) or "load" in found.sandwich.asked:
        return None
    if wide is not None and wide < 1 / 10:
        return "at-the-end"
    return "together" if collected(delivered) or (wide is not None and wide < 1 / 2) else "written"


@both("gateway.head", ("T05",), (Evidence.TIMING,))
def head(found: Comparison) -> Value:
    """Whether the head of the answer comes `at-once`, or is `held-back`."""
    held = head_held(found)
    if held is None or "load" in found.sandwich.asked:
        return None
    return "held-back" if held - found.sandwich.busy > _EARLY else "at-once"


# Aborts, and load


def _abort(found: Comparison, situation: str) -> Value:
    if found.sandwich.asked.get("situation") != situation or not found.aborted or found.above is None:
        return None
    seen = abort_seen(found)
    return "never" if seen is None else "at-once" if seen - found.sandwich.busy <= _AT_ONCE else "late"


@both("gateway.abort.between-events", ("W05", "X03"))
def abort_between_events(found: Comparison) -> Value:
    """When the upstream sees that a client left while events flow: `at-once`, `late`, or `never`."""
    return _abort(found, BETWEEN_EVENTS)


@both("gateway.abort.silence", ("W05", "X03"))
def abort_silence(found: Comparison) -> Value:
    """When the upstream sees that a client left in a long silence: `at-once`, `late` (its next write), or `never`."""
    return _abort(found, SILENCE)


@both("gateway.abort.before-first-byte", ("W05", "X03"))
def abort_before_first_byte(found: Comparison) -> Value:
    """When the upstream sees that a client left before the first byte: `at-once`, `late`, or `never`."""
    return _abort(found, BEFORE_FIRST_BYTE)


@both("gateway.load")
def load(found: Comparison) -> Value:
    """Under load: whether a stream holds its `own` bytes alone, or is `mixed` with another's."""
    own = found.sandwich.asked.get("marker")
    if not isinstance(own, str):
        return None
    return "mixed" if markers(found.below.recording.body) - {own} else "own"
