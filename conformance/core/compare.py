"""Two answers to one request side by side: one streamed, one not.

Law: pure. The recording of the unstreamed answer stands in the metadata of the streamed one under TWIN, put there by
whoever has both; a stream without it has no twin, and nothing is compared.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from .recording import Recording
from .stream import Stream

TWIN = "twin"
DEPENDS = "the model answered otherwise: "
"""Begins the reason why two answers are not compared, where the model is as likely the cause: inconclusive."""
_MESSAGES: WeakKeyDictionary[Stream[Any], tuple[dict[str, Any], dict[str, Any]]] = WeakKeyDictionary()


def twin_of(stream: Stream[Any]) -> Recording | None:
    """The recording of the same request, not streamed; None where there is none."""
    found = stream.recording.metadata.get(TWIN)
    return found if isinstance(found, Recording) else None


def both(stream: Stream[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The message that the stream adds up to, and the one that came at once; empty where there is none."""
    found = _MESSAGES.get(stream)
    if found is None:
        twin = twin_of(stream)
        message = stream.protocol.accumulate(stream)
        found = _MESSAGES[stream] = (message or {}, document(twin) if twin is not None else {})
    return found


def document(recording: Recording) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none."""
    try:
        value = orjson.loads(recording.body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
