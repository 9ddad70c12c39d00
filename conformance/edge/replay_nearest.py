"""Why no recording answers a request: the nearest one, and every field in which it differs.

Law: pure, and asked only when nothing matched. The fields come in the order of their weight: a recording of the same
path is nearer than one of the same body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from ..core.recording import Recording, Request

_MOST = 10
"""Differences that are told."""
_LONG = 200
"""Characters of a value that are told."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """A recording, and the fields in which it differs: name, place in the body, what was asked, what is recorded."""

    recording: Recording
    scenario: str
    differs: tuple[Mapping[str, object], ...]

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        source = Path(self.recording.source).name or "a recording"
        named = f" ({self.scenario})" if self.scenario else ""
        request = self.recording.request
        return f"{source}, interaction {self.recording.interaction}{named}: {request.method} {request.path}"

    def value(self) -> dict[str, object]:
        """For JSON."""
        request = self.recording.request
        return {
            "cassette": self.recording.source,
            "interaction": self.recording.interaction,
            "scenario": self.scenario or None,
            "request": f"{request.method} {request.path}",
            "differs": list(self.differs),
        }


def nearest(
    recordings: Sequence[Recording],
    request: Request,
    questions: Mapping[str, Callable[[Request], object]],
    asked: str | None,
    scenarios: Sequence[str] | None,
) -> Nearest | None:
    """The recording that differs least, in fields of least weight. `scenarios` are named where one was asked for."""
    if not recordings:
        return None
    wanted = {name: of(request) for name, of in questions.items()}
    likeness: dict[str, float] = {}

    def distance(index: int) -> tuple[object, ...]:
        other = recordings[index].request
        unlike = [of(other) != wanted[name] for name, of in questions.items()]
        if other.path not in likeness:
            likeness[other.path] = SequenceMatcher(None, other.path, request.path).ratio()
        named = scenarios is not None and scenarios[index] != asked
        fields = len(request.json.keys() ^ other.json.keys())
        return (*unlike[:2], named, *unlike[2:], -likeness[other.path], recordings[index].status >= 300, fields)

    index = min(range(len(recordings)), key=distance)
    found = recordings[index]
    differs: list[Mapping[str, object]] = []
    if scenarios is not None and scenarios[index] != asked:
        differs.append({"field": "scenario", "asked": asked, "recorded": scenarios[index] or None})
    for name, of in questions.items():
        if of(found.request) != wanted[name]:
            differs += _differences(name, wanted[name], of(found.request))
    return Nearest(found, scenarios[index] if scenarios else "", tuple(differs[:_MOST]))


def _differences(name: str, asked: object, recorded: object) -> list[Mapping[str, object]]:
    if isinstance(asked, dict) and isinstance(recorded, dict):
        return [
            {"field": name, "pointer": pointer, "asked": _short(one), "recorded": _short(other)}
            for pointer, one, other in _within(asked, recorded, "")
        ]
    return [{"field": name, "asked": _short(asked), "recorded": _short(recorded)}]


def _within(asked: object, recorded: object, pointer: str) -> Iterator[tuple[str, object, object]]:
    """(JSON Pointer, asked, recorded) of every place that differs; None where one of them has nothing."""
    if isinstance(asked, dict) and isinstance(recorded, dict):
        for key in dict.fromkeys([*asked, *recorded]):
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _within(asked.get(key), recorded.get(key), f"{pointer}/{step}")
    elif isinstance(asked, list) and isinstance(recorded, list) and len(asked) == len(recorded):
        for index, (one, other) in enumerate(zip(asked, recorded, strict=True)):
            yield from _within(one, other, f"{pointer}/{index}")
    elif asked != recorded:
        yield pointer, asked, recorded


def _short(value: object) -> object:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value is None or isinstance(value, bool | int | float) or len(str(value)) <= _LONG:
        return value
    return f"{str(value)[:_LONG]}…"
