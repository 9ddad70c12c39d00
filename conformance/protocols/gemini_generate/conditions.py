"""When a Gemini rule applies: what the stream must hold for a verdict to mean much.

Law: each is a `when=` of `@rule`: it says why the rule does not apply, or None where it does.
"""

from __future__ import annotations

from conformance.core.stream import Stream

from .view import GeminiView

GeminiStream = Stream[GeminiView]


def has_chunks(stream: GeminiStream) -> str | None:
    """At least one GenerateContentResponse."""
    return None if stream.view.chunks else "no GenerateContentResponse in the stream"


def has_candidates(stream: GeminiStream) -> str | None:
    """At least one candidate."""
    return None if stream.view.candidates else "no candidate in the stream"


def has_parts(stream: GeminiStream) -> str | None:
    """At least one part."""
    return None if any(c.parts for c in stream.view.candidates.values()) else "no part in the stream"


def has_thoughts(stream: GeminiStream) -> str | None:
    """A part that is marked as a thought."""
    parts = (part for c in stream.view.candidates.values() for _, _, part in c.special)
    return None if any(part.get("thought") for part in parts) else "no thought in the stream"


def has_signatures(stream: GeminiStream) -> str | None:
    """A part with a thought signature."""
    parts = (part for c in stream.view.candidates.values() for _, _, part in c.special)
    return None if any("thoughtSignature" in part for part in parts) else "no thought signature in the stream"


def has_calls(stream: GeminiStream) -> str | None:
    """A part with a function call."""
    return None if any(c.calls for c in stream.view.candidates.values()) else "no function call in the stream"


def has_usage(stream: GeminiStream) -> str | None:
    """A chunk with usage."""
    return None if stream.view.usages else "no usage in the stream"


def has_several_candidates(stream: GeminiStream) -> str | None:
    """More than one candidate, in a chunk or asked for."""
    config = stream.asked.get("generationConfig")
    asked = config.get("candidateCount") if isinstance(config, dict) else None
    several = isinstance(asked, int) and asked > 1
    return None if several or len(stream.view.candidates) > 1 else "one candidate only"


def has_errors(stream: GeminiStream) -> str | None:
    """An event with `error`."""
    return None if stream.view.errors else "no error in the stream"
