"""When a rule of legacy completions applies.

Law: each is a `when=` of `@rule`: it says why the rule does not apply, or None where it does.
"""

from __future__ import annotations

from conformance.core.stream import Stream

from .view import CompletionsView

CompletionsStream = Stream[CompletionsView]


def has_choices(stream: CompletionsStream) -> str | None:
    """At least one choice."""
    return None if stream.view.choices else "no choice in the stream"


def has_errors(stream: CompletionsStream) -> str | None:
    """An error object."""
    return None if stream.view.errors else "no error in the stream"


def has_usage(stream: CompletionsStream) -> str | None:
    """A chunk with usage."""
    return None if stream.view.usages else "no usage in the stream"


def asked_for_usage(stream: CompletionsStream) -> str | None:
    """`stream_options.include_usage` in the request."""
    options = stream.asked.get("stream_options")
    asked = isinstance(options, dict) and options.get("include_usage") is True
    return None if asked else "usage was not asked for"
