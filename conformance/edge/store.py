"""Files that are replaced whole or not at all.

Law: bytes go to a file beside the target, which then takes its place; what was there before is untouched until all of
the new is on the disk, and stays where that fails. The name of the file beside ends in `.partial`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from ..errors import StorageError

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def store(path: str | Path, pieces: Iterable[bytes]) -> None:
    """Replaces the file at `path` by these bytes. Raises StorageError."""
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{crc32(target.name.encode()):08x}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.writelines(pieces)
        partial.replace(target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        what = f"cannot be written ({error.strerror or error}); what was there before is untouched."
        raise StorageError(str(path), what, _next_step(error)) from error


def _next_step(error: OSError) -> str:
    if error.errno in _FULL:
        return "Free some space, or give a path on another disk."
    if error.errno in _FORBIDDEN:
        return "Give a path that you may write to."
    return "Give the path of a file in a folder that exists."
