"""Which protocol a recording speaks, and which dialect: by what it says of itself, its path, its content, its host.

Law: a guess that can be wrong is never made: a stream that nobody recognises is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from .dialect import STRICT, Dialect
from .protocol import UNKNOWN, Protocol
from .recording import Recording
from .stream import Stream, StreamEvent

SAMPLE = 8
"""Events that a protocol is shown to recognise itself."""
_FIRST_BYTES, _SAMPLE_BYTES = 4_096, 262_144
"""So much of the body is read for them: the second only where the first holds too few."""


def detect_protocol(recording: Recording, protocols: Mapping[str, Protocol[Any]]) -> Protocol[Any]:
    """The protocol of a recording: its metadata's, else its content's, else its path's, else UNKNOWN."""
    named = protocols.get(str(recording.metadata.get("protocol", "")))
    if named is not None:
        return named
    path, events = recording.request.path, sample(recording)
    by_path = [protocol for protocol in protocols.values() if protocol.path and protocol.path.search(path)]
    for protocol in (*by_path, *protocols.values()):
        if events and protocol.recognises(events):
            return protocol
    return by_path[0] if by_path else UNKNOWN


def sample(recording: Recording) -> Sequence[StreamEvent]:
    """The first events of a recording, as no protocol reads them. Decodes no more of the body than they take."""
    head = _FIRST_BYTES
    while True:
        events = Stream(replace(recording, body=recording.body[:head], reads=()), UNKNOWN).events
        if len(events) >= SAMPLE or head >= min(len(recording.body), _SAMPLE_BYTES):
            return events[:SAMPLE]
        head *= 8


def detect_dialect(recording: Recording, protocol: Protocol[Any], dialects: Iterable[Dialect]) -> Dialect:
    """The dialect of a recording: its metadata's, else its host's, else STRICT.

    One that is not declared for this protocol does not count.
    """
    speaking = [dialect for dialect in dialects if not dialect.protocols or protocol.name in dialect.protocols]
    named = str(recording.metadata.get("dialect") or recording.metadata.get("provider") or "")
    if named == STRICT.name:
        return STRICT
    host = recording.request.host
    by_name = (dialect for dialect in speaking if dialect.name == named)
    by_host = (dialect for dialect in speaking if host and _is_at(host, dialect.hosts))
    return next(by_name, None) or next(by_host, None) or STRICT


@lru_cache(1024)
def _is_at(host: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)
