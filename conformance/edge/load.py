"""Every accepted input as recordings: cassettes (YAML, JSON) and raw event streams, files, folders, patterns, `-`.

Law: what a file is, is decided by its first 4 KiB and its ending, here and nowhere else; every failure is an InputError
that names the file, the place and the next step.

A file that opens with a field or a comment of an event stream (`data:`, `event:`, `: ping`), or with a response's head
(`HTTP/1.1 200`), is a raw stream, whatever its name. Else `.json` is a JSON cassette, `.yaml` and `.yml` a YAML one,
and under any other name `interactions` among the first keys makes a cassette. In a folder only those files count that
are evidently meant: `*.yaml *.yml *.json` with `interactions` (or `version` and `metadata`) among the first keys,
`*.sse`, and `*.txt` that are raw streams. Names that begin with a dot are passed over.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from ..core.recording import Evidence, Recording, Request
from ..errors import InputError, UsageError
from . import rawsse

STDIN = "-"
_INTERACTIONS = re.compile(rb"^[ ]{0,2}[\"']?interactions[\"']?[ ]*:|\"interactions\"\s*:", re.MULTILINE)
_VERSION = re.compile(rb"^[ ]{0,2}[\"']?version[\"']?[ ]*:|\"version\"\s*:", re.MULTILINE)
_METADATA = re.compile(rb"^[ ]{0,2}[\"']?metadata[\"']?[ ]*:|\"metadata\"\s*:", re.MULTILINE)
_YAML = {".yaml", ".yml"}
_SUFFIXES = {*_YAML, ".json", ".sse", ".txt"}


def load(path: str | Path, request: str | Path | None = None) -> list[Recording]:
    """The recordings of a file, or of standard input (`-`).

    `request` names a JSON file with the request of a raw stream: its body, or {"method", "uri", "headers", "body"}.
    Raises InputError; UsageError where `request` is given for a cassette that holds its requests.
    """
    source = str(path)
    asked = None if request is None else rawsse.request_of(request)
    raw = _bytes(source)
    form = _form(Path(source).suffix.lower(), raw[: rawsse.HEAD])
    if form == "sse":
        return [rawsse.read(raw, source, asked)]
    from .cassette import read

    if not raw.strip():
        raise InputError(source, "It is empty.", "Record it again.")
    found = read(raw, source, form)
    if not found:
        raise InputError(source, "It holds no interaction.", "Record one with `conformance record`.")
    return found if asked is None else [_asked(recording, asked) for recording in found]


def _asked(recording: Recording, request: Request) -> Recording:
    if recording.has(Evidence.REQUEST):
        raise UsageError(f"{recording.source} holds its request.", "Give --request for raw streams only.")
    return replace(recording, request=request, missing=recording.missing - {Evidence.REQUEST})


def _form(suffix: str, head: bytes) -> str:
    """`sse`, `json` or `yaml`."""
    if suffix == ".sse" or rawsse.is_stream(head):
        return "sse"
    if suffix in _YAML or suffix == ".json":
        return suffix[1:].replace("yml", "yaml")
    if not _is_cassette(head):
        return "sse"
    return "json" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "yaml"


def _is_cassette(head: bytes) -> bool:
    return bool(_INTERACTIONS.search(head) or (_VERSION.search(head) and _METADATA.search(head)))


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
        raise InputError(path, f"It {nothing}.", "Give cassettes (*.yaml, *.json) or raw streams (*.sse, *.txt).")
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
            if not name.startswith(".") and path.suffix.lower() in _SUFFIXES and _is_meant(path):
                yield path


def _is_meant(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix == ".sse":
        return True
    try:
        with path.open("rb") as file:
            head = file.read(rawsse.HEAD)
    except OSError:
        return True  # it will be named when it is loaded
    return rawsse.is_stream(head) if suffix == ".txt" else _is_cassette(head)
