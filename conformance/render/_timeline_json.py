"""One stream as it arrived, as JSON: the timeline for machines.

Law: everything that the timeline shows, and the data whole.
"""

from __future__ import annotations

from typing import Any

import orjson

from ..core.finding import Run
from ..core.recording import Evidence
from ..core.stream import Stream, StreamEvent
from .json_ import rule_data, rules_of, run_data


def timeline_json(stream: Stream[Any], run: Run, part: slice = slice(None)) -> str:
    """Indented JSON with a final newline; `part` picks events by index."""
    recording = stream.recording
    request = recording.request
    asked = recording.has(Evidence.REQUEST)
    rules = rules_of([run])
    data = {
        "request": {"method": request.method, "uri": request.uri, "body": _text(request.body)} if asked else None,
        "response": {
            "status": recording.status,
            "http_version": recording.http_version,
            "headers": [list(pair) for pair in recording.headers],
            "headers_at": recording.headers_at,
        },
        "events": [_event(stream, event) for event in stream.events[part]],
        "comments": [
            {"offset": piece.start, "at": stream.arrival(piece.end - 1), "text": piece.text}
            for piece in stream.facts.comments
        ],
        "reads": [[read.at, read.size] for read in recording.reads],
        "end": {"kind": recording.end.kind.value, "at": recording.end.at, "by": recording.end.by},
        "missing": sorted(evidence.value for evidence in recording.missing),
        "run": run_data(run, rules),
        "rules": [rule_data(rule) for rule in rules],
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _event(stream: Stream[Any], event: StreamEvent) -> dict[str, Any]:
    return {
        "event": event.index,
        "kind": event.kind,
        "name": event.name,
        "at": event.at,
        "offset": event.start,
        "bytes": event.end - event.start,
        "text": _valid(stream.protocol.text_of(event)) if event.parsed is not None else "",
        "data": _text(event.raw),
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _valid(text: str) -> str:
    """`text` without lone surrogates, which no JSON may hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
