"""Both sides of a gateway's exchange as cassettes: the client's, which names the upstream's beside it, and back.

Law: what is loaded is what was saved. The client's cassette is the one that is judged; that of the upstream holds one
interaction per request that the gateway made of it, in the order of their arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.recording import Recording
from ..core.sandwich import SANDWICH, Sandwich, Upstream
from ..errors import InputError
from .cassette import save
from .load import load

SIDE, UPSTREAM = "side", "upstream"
"""The member of a cassette's metadata that says which side it is, and its value for the upstream's."""


def upstream_path(path: Path) -> Path:
    """Where the upstream's side of the client's cassette `path` stands."""
    return path.with_name(f"{path.stem}.upstream{path.suffix}")


def save_pair(path: Path, client: Recording, sandwich: Sandwich, known: Iterable[str] = ()) -> None:
    """Writes both sides; the upstream's only where it was asked. `known` are keys that must not get into a file.

    Raises StorageError."""
    beside = upstream_path(path)
    told: dict[str, Any] = {
        "case": sandwich.case,
        "asked": dict(sandwich.asked),
        "upstream": beside.name if sandwich.upstream else None,
        "arrived": [round(one.arrived, 6) for one in sandwich.upstream],
    }
    if sandwich.upstream:
        save(beside, [one.recording for one in sandwich.upstream], known)
    save(path, [replace(client, metadata={**client.metadata, SANDWICH: told})], known)


def paired(recording: Recording) -> Recording:
    """The recording with the other side of it, where its cassette names one; else as it is.

    Raises InputError where the file that it names is not there, or holds something else.
    """
    told = recording.metadata.get(SANDWICH)
    if not isinstance(told, Mapping):
        return recording
    sandwich = Sandwich(str(told.get("case", "")), tuple(_upstream(recording, told)), dict(told.get("asked") or {}))
    return replace(recording, metadata={**recording.metadata, SANDWICH: sandwich})


def _upstream(recording: Recording, told: Mapping[str, Any]) -> Iterable[Upstream]:
    if told.get("upstream") is None:
        return []
    path, arrived = Path(recording.source).parent / Path(str(told["upstream"])).name, told.get("arrived") or ()
    found = load(path)
    if len(found) != len(arrived):
        what = f"It holds {len(found)} requests, and {recording.source} names {len(arrived)}."
        raise InputError(str(path), what, "Run `conformance gateway` again.")
    return [Upstream(one, float(at)) for one, at in zip(found, arrived, strict=True)]


def judged(recordings: Iterable[Recording]) -> list[Recording]:
    """The recordings that are to be judged, each with its other side: not what we wrote ourselves as an upstream.

    Raises InputError as `paired` does."""
    return [paired(one) for one in recordings if one.metadata.get(SIDE) != UPSTREAM]
