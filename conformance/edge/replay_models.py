"""What the replay server answers to those who ask which models there are, as SDKs and gateways do when they start.

Law: pure. One answer for OpenAI and Anthropic, whose fields do not collide; another for Gemini, by the path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

_PATH = re.compile(r".*?/models(?:/(?P<id>.+))?\Z")
_GEMINI = re.compile(r".*/v\d+(?:alpha|beta)\d*/models\b")
_NEVER = "1970-01-01T00:00:00Z"


def models_answer(method: str, path: str, models: Sequence[str]) -> dict[str, object] | None:
    """The list of models, or the one that the path names; None where the request asks for neither."""
    asked = _PATH.match(path)
    if method not in ("GET", "HEAD") or asked is None:
        return None
    gemini = _GEMINI.match(path) is not None
    shape = _gemini if gemini else _model
    if asked["id"] is not None:
        name = unquote(asked["id"])
        return shape(name) if name in models else None
    if gemini:
        return {"models": [shape(name) for name in models]}
    ends = {"has_more": False, "first_id": next(iter(models), None), "last_id": models[-1] if models else None}
    return {"object": "list", "data": [shape(name) for name in models], **ends}


def _model(name: str) -> dict[str, object]:
    openai = {"id": name, "object": "model", "created": 0, "owned_by": "conformance"}
    return {**openai, "type": "model", "display_name": name, "created_at": _NEVER}


def _gemini(name: str) -> dict[str, object]:
    methods = ["generateContent", "streamGenerateContent"]
    return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": methods}
