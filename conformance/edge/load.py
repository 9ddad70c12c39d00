"""Every accepted input as recordings: cassettes, raw event streams, and what other tools recorded; files, folders,
patterns, `-`.

Law: what a file is, the importers decide, by its content and then by its ending; every failure is an InputError that
names the file, the place and the next step.

A file that opens with a field or a comment of an event stream (`data:`, `event:`, `: ping`), or with a response's head
(`HTTP/1.1 200`), is a raw stream, whatever its name. Else `.json` and `.har` are JSON, `.yaml` and `.yml` YAML, and
under any other name the first 4 KiB tell. What is gzipped is read as what it holds. In a folder only those files count
that are evidently meant: those with an ending that an importer knows and first bytes of its form, and `*.sse`. Names
that begin with a dot are passed over.
"""

from __future__ import annotations

import glob
import gzip
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from ..core.recording import Evidence, Recording, Request
from ..errors import InputError, UsageError
from . import importers, rawsse
from .importers import Found

STDIN = "-"


def load(path: str | Path, request: str | Path | None = None) -> list[Recording]:
    """The recordings of a file, or of standard input (`-`).

    `request` names a JSON file with the request of a raw stream: its body, or {"method", "uri", "headers", "body"}.
    Raises InputError; UsageError where `request` is given for a cassette that holds its requests.
    """
    return read(path, request).recordings


def read(path: str | Path, request: str | Path | None = None) -> Found:
    """The same, with what the file holds beside them: entries that give no recording, each with its why."""
    source = str(path)
    asked = None if request is None else rawsse.request_of(request)
    raw = _bytes(source)
    suffix = _suffix(Path(source))
    if not raw.strip():
        raise InputError(source, "It is empty.", "Record it again, or give the output of `curl -N`.")
    found = importers.read(raw, source, suffix)
    if not found.recordings:
        raise _nothing(source, found)
    if asked is None:
        return found
    return found._replace(recordings=[_asked(recording, asked) for recording in found.recordings])


def _nothing(source: str, found: Found) -> InputError:
    if not found.left:
        return InputError(source, "It holds no interaction.", "Record one with `conformance record`.")
    more = f" (and {len(found.left) - 1} more)" if len(found.left) > 1 else ""
    what = f"It is a file of {found.format}, but none of its entries can be read: {found.left[0]}"
    return InputError(source, f"{what}{more}", "Record with `conformance record`, or export again with bodies.")


def _asked(recording: Recording, request: Request) -> Recording:
    if recording.has(Evidence.REQUEST):
        raise UsageError(f"{recording.source} holds its request.", "Give --request for raw streams only.")
    return replace(recording, request=request, missing=recording.missing - {Evidence.REQUEST})


def _bytes(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
    except FileNotFoundError as error:
        raise _absent(source) from error
    except IsADirectoryError as error:
        raise InputError(source, "It is a folder.", "Give a file in it.") from error
    except MemoryError as error:
        raise InputError(source, "It does not fit into memory.", "Record the streams into several files.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(source, f"It cannot be read ({reason}).", "Check the path and its permissions.") from error


def _absent(source: str) -> InputError:
    """There is no such file; the nearest names beside it, or the nearest folder that exists."""
    path = Path(source)
    parent = path.parent
    if parent.is_dir():
        names = [found.name for found in parent.iterdir() if not found.name.startswith(".")]
        close = [str(parent / name) for name in get_close_matches(path.name, names, n=3, cutoff=0.5)]
        hint = f"Did you mean {' or '.join(close)}?" if close else f"Its folder holds {len(names)} other files."
    else:
        near = next((str(folder) for folder in parent.parents if folder.is_dir()), ".")
        hint = f"The folder {parent} does not exist; {near} does."
    return InputError(source, "There is no such file.", hint)


# Finding


def find(paths: Iterable[str]) -> Iterator[Path]:
    """The files that paths stand for, in order: files and `-` as they are, folders and patterns (`**/*.yaml`) sorted.

    Raises InputError for what stands for no file.
    """
    for path in paths:
        try:
            yield from _found(path)
        except OSError as error:
            raise InputError(path, f"It cannot be read ({error.strerror}).", "Check the path.") from error


def _found(path: str) -> Iterator[Path]:
    if path == STDIN or Path(path).is_file():
        yield Path(path)
    elif Path(path).is_dir():
        yield from _some(path, _folder(path), "holds no cassette and no raw stream")
    elif glob.has_magic(path):
        matches = (Path(match) for match in sorted(glob.glob(path, recursive=True)))  # noqa: PTH207 (also absolute ones)
        yield from _some(path, (match for match in matches if match.is_file()), "matches no file")
    elif Path(path).exists():
        yield Path(path)  # a pipe, a device
    else:
        raise _absent(path)


def _some(path: str, found: Iterator[Path], nothing: str) -> Iterator[Path]:
    first = next(found, None)
    if first is None:
        raise InputError(
            path,
            f"It {nothing}.",
            "Give cassettes (*.yaml, *.json), raw streams (*.sse, *.txt), or *.har, *.jsonl, *.flow.",
        )
    yield first
    yield from found


def _folder(top: str) -> Iterator[Path]:
    """The files of a folder that are evidently recordings, by their path."""

    def refuse(error: OSError) -> None:
        raise InputError(str(error.filename), f"It cannot be read ({error.strerror}).", "Check its permissions.")

    for folder, folders, files in os.walk(top, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and _suffix(path) in importers.suffixes() and _is_meant(path):
                yield path


def _suffix(path: Path) -> str:
    """The ending that says what a file is: `.yaml`, also of `x.yaml.gz`."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _is_meant(path: Path) -> bool:
    if _suffix(path) == ".sse":
        return True
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            head = file.read(rawsse.HEAD)
    except (OSError, EOFError, zlib.error):
        return True  # it will be named when it is loaded
    return importers.is_meant(_suffix(path), head)
