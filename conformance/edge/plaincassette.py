"""Plain values of a cassette, as vcrpy has them, to text in our form, and what JSON needs on the way back.

Law: nothing is lost: what our form cannot hold is a `PlainError`. `response.recording` stays while it is true of its
body; a body that was changed to another length has no reads any more.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from ..core.recording import unpack_reads
from .meter import UNSEEN
from .scalar import Scalar
from .writing import document, dump

_SLOT = f"slot-{token_hex(12)}"
"""What stands in the text where the body goes; no file holds it."""
_READS = ("reads", "writes")


class PlainError(ValueError):
    """A value is none that a cassette of ours holds."""


def encoded(tree: Mapping[str, Any], form: str) -> bytes:
    """The text of `{"interactions": [...], "metadata": {...}}`. `form`: `yaml` or `json`. Raises PlainError."""
    try:
        pieces = document(tree.get("metadata") or {}, (_interaction(item, form) for item in tree["interactions"]), form)
        return b"".join(pieces)
    except (TypeError, ValueError, UnicodeEncodeError) as error:
        raise PlainError(str(error)) from error


def _interaction(item: Mapping[str, Any], form: str) -> list[bytes]:
    request = {name: _bytes(value, form) if name == "body" else value for name, value in item["request"].items()}
    response = _settled(item["response"])
    if form == "yaml":
        response = _on_one_line(response)
    body = response["body"].get("string") if isinstance(response.get("body"), dict) else None
    if not isinstance(body, str | bytes):
        return [dump([{"request": request, "response": response}], form)]
    response["body"] = {**response["body"], "string": _SLOT}
    slot = _SLOT if form == "yaml" else f'"{_SLOT}"'
    before, _, after = dump([{"request": request, "response": response}], form).partition(slot.encode())
    scalar = Scalar(form)
    scalar.add(body.encode() if isinstance(body, str) else body)
    return [before, *scalar.parts(), after]


def _bytes(value: Any, form: str) -> Any:
    """A request's body; in JSON, bytes that are no text as base64."""
    if isinstance(value, bytes) and form == "json":
        return {"base64_string": base64.b64encode(value).decode()}
    return value


def _on_one_line(response: dict[str, Any]) -> dict[str, Any]:
    """The response with its end on one line, as the recorder writes it."""
    from .yamltext import Flow

    told = response.get("recording")
    if not isinstance(told, dict) or not isinstance(told.get("end"), dict):
        return response
    return {**response, "recording": {**told, "end": Flow(told["end"])}}


def _settled(response: Mapping[str, Any]) -> dict[str, Any]:
    """The response, without reads where they no longer add up to the body."""
    settled, told = dict(response), response.get("recording")
    if not isinstance(told, dict) or "reads" not in told or _adds_up(response, told["reads"]):
        return settled
    rest = {name: value for name, value in told.items() if name not in _READS}
    settled["recording"] = {**rest, "missing": sorted({*told.get("missing", ()), *UNSEEN})}
    return settled


def _adds_up(response: Mapping[str, Any], packed: Any) -> bool:
    body = response["body"]["string"]
    size = len(body.encode() if isinstance(body, str) else body)
    try:
        return sum(read.size for read in unpack_reads(packed)) == size
    except (AttributeError, ValueError):
        return False


def decoded(tree: dict[str, Any]) -> dict[str, Any]:
    """A cassette's values with `base64_string` as the bytes that it holds."""
    for item in tree.get("interactions", ()) if isinstance(tree, dict) else ():
        body, asked = item["response"].get("body"), item["request"].get("body")
        if isinstance(body, dict) and "base64_string" in body:
            body["string"] = base64.b64decode(body.pop("base64_string"))
        if isinstance(asked, dict) and list(asked) == ["base64_string"]:
            item["request"]["body"] = base64.b64decode(asked["base64_string"])
    return tree
