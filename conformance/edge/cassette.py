"""Cassettes: files of recordings in vcrpy's format, version 1, YAML or JSON by the file's ending.

Law: what is written is loaded by vcrpy itself, and loses nothing when loaded here; nothing is saved that `redact` did
not see. schemas/cassette.json describes the form for other languages. `CassetteWriter` (writer.py) is for streams that
still run. Of two equal keys in one mapping the last counts in JSON (as for every JSON reader); in YAML, which people
edit, they are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson

from ..core.recording import Recording
from ..errors import InputError, StorageError
from .form import FormError
from .reading import recordings_of
from .redact import redact_recording
from .store import store
from .writer import CassetteWriter
from .writing import document, form_of, interaction

__all__ = ["CassetteWriter", "form_of", "read", "read_with", "save", "text"]
T = TypeVar("T")


def read(raw: bytes, source: str, form: str = "yaml") -> list[Recording]:
    """The recordings in the bytes of a cassette. Raises InputError with the place and the next step."""
    return read_with(recordings_of, raw, source, form)


def read_with(reader: Callable[[Any, str, int], T], raw: bytes, source: str, form: str) -> T:
    """What `reader` makes of the values of a YAML or JSON file, of its name and its size.

    Raises InputError with the place and the next step, also for a FormError of the reader.
    """
    tree = _parse_json(raw, source) if form == "json" else _parse_yaml(raw, source)
    try:
        return reader(tree, source, len(raw))
    except FormError as error:
        place = _line(raw, error.path) if form == "yaml" else ""
        raise InputError(source, f"{_named(error.path)}{place}: {error.what}", error.hint) from error
    except RecursionError as error:
        raise InputError(source, "It is nested too deep.", "Give a vcrpy cassette.") from error


def _parse_json(raw: bytes, source: str) -> object:
    try:
        return orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        what = f"It is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        raise InputError(
            source, what, "Correct that place; a body that is not text goes into base64_string."
        ) from error


def _parse_yaml(raw: bytes, source: str) -> object:
    from .yamltext import YamlError, parse

    try:
        return parse(raw)
    except YamlError as error:
        place = f" (line {error.place.line}, column {error.place.column})" if error.place else ""
        hint = "Correct that place, or record again; a cassette holds text, numbers, lists and mappings only."
        raise InputError(source, f"It cannot be read as YAML: {error.what.rstrip('.')}{place}.", hint) from error


def _line(raw: bytes, path: Sequence[str | int]) -> str:
    """Where the value at `path` stands, or the nearest one around it that stands somewhere."""
    from .yamltext import Place, parse

    places: dict[tuple[str | int, ...], Place] = {}
    parse(raw, places)
    for size in range(len(path), 0, -1):
        if place := places.get(tuple(path[:size])):
            return f" (line {place.line}, column {place.column})"
    return ""


def _named(path: Sequence[str | int]) -> str:
    """`interaction 3, response.body.string`."""
    if not path:
        return "the file"
    if path[0] == "interactions" and len(path) > 1:
        rest = ".".join(map(str, path[2:]))
        return f"interaction {path[1]}" + (f", {rest}" if rest else "")
    return ".".join(map(str, path))


def text(recordings: Sequence[Recording], form: str = "yaml") -> bytes:
    """Recordings as the bytes of a cassette, as they are: `save` takes the secrets out before.

    The metadata is what all of them have in common.
    """
    return b"".join(document(_common(recordings), (interaction(item, form) for item in recordings), form))


def save(path: str | Path, recordings: Sequence[Recording], known: Iterable[str] = ()) -> None:
    """Writes recordings into a cassette, without secrets (`known` are exact keys). Raises StorageError."""
    secrets = tuple(known)
    clean = [redact_recording(recording, secrets) for recording in recordings]
    try:
        raw = text(clean, form_of(path))
    except (TypeError, ValueError) as error:
        what = f"The metadata cannot be written ({error})."
        raise StorageError(str(path), what, "Give text, numbers, lists and mappings.") from error
    store(path, [raw])


def _common(recordings: Sequence[Recording]) -> dict[str, object]:
    first = recordings[0].metadata if recordings else {}
    return {
        name: value
        for name, value in first.items()
        if all(name in other.metadata and other.metadata[name] == value for other in recordings[1:])
    }
