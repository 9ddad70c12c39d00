"""The body as it came, byte by byte: no request, no head, no times."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.recording import Recording
from . import DialectOf

ONE = True


def export(recordings: Sequence[Recording], dialect_of: DialectOf) -> bytes:
    """The bytes of the one body, after transfer and content coding."""
    return recordings[0].body
