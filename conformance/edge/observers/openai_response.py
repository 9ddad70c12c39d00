"""`openai-response`: OpenAI's record of a stored response, `GET /v1/responses/{id}`: its status behind the leaving.

https://platform.openai.com/docs/api-reference/responses/get
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ...core.recording import Recording
from ..abort import Left
from . import Spec, Told
from ._record import Record, id_in
from ._told import never, seen, unobserved

_NAME = "openai-response"
_STOPPED = ("cancelled", "incomplete", "failed")


def observer(spec: Spec) -> Record:
    """Asks `url`, by default /responses/{id} beside the target's endpoint; from half a second on."""
    url = spec.data.get("url") or spec.target.endpoint.elsewhere(spec.target.url, "/responses/{id}")
    data = {"pauses_s": (0.5, 0.5, 1.0, 2.0, 4.0), **spec.data}
    return Record(Spec(spec.kind, spec.target, data, spec.wait, spec.options), url, _id, _verdict)


def _id(recording: Recording) -> str | None:
    return id_in(recording, rb"resp_[A-Za-z0-9_-]+")


def _verdict(record: Mapping[str, Any], left: Left, after: float, first: bool) -> Told | None:
    status, usage = record.get("status"), record.get("usage")
    details: dict[str, object] = {"status": status, "events_received": left.events}
    if isinstance(usage, dict) and isinstance(usage.get("output_tokens"), int):
        details["output_tokens"] = usage["output_tokens"]
    if status in _STOPPED:
        return seen(_NAME, after, after, **details)
    if status != "completed":
        return None
    done, left_at = record.get("completed_at"), time.time() - after / 1000
    dated = isinstance(done, int | float) and done > left_at + 1  # whole seconds
    if first and not dated:
        return unobserved(_NAME, "it was completed when first looked at: before or behind the leaving", **details)
    return never(_NAME, after, **details)
