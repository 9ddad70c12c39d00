"""What OpenAI's three protocols share: how a request is refused, and the header fields.

Law: one place for what one provider does the same everywhere.
"""

from __future__ import annotations

import random

from .common import Json


def refusals(invalid: str, param: str) -> dict[str, tuple[int, Json]]:
    """Scenario -> status and body of the error. `invalid` says what is wrong with the parameter `param`."""
    return {
        "error-before-stream": (400, _refusal(invalid, param, "invalid_type")),
        "unknown-model": (404, _refusal("The model does not exist.", None, "model_not_found")),
        "bad-key": (401, _refusal("Incorrect API key provided.", None, "invalid_api_key")),
    }


def _refusal(message: str, param: str | None, code: str) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def fields(chance: random.Random, processing: int) -> list[tuple[str, str]]:
    """OpenAI's header fields. `processing`: milliseconds."""
    own = [("openai-version", "2020-10-01"), ("openai-processing-ms", str(processing))]
    return [*own, ("x-request-id", f"req_{chance.getrandbits(128):032x}")]
