"""Traits of usage: whether it was asked for, where it stands, what it holds.

Law: as in `traits`, which imports them: the catalogue reads that module alone.
"""

from __future__ import annotations

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .conditions import asks_for_usage, has_usage
from .view import ChatView

_HEAD = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation"}
)
_USAGE = frozenset(
    {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"}
)


@trait("usage.asked", statements=("C50",), needs=(Evidence.REQUEST,))
def usage_asked(stream: Stream[ChatView]) -> Value:
    """Whether the request sets `stream_options.include_usage`."""
    return asks_for_usage(stream) if stream.asked else None


@trait("usage.placement", statements=("C50", "C53", "C54"))
def usage_placement(stream: Stream[ChatView]) -> Value:
    """`own-chunk`, `finish-chunk`, `chunk-with-choices`, `several-chunks`, `every-chunk`, or `none`."""
    view = stream.view
    if len(view.usages) > 1:
        return "every-chunk" if len(view.usages) >= view.chunks - 1 else "several-chunks"
    if not view.usages:
        return "none" if view.chunks else None
    event, _, with_choices = view.usages[0]
    if not with_choices:
        return "own-chunk"
    ends = {choice.finishes[0][0] for choice in view.choices.values() if choice.finishes}
    return "finish-chunk" if event in ends else "chunk-with-choices"


@trait("usage.elsewhere", statements=("C51",))
def usage_elsewhere(stream: Stream[ChatView]) -> Value:
    """The member `usage` in the chunks without usage: `null`, `absent`, or both (`mixed`)."""
    count, total = stream.view.top_keys.get("usage", 0), stream.view.chunks
    counted = len(stream.view.usages)
    if total == counted:
        return None
    return "null" if count == total else "absent" if count == counted else "mixed"


@trait("usage.followed-by", statements=("C52",), when=has_usage)
def usage_followed_by(stream: Stream[ChatView]) -> Value:
    """What chunks come behind the last usage: `nothing`, `choices`, or the members of the first one without choices."""
    view = stream.view
    if not view.usages:
        return None
    carrier = view.usages[-1][0]
    if any(choice.last > carrier for choice in view.choices.values()):
        return "choices"
    late = next((event for event in view.empty if event > carrier), None)
    return "nothing" if late is None else "+".join(sorted(set(stream.events[late].parsed) - _HEAD)) or "empty-chunk"


@trait("usage.extra", statements=("C59",), when=has_usage)
def usage_extra(stream: Stream[ChatView]) -> Value:
    """Members of the last usage that the description does not know, and `x_groq.usage` where chunks hold that."""
    view = stream.view
    if not view.usages:
        return None
    event, usage, _ = view.usages[-1]
    groq = stream.events[event].parsed.get("x_groq")
    copies = ["x_groq.usage"] if isinstance(groq, dict) and groq.get("usage") else []
    return sorted(set(usage) - _USAGE) + copies


@trait("usage.total", statements=("C56", "C57"), when=has_usage)
def usage_total(stream: Stream[ChatView]) -> Value:
    """What the total is the sum of: `prompt+completion`, `prompt+completion+reasoning`, or `other`."""
    if not stream.view.usages:
        return None
    usage = stream.view.usages[-1][1]
    prompt, completion, total = (usage.get(f"{name}_tokens") for name in ("prompt", "completion", "total"))
    if type(prompt) is not int or type(completion) is not int or type(total) is not int:
        return None
    details = usage.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if total == prompt + completion:
        return "prompt+completion"
    beside = type(reasoning) is int and total == prompt + completion + reasoning
    return "prompt+completion+reasoning" if beside else "other"
