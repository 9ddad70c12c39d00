"""What the replay server answers to those who ask which models there are, as SDKs and gateways do when they start.

Law: pure. One answer for the clients of OpenAI, Anthropic and Gemini: their fields do not collide, and the path does
not tell who asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

_PATH = re.compile(r".*?/models(?:/(?P<id>.+))?\Z")


def models_answer(method: str, path: str, models: Sequence[str]) -> dict[str, object] | None:
    """The list of models, or the one that the path names; None where the request asks for neither."""
    asked = _PATH.match(path)
    if method not in ("GET", "HEAD") or asked is None:
        return None
    if asked["id"] is not None:
        name = unquote(asked["id"])
        return {**_model(name), **_gemini(name)} if name in models else None
    ends = {"has_more": False, "first_id": next(iter(models), None), "last_id": models[-1] if models else None}
    lists = {"data": [_model(name) for name in models], "models": [_gemini(name) for name in models]}
    return {"object": "list", **lists, **ends}


def _model(name: str) -> dict[str, object]:
    openai = {"id": name, "object": "model", "created": 0, "owned_by": "conformance"}
    return {**openai, "type": "model", "display_name": name, "created_at": "1970-01-01T00:00:00Z"}


def _gemini(name: str) -> dict[str, object]:
    methods = ["generateContent", "streamGenerateContent"]
    return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": methods}
