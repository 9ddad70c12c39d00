"""Recordings as other tools read them: one file per format.

Law: the folder is the registry. An exporter is pure: recordings in, bytes out. It writes what it is given; secrets were
taken out before (`redact`). What a format cannot hold is lost, and its first line says so.

A module has `export(recordings, dialect_of)`, and ONE where its format holds a single recording.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from importlib import import_module

from ...core.dialect import Dialect
from ...core.recording import Recording
from ...errors import UsageError
from ..redact import redact_recording

DialectOf = Callable[[Recording], Dialect]
"""The dialect of a recording: who needs a key, and under which name."""


def formats() -> list[str]:
    """The names of the formats, in alphabetical order."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))


def export(name: str, recordings: Sequence[Recording], dialect_of: DialectOf) -> bytes:
    """The recordings in a format, without secrets. Raises UsageError where the format cannot hold them."""
    module = import_module(f"{__name__}.{name}")
    if getattr(module, "ONE", False) and len(recordings) != 1:
        what = f"{name} holds one stream, but there are {len(recordings)}."
        raise UsageError(what, "Pick one with --interaction N, of one cassette.")
    found: bytes = module.export([redact_recording(recording) for recording in recordings], dialect_of)
    return found
