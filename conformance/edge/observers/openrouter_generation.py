"""`openrouter-generation`: OpenRouter's record of a generation: whether it was cancelled, its native tokens, its cost.

`GET /api/v1/generation?id=`: https://openrouter.ai/docs/api-reference/get-a-generation
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.recording import Recording
from ..abort import Left
from . import Spec, Told
from ._record import Record, id_in
from ._told import never, seen, unobserved

_KEPT = ("native_tokens_completion", "native_tokens_prompt", "total_cost", "finish_reason", "native_finish_reason",
         "generation_time", "latency", "provider_name")  # fmt: skip


def observer(spec: Spec) -> Record:
    """Asks `url`, by default /generation beside the target's endpoint."""
    url = spec.data.get("url") or spec.target.endpoint.elsewhere(spec.target.url, "/generation?id={id}")
    return Record(spec, url, _id, _verdict)


def _id(recording: Recording) -> str | None:
    return recording.headers.get("x-generation-id") or id_in(recording, rb"gen-[A-Za-z0-9_-]+")


def _verdict(record: Mapping[str, Any], left: Left, after: float, first: bool) -> Told | None:
    data = record.get("data")
    if not isinstance(data, dict):
        return None
    details = {name: data.get(name) for name in _KEPT if isinstance(data.get(name), str | int | float)}
    details |= {"cancelled": data.get("cancelled"), "events_received": left.events}
    if data.get("cancelled") is True:
        return seen("openrouter-generation", after, after, **details)
    if _span(data) <= left.at:
        return unobserved("openrouter-generation", "the generation had ended before the client left", **details)
    return never("openrouter-generation", after, **details)


def _span(data: Mapping[str, Any]) -> float:
    """Milliseconds from the request to the generation's end; infinite where the record does not tell."""
    parts = [data.get(name) for name in ("latency", "generation_time")]
    known = [part for part in parts if isinstance(part, int | float)]
    return sum(known) if len(known) == len(parts) else float("inf")
