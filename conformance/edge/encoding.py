"""Bodies in a content coding, as a server sends them: the counterpart of `coding`.

Law: pure. A reader that undoes the coding gets every byte of a read with the read that brought it.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from ..core.recording import Read, Recording
from ..errors import UsageError

_WINDOW_BITS = {"gzip": 31, "deflate": 15}


def encoded(recording: Recording) -> Recording:
    """The recording as it stands on the wire: its body in the coding that it names, flushed behind every read, so that
    whoever plays it sends the coded bytes. Raises UsageError for a coding that is not written here."""
    coding = recording.content_encoding
    if coding is None:
        return recording
    if coding not in _WINDOW_BITS:
        raise UsageError(f"The coding {coding!r} cannot be written.", f"Known: {', '.join(_WINDOW_BITS)}.")
    press = zlib.compressobj(wbits=_WINDOW_BITS[coding])
    pieces, start = [], 0
    plain = recording.reads or (Read(0.0, len(recording.body)),)
    for _, size in plain:
        pieces.append(press.compress(recording.body[start : start + size]) + press.flush(zlib.Z_SYNC_FLUSH))
        start += size
    pieces[-1] += press.flush()
    reads = tuple(Read(at, len(piece)) for (at, _), piece in zip(plain, pieces, strict=True))
    return replace(recording, body=b"".join(pieces), reads=reads, content_encoding=None)
