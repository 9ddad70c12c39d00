"""The museum: faults, as data, that turn any good recording into a known bug, and the bugs that they play.

Law: the folder `faults/` is the registry, `bugs.toml` the list of bugs; nothing is read before it is asked for.

    faulty(recordings, ["stall@3:seconds=20"])
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import catalogue, library
from .core.fault import Bug, Expected, NamedFault, Number, Place, Spot, Step, UnfitError, apply
from .core.recording import Recording
from .edge.encoding import encoded
from .errors import UsageError

_WORD = re.compile(r"(?P<name>[^@:]+)(?:@(?P<event>\d+))?(?::(?P<settings>.+))?")


@cache
def bugs() -> dict[int, Bug]:
    """The known bugs by number."""
    found = tomllib.loads((catalogue.PACKAGE / "bugs.toml").read_text(encoding="utf-8"))
    return {int(number): Bug(int(number), **told) for number, told in found.items()}


@cache
def faults() -> dict[str, NamedFault]:
    """The faults by name, in alphabetical order."""
    return {path.stem: _fault(path) for path in sorted((catalogue.PACKAGE / "faults").glob("*.toml"))}


def fault(name: str) -> NamedFault:
    """The fault of this name. Raises UsageError with the nearest names."""
    known = faults()
    if name not in known:
        raise catalogue.nearest(name, known, "fault")
    return known[name]


def _fault(path: Path) -> NamedFault:
    data = catalogue.read_toml(path, "fault.json")
    numbers = tuple(data.get("bugs", ()))
    steps = ({**step} for step in data["steps"])
    return NamedFault(
        name=path.stem,
        title=data["title"],
        does=data["does"],
        steps=tuple(Step(step.pop("operation"), step) for step in steps),
        spots={name: _spot(told) for name, told in data["on"].items()},
        bugs=numbers,
        see=(*(bugs()[number].see for number in numbers), *data.get("see", ())),
        clients=tuple(data.get("clients", ())),
    )


def _spot(told: dict[str, Any]) -> Spot:
    found_by, same = tuple(told.get("found_by", ())), told.get("same_message", False)
    expected = Expected(found_by, told.get("traits", {}), told.get("legal"), same)
    place = Place(**told["place"]) if "place" in told else None
    return Spot(expected, place, told.get("with", {}), told.get("scenario", "text"))


# Faults that a user names


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fault that was asked for: `NAME[@EVENT][:PARAMETER=NUMBER,...]`."""

    fault: NamedFault
    event: int | None
    settings: dict[str, Number]

    def on(self, recording: Recording) -> Recording:
        """The recording with the fault. Raises UnfitError where it cannot show it."""
        protocol = library.protocol_of(recording).name
        return apply(self.fault, recording, self.event, protocol=protocol, settings=self.settings)


def wanted(word: str) -> Wanted:
    """The fault that `NAME[@EVENT][:PARAMETER=NUMBER,...]` asks for. Raises UsageError."""
    match = _WORD.fullmatch(word.strip())
    if match is None:
        raise UsageError(f"{word!r} names no fault.", "Give it as in stall@3 or stall@3:seconds=20.")
    found = fault(match["name"])
    pairs = [pair.partition("=")[::2] for pair in match["settings"].split(",")] if match["settings"] else []
    settings = {name.strip(): _number(found, name.strip(), value) for name, value in pairs}
    return Wanted(found, int(match["event"]) if match["event"] else None, settings)


def _number(found: NamedFault, name: str, value: str) -> Number:
    if name not in found.settings:
        known = ", ".join(f"{key}={default:g}" for key, default in found.settings.items()) or "none"
        raise UsageError(f"The fault {found.name} has no parameter {name!r}.", f"It has: {known}.")
    kind = type(found.settings[name])
    with suppress(ValueError, OverflowError):
        number = kind(value)
        if 0 < number < float("inf"):
            return number
    what = "a whole number" if kind is int else "a number"
    raise UsageError(f"{name}={value!r} of the fault {found.name} is not {what} above 0.", f"Try {name}=5.")


def faulty(recordings: Sequence[Recording], words: Sequence[str]) -> tuple[list[Recording], list[str]]:
    """The recordings with these faults, as they stand on the wire, and a line for each fault that some of them cannot
    show: those stay as they are.

    Raises UsageError for a fault that there is not, and for one that no recording can show.
    """
    found, told = list(recordings), list[str]()
    for one in map(wanted, words):
        reasons: dict[str, int] = {}
        for index, recording in enumerate(found):
            try:
                found[index] = one.on(recording)
            except UnfitError as error:
                reasons[str(error)] = reasons.get(str(error), 0) + 1
        if reasons:
            most, without = max(reasons, key=lambda reason: reasons[reason]), sum(reasons.values())
            if without == len(found):
                hint = "Choose another event or another fault: `conformance replay --faults` lists all."
                raise UsageError(f"No recording can show the fault {one.fault.name}: {most}.", hint)
            told.append(f"{without} of {len(found)} recordings stay without {one.fault.name}, most because {most}")
    pairs = zip(recordings, found, strict=True)
    return [encoded(new) if new.content_encoding != old.content_encoding else new for old, new in pairs], told
