"""A plain cassette, as vcrpy itself writes it: without times, reads and end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.recording import Recording
from ..writing import CODED, mapping
from . import DialectOf


def export(recordings: Sequence[Recording], dialect_of: DialectOf) -> bytes:
    """The YAML of a cassette with nothing in it that vcrpy does not write."""
    from ..yamltext import dump

    return dump({"interactions": [_interaction(recording) for recording in recordings], "version": 1})


def _interaction(recording: Recording) -> dict[str, Any]:
    request = recording.request
    coded = recording.content_encoding is not None  # the body is not: a player must not undo it again
    headers = [(name, value) for name, value in recording.headers if not (coded and name.lower() in CODED)]
    return {
        "request": {
            "body": _text(request.body) if request.body else None,
            "headers": mapping(request.headers),
            "method": request.method,
            "uri": request.uri,
        },
        "response": {
            "body": {"string": _text(recording.body)},
            "headers": mapping(headers),
            # httpx reads the reason as ASCII
            "status": {"code": recording.status, "message": recording.reason.encode("ascii", "replace").decode()},
        },
    }


def _text(body: bytes) -> str | bytes:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body
