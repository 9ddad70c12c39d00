"""A Recording to the text of one interaction, YAML or JSON.

Law: what is handed in here is written; secrets were taken out before (`redact.py`). Body, reads and end can be left
open (`Outline`) and filled in again and again while a stream runs. Nothing is added to `request`, nor beside request
and response: vcrpy crashes on the one and drops the other.

A body is written after its content coding was undone; the header fields that describe the coded body then stand in
`response.recording.headers`, since a player that sees `content-encoding: gzip` decodes once more. (Read again they come
last: the order of fields with different names says nothing, RFC 9110, 5.3.)
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson

from ..core.recording import End, Evidence, Headers, Recording, pack_reads
from .scalar import Scalar

CODED = frozenset({"content-encoding", "content-length"})
_BODY, _READS, _WRITES, _END = (f"slot-{token_hex(12)}" for _ in range(4))
"""What stands in an outline where the text of body, reads, writes and end goes; no peer knows it, no file holds it."""


def form_of(path: str | Path) -> str:
    """`json` for a name that ends in .json, else `yaml`."""
    return "json" if str(path).lower().endswith(".json") else "yaml"


class Outline:
    """The text of one interaction without body, reads, writes and end. Made once, filled often."""

    def __init__(self, recording: Recording, form: str, relayed: bool = False) -> None:
        """`form`: `yaml` or `json`. Only READS in `recording.missing` counts of what is left open. `relayed`: there is
        a client that the body is handed on to, and so writes."""
        self._form = form
        text = dump([_tree(recording, form, relayed)], form)
        self._pieces: list[bytes | str] = [text]
        for slot in (_BODY, _READS, _WRITES, _END):
            quoted = slot if form == "yaml" else f'"{slot}"'
            self._split(quoted.encode(), slot)

    def _split(self, mark: bytes, slot: str) -> None:
        pieces: list[bytes | str] = []
        for piece in self._pieces:
            before, found, after = piece.partition(mark) if isinstance(piece, bytes) else (piece, b"", b"")
            pieces += [before, slot, after] if found else [piece]
        self._pieces = pieces

    def fill(self, body: Sequence[bytes], reads: bytes, end: End, writes: bytes = b"") -> list[bytes]:
        """The text of the interaction, in pieces."""
        slots = {_BODY: body, _READS: [b'"', reads, b'"'], _WRITES: [b'"', writes, b'"']}
        slots[_END] = [_end_text(end, self._form)]
        out: list[bytes] = []
        for piece in self._pieces:
            out += [piece] if isinstance(piece, bytes) else slots[piece]
        return out


def interaction(recording: Recording, form: str) -> list[bytes]:
    """The text of a whole interaction, in pieces."""
    scalar = Scalar(form)
    scalar.add(recording.body)
    reads, writes = (pack_reads(times).encode() for times in (recording.reads, recording.writes))
    return Outline(recording, form, bool(recording.writes)).fill(scalar.parts(), reads, recording.end, writes)


def document(metadata: Mapping[str, object], interactions: Iterable[Sequence[bytes]], form: str) -> list[bytes]:
    """The text of a cassette, in pieces."""
    head: dict[str, object] = {"version": 1, **({"metadata": dict(metadata)} if metadata else {})}
    if form == "yaml":
        out = [dump(head, form), b"interactions:"]
        for item in interactions:
            out += [b"\n", *item]
        return [*out, b"\n"] if len(out) > 2 else [*out, b" []\n"]
    out = [dump(head, form)[:-2], b',\n  "interactions": [']
    for number, item in enumerate(interactions):
        out += [b",\n    " if number else b"\n    ", *item]
    return [*out, b"\n  ]\n}\n"]


def dump(value: Any, form: str) -> bytes:
    """Plain values as text. An interaction comes as a list of one, as it stands in the document.

    Raises TypeError or ValueError for values that are not plain.
    """
    if form == "yaml":
        from .yamltext import dump as dump_yaml

        text = dump_yaml(value)
        return text[:-1] if isinstance(value, list) else text
    if isinstance(value, list):
        return orjson.dumps(value[0], option=orjson.OPT_INDENT_2).replace(b"\n", b"\n    ")
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _tree(recording: Recording, form: str, relayed: bool) -> dict[str, Any]:
    """One interaction as plain values, with slots."""
    request = recording.request
    coded = recording.content_encoding is not None
    headers = [(name, value) for name, value in recording.headers if not (coded and name.lower() in CODED)]
    extra: dict[str, Any] = {"reads": _READS, "writes": _WRITES if relayed else None, "end": _END}
    extra |= {"http_version": recording.http_version}
    extra |= {"headers_at": _rounded(recording.headers_at), "content_encoding": recording.content_encoding}
    if coded:
        extra["headers"] = mapping((name, value) for name, value in recording.headers if name.lower() in CODED)
    if Evidence.READS in recording.missing:
        del extra["reads"]
    extra["missing"] = sorted(evidence.value for evidence in recording.missing)
    return {
        "request": {
            "method": request.method,
            "uri": request.uri,
            "body": _request_body(request.body, form),
            "headers": mapping(request.headers),
        },
        "response": {
            # vcrpy hands the reason to httpx as ASCII
            "status": {"code": recording.status, "message": recording.reason.encode("ascii", "replace").decode()},
            "headers": mapping(headers),
            "body": {"string": _BODY},
            "recording": {name: value for name, value in extra.items() if value is not None},
        },
    }


def _rounded(at: float | None) -> float | None:
    return None if at is None else round(at, 6)


def _request_body(body: bytes, form: str) -> object:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body if form == "yaml" else {"base64_string": base64.b64encode(body).decode()}


def mapping(headers: Headers | Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Header fields as a cassette holds them: name -> values."""
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        fields.setdefault(name, []).append(value)
    return fields


def _end_text(end: End, form: str) -> bytes:
    fields = {"kind": end.kind.value, "at": _rounded(end.at), "by": end.by, "detail": end.detail}
    shown = {name: value for name, value in fields.items() if value is not None} | dict(end.observed)
    if form == "yaml":
        from .yamltext import Flow
        from .yamltext import dump as dump_yaml

        return dump_yaml(Flow(shown)).rstrip(b"\n")
    return orjson.dumps(shown)
