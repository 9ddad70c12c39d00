"""The files that a command writes beside what it prints: refused before the work begins, written each for itself after.

Law: a command may take an hour and cost money. What can be seen before is said before, and one file that cannot be
written keeps no other from being written.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import StorageError, UsageError
from . import complain

STDOUT = "-"
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_HINT = "Give the path of a file that you may write to."


def ready(files: Mapping[str, str]) -> None:
    """Sees to it that files (form -> path) can be written, and makes their folders. Raises UsageError, StorageError."""
    for path in files.values():
        alike = [f"--{form}" for form, other in files.items() if other == path]
        if len(alike) > 1:
            where = "standard output" if path == STDOUT else path
            raise UsageError(f"{' and '.join(alike)} would both be written to {where}.", "Give each a file of its own.")
        if path != STDOUT:
            _ready(Path(path))


def _ready(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _worded(str(path), error) from error
    code = errno.EISDIR if path.is_dir() else errno.EACCES
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _worded(str(path), OSError(code, os.strerror(code)))


def write_all(files: Mapping[str, str], render: Callable[[str], str]) -> bool:
    """Writes every form (form -> path). False where one could not be written: that is told."""
    failed = sum(not _written(path, render(form)) for form, path in files.items())
    return not failed


def _written(path: str, text: str) -> bool:
    try:
        write(path, text)
    except StorageError as error:
        complain(error)
        return False
    return True


def write(path: str, text: str) -> None:
    """Writes a text as UTF-8. Raises StorageError that names the file."""
    raw = text.encode("utf-8", "backslashreplace")  # whatever the terminal's encoding
    if path == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return
    try:
        Path(path).write_bytes(raw)
    except OSError as error:
        raise _worded(path, error) from error


def _worded(path: str, error: OSError) -> StorageError:
    hint = "Free some space, or give a path on another disk." if error.errno in _FULL else _HINT
    return StorageError(path, f"cannot be written ({error.strerror or error}).", hint)


def code_of(found: int, kept: bool) -> int:
    """The exit code of a command: what it found comes before what it could not write."""
    return found if kept else found or StorageError.exit_code
