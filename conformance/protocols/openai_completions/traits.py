"""Neutral facts about a stream of legacy completions.

Law: a trait reads the view and judges nothing; None where the stream shows nothing of it.
"""

from __future__ import annotations

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .view import CompletionsView


@trait("termination.done", needs=(Evidence.FRAMING,))
def done(stream: Stream[CompletionsView]) -> Value:
    """`present`, `repeated` or `absent`: `data: [DONE]`."""
    count = len(stream.view.done)
    return "absent" if not count else "present" if count == 1 else "repeated"


@trait("termination.finish-reason")
def finish_reason(stream: Stream[CompletionsView]) -> Value:
    """The finish reasons of the choices, sorted."""
    return sorted({str(reason) for c in stream.view.choices.values() for _, reason in c.finishes}) or None


@trait("usage.placement")
def usage_placement(stream: Stream[CompletionsView]) -> Value:
    """`own-chunk`, `with-choices`, `several-chunks`, or `none`."""
    usages = stream.view.usages
    if len(usages) != 1:
        return "several-chunks" if usages else "none"
    return "with-choices" if stream.events[usages[0][0]].parsed.get("choices") else "own-chunk"
