"""What a stream says to its client, in words that all protocols share: text, reasoning, calls, end, tokens, error.

Law: pure; tables map the words of each API (`end_turn`, `stop`) to the same class. What an API does not tell is None
or empty, and never compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .answers import PLACES, Places, calls_of, first, follow, usage_of
from .compare import document
from .payload import parse
from .recording import EndKind
from .stream import Stream, StreamEvent

CLASSES: Mapping[str, Sequence[str]] = {
    "stop": ("stop", "end_turn", "stop_sequence", "completed", "STOP", "COMPLETE", "STOP_SEQUENCE", "pause_turn"),
    "length": ("length", "max_tokens", "incomplete", "MAX_TOKENS", "model_context_window_exceeded"),
    "tools": ("tool_calls", "function_call", "tool_use", "TOOL_CALL"),
    "filtered": ("content_filter", "refusal", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII"),
    "failed": ("error", "failed", "ERROR", "cancelled"),
}
"""Why an answer ended -> the words for it in all APIs."""
_CLASS_OF = {word: name for name, words in CLASSES.items() for word in words}
_UNDERWAY = frozenset({"in_progress", "queued"})
"""What a Response says of itself before it ends: no reason for an end."""
_OVERTAKEN = 50.0
"""Milliseconds before a reset in which what was written may never be read."""
_LAST = 6
"""Events at the end among which an error is looked for: usage, an end and a sentinel may follow it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Totals of usage; None: not told."""

    input: int | None
    output: int | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """One call of a tool."""

    id: object
    name: object
    arguments: object
    """The JSON value; text where it is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """An error, as far as it says what it is."""

    type: str | None
    code: str | None
    message: str | None
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """All of one answer."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Spoken, ...] = ()
    finish: tuple[str, ...] = ()
    """Why it ended, as its API says it."""
    tokens: Tokens | None = None
    """None: there is no usage."""
    error: Told | None = None

    @property
    def ending(self) -> str | None:
        """The class of its end; one that calls tools and stops does so for them. None: it never ended."""
        classes = {_CLASS_OF.get(word, word) for word in self.finish}
        if classes == {"stop"} and self.calls:
            return "tools"
        return ", ".join(sorted(classes)) or None


def said(stream: Stream[Any]) -> Said:
    """What the stream says; what its protocol has no place for is empty."""
    places = PLACES.get(stream.protocol.name)
    message = (stream.protocol.accumulate(stream) if stream.events else None) or {}
    if places is None:
        return Said(text="".join(map(stream.protocol.text_of, stream.events)), error=error_of(stream))
    return Said(
        text=_joined(follow(message, places.spoken)) or "".join(map(stream.protocol.text_of, stream.events)),
        reasoning=next((found for path in places.reasoning if (found := _joined(follow(message, path)))), ""),
        calls=tuple(Spoken(call.id, call.name, _value(call.arguments)) for call in calls_of(places, message)),
        finish=tuple(str(word) for word in follow(message, places.finish) if word and word not in _UNDERWAY),
        tokens=_tokens(places, message),
        error=error_of(stream),
    )


def due(stream: Stream[Any]) -> str:
    """The text that whoever reads the stream must have got: a reset overtakes what was written right before it."""
    text, end = said(stream).text, stream.recording.end
    if end.kind is not EndKind.RESET or end.at is None:
        return text
    late = [event for event in stream.events if event.at is not None and end.at - event.at <= _OVERTAKEN]
    return text[: len(text) - sum(len(stream.protocol.text_of(event)) for event in late)]


def _joined(values: Iterator[Any]) -> str:
    return "".join(value for value in values if isinstance(value, str))


def _value(arguments: object) -> object:
    if not isinstance(arguments, str):
        return arguments
    value, flaw = parse(arguments.encode("utf-8", "replace"))
    return arguments if flaw else value


def _tokens(places: Places, message: Any) -> Tokens | None:
    usage = usage_of(places, message)
    totals = [_total(usage, paths) for paths in (places.input, places.output)]
    return None if totals == [None, None] else Tokens(*totals)


def _total(usage: Mapping[str, Any], paths: Sequence[str]) -> int | None:
    counts = [value for path in paths if type(value := first(usage, path)) is int]
    return sum(counts) if counts else None


# Errors


def error_of(stream: Stream[Any]) -> Told | None:
    """The error that the answer tells: its last one in the stream, or the body of an error response."""
    if not stream.is_event_stream:
        return told(document(stream.recording)) if not stream.succeeded else None
    found = (told(event.parsed, event) for event in reversed(stream.events[-_LAST:]))
    return next((one for one in found if one is not None), None)


def told(data: Any, event: StreamEvent | None = None) -> Told | None:
    """The error of one JSON value, where every API puts it; None where it holds none."""
    if not isinstance(data, Mapping):
        return None
    nested = data.get("response")
    error = data.get("error") or (nested.get("error") if isinstance(nested, Mapping) else None)
    if not error and data.get("type") == "error":
        error = data  # the Responses API's own error event is flat
    if not error:
        return None
    index = event.index if event is not None else None
    if not isinstance(error, Mapping):
        return Told(None, None, str(error), index)
    kind = next((error[name] for name in ("type", "status") if error.get(name) not in (None, "error")), None)
    kind, code, message = (None if one is None else str(one) for one in (kind, error.get("code"), error.get("message")))
    return Told(kind, code, message, index)
