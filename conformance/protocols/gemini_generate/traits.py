"""Neutral facts about a Gemini stream.

Law: a trait reads the view and judges nothing; None where the stream shows nothing of it.
"""

from __future__ import annotations

from itertools import takewhile

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .view import Candidate, GeminiView

_KNOWN = frozenset({"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"})


@trait("termination.done", statements=("G02",), needs=(Evidence.FRAMING,))
def done(stream: Stream[GeminiView]) -> Value:
    """`absent`, or `present` where the stream holds `data: [DONE]`."""
    return "present" if stream.view.done else "absent"


@trait("termination.finish", statements=("G11", "G14"))
def finish(stream: Stream[GeminiView]) -> Value:
    """Where the finish reason stands: `with-content` (beside a part that is not empty), `own-chunk`, `none`."""
    candidates = stream.view.candidates.values()
    if not candidates:
        return None
    finished = [candidate for candidate in candidates if candidate.finishes]
    if not finished:
        return "none"
    return "with-content" if any(_finishes_beside_content(candidate) for candidate in finished) else "own-chunk"


def _finishes_beside_content(candidate: Candidate) -> bool:
    finish = candidate.finishes[0][0]
    late = takewhile(lambda pair: pair[0] >= finish, reversed(candidate.parts))
    return any(event == finish and part.get("text") != "" for event, part in late)


@trait("termination.finish-reason", statements=("G12",))
def finish_reason(stream: Stream[GeminiView]) -> Value:
    """The finish reasons of the candidates, sorted."""
    return sorted({str(value) for c in stream.view.candidates.values() for _, value in c.finishes}) or None


@trait("usage.placement", statements=("G20",))
def usage_placement(stream: Stream[GeminiView]) -> Value:
    """`every-chunk`, `last-chunk`, `some-chunks`, `none`."""
    view = stream.view
    if not view.chunks:
        return None
    if len(view.usages) == len(view.chunks):
        return "every-chunk"
    if not view.usages:
        return "none"
    return "last-chunk" if [event for event, _ in view.usages] == view.chunks[-1:] else "some-chunks"


@trait("usage.prompt-tokens", statements=("G20", "G22"))
def prompt_tokens(stream: Stream[GeminiView]) -> Value:
    """Whether `promptTokenCount` is the same in every usage: `constant` or `changes`."""
    counts = [usage["promptTokenCount"] for _, usage in stream.view.usages if "promptTokenCount" in usage]
    return None if not counts else "constant" if counts.count(counts[0]) == len(counts) else "changes"


@trait("reasoning.form", statements=("G14", "G16", "G17"))
def reasoning(stream: Stream[GeminiView]) -> Value:
    """`thought-parts`, `signatures` (no thought is shown), `both`, or `none`."""
    candidates = stream.view.candidates.values()
    if not any(c.parts for c in candidates):
        return None
    parts = [part for c in candidates for _, _, part in c.special]
    thoughts = any(part.get("thought") for part in parts)
    signatures = any("thoughtSignature" in part for part in parts)
    return (
        "both" if thoughts and signatures else "thought-parts" if thoughts else "signatures" if signatures else "none"
    )


@trait("tools.style", statements=("G18", "G19"))
def tool_style(stream: Stream[GeminiView]) -> Value:
    """`whole-call`, or `partial-args` where arguments are streamed (Vertex AI)."""
    calls = [call for c in stream.view.candidates.values() for _, _, call in c.calls]
    if not calls:
        return None
    return "partial-args" if any("partialArgs" in call or "willContinue" in call for call in calls) else "whole-call"


@trait("tools.id", statements=("G18",))
def tool_id(stream: Stream[GeminiView]) -> Value:
    """Whether function calls carry an id: `present` or `absent`."""
    calls = [call for c in stream.view.candidates.values() for _, _, call in c.calls if call.get("name")]
    return None if not calls else "present" if all(call.get("id") for call in calls) else "absent"


@trait("shape.index", statements=("G10",))
def index(stream: Stream[GeminiView]) -> Value:
    """Whether candidates carry their index: `present`, `absent`, `some`."""
    seen = stream.view.indexed
    return None if not seen else "some" if len(seen) == 2 else "present" if seen == {True} else "absent"


@trait("shape.model-version", statements=("G23",))
def model_version(stream: Stream[GeminiView]) -> Value:
    """Whether a chunk names the version of the model: `present`, or `absent` as from the first models."""
    return None if not stream.view.chunks else "present" if stream.view.versions else "absent"


@trait("shape.extra-fields", statements=("G06",))
def extra_fields(stream: Stream[GeminiView]) -> Value:
    """Members at the top of a chunk beyond those of the Gemini API, sorted."""
    return sorted(set().union(*stream.view.members) - _KNOWN) or None


@trait("shape.grounding", statements=("G26",))
def grounding(stream: Stream[GeminiView]) -> Value:
    """Where grounding or citation metadata stands: `last-chunk` or `earlier`; none: not reported."""
    grounded = stream.view.grounded
    return None if not grounded else "last-chunk" if set(grounded) == {stream.view.chunks[-1]} else "earlier"


@trait("errors.form", statements=("G25",))
def error_form(stream: Stream[GeminiView]) -> Value:
    """`error-object` where the stream holds `{"error": ...}`."""
    return "error-object" if stream.view.errors else None
