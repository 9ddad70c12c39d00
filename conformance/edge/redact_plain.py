"""The plain values of one interaction (vcrpy's form) without secrets, for files that others go on using.

Law: as in `redact.py`, but what is no secret stays, header fields that are not listed there too: a suite replays them.
Bodies that are still coded (gzip) are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .redact import REDACTED, is_secret_header, redact_body, redact_mapping, redact_text, redact_uri


def redact_interaction(tree: Mapping[str, Any], known: Iterable[str] = ()) -> dict[str, Any]:
    """`{"request": ..., "response": ...}` without secrets."""
    secrets = tuple(known)
    request, response = dict(tree["request"]), dict(tree["response"])
    request["uri"] = redact_uri(request["uri"], secrets)
    request["body"] = redact_plain_body(request.get("body"), secrets)
    if isinstance(body := response.get("body"), dict):
        response["body"] = {**body, "string": redact_plain_body(body.get("string"), secrets)} if body else body
    for part in (request, response):
        part["headers"] = redact_plain_headers(part.get("headers") or {}, secrets)
    if isinstance(recording := response.get("recording"), dict):
        response["recording"] = redact_mapping(recording, secrets)
    return {**tree, "request": request, "response": response}


def redact_plain_body(body: Any, known: Iterable[str] = ()) -> Any:
    """Text or bytes without secrets; anything else as it is."""
    if isinstance(body, str):
        return redact_text(body, known)
    return redact_body(body, known) if isinstance(body, bytes) else body


def redact_plain_headers(headers: Mapping[str, Any], known: Iterable[str] = ()) -> dict[str, Any]:
    """Header fields as `{name: [values]}` or `{name: value}`; those that carry secrets keep their name."""
    secrets = tuple(known)
    return {
        name: [_field(name, one, secrets) for one in value] if isinstance(value, list) else _field(name, value, secrets)
        for name, value in headers.items()
    }


def _field(name: str, value: Any, known: tuple[str, ...]) -> Any:
    if is_secret_header(name):
        return REDACTED
    return redact_plain_body(value, known)
