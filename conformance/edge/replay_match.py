"""Which recording answers a request: by path and method, scenario, body, model, last user prompt, and then in turn.

Law: pure but for the turn. The first question that tells recordings apart decides; where none is left, `Miss` says
which field differed from the nearest. One recording alone for a path answers every request to it; one whose request
is not recorded answers what no other does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..core.recording import Evidence, Recording, Request

SCENARIO_HEADER = "x-conformance-scenario"
_VERSION = re.compile(r"\A.*/v\d+[a-z0-9]*(?=/)")
_MODEL = re.compile(r"(?<=/models/)[^/:]+")
_ONE_TEXT = ("prompt", "message", "input")
_TURNS = ("messages", "contents", "input")


@dataclass(frozen=True, slots=True)
class Miss:
    """No recording answers: the field that differs, what was asked, and what the recordings hold there."""

    field: str
    asked: str
    recorded: tuple[str, ...]

    @property
    def message(self) -> str:
        """In words, with the next step."""
        known = ", ".join(self.recorded[:8]) or "nothing"
        return f"No recording answers this request: its {self.field} is {self.asked or 'absent'}, recorded is {known}."


class Shelf:
    """Recordings to choose from."""

    def __init__(self, recordings: Iterable[Recording]) -> None:
        self.recordings = tuple(recordings)
        self._turns: dict[tuple[int, ...], int] = {}

    @property
    def models(self) -> list[str]:
        """The models that were asked for, each once, in order."""
        return list(dict.fromkeys(model for recording in self.recordings if (model := model_of(recording.request))))

    def find(self, request: Request) -> int | Miss:
        """The index of the recording that answers `request`."""
        path, every = request.path, range(len(self.recordings))
        left = [i for i in every if self.recordings[i].request.path == path]
        left = left or [i for i in every if tail(self.recordings[i].request.path) == tail(path)]
        if not left:
            left = [i for i in every if not self.recordings[i].has(Evidence.REQUEST)]
            known = _distinct(one.request.path for one in self.recordings)
            return self._next(left) if left else Miss("path", path, known)
        by_method = [i for i in left if self.recordings[i].request.method.upper() == request.method.upper()]
        if not by_method:
            return Miss("method", request.method, _distinct(self.recordings[i].request.method for i in left))
        return self._among(by_method, request)

    def _among(self, left: list[int], request: Request) -> int | Miss:
        asked = request.headers.get(SCENARIO_HEADER)
        if asked is not None and any(self._scenario(i) for i in left):
            named = [i for i in left if self._scenario(i) == asked]
            if not named:
                return Miss(f"{SCENARIO_HEADER} header", asked, _distinct(self._scenario(i) for i in left))
            left = named
        if len(left) > 1 and (equal := self._narrowed(left, request, _content)):
            return self._next(equal)
        if len(left) > 1 and (model := model_of(request)):
            same = self._narrowed(left, request, model_of)
            if not same:
                return Miss("model", model, _distinct(model_of(self.recordings[i].request) for i in left))
            left = same
        if len(left) > 1 and (equal := self._narrowed(left, request, last_prompt)):
            return self._next(equal)
        return self._next(self._likely(left, request))

    def _likely(self, left: list[int], request: Request) -> list[int]:
        """For a prompt that nobody recorded: successful answers, to requests with the same fields if there are any."""
        for same in (self._narrowed(left, request, _fields), left):
            successful = [i for i in same if self.recordings[i].status < 300]
            if successful:
                return successful
        return left

    def _narrowed(self, left: Sequence[int], request: Request, of: Callable[[Request], object]) -> list[int]:
        wanted = of(request)
        return [i for i in left if of(self.recordings[i].request) == wanted]

    def _scenario(self, index: int) -> str:
        return str(self.recordings[index].metadata.get("scenario") or "")

    def _next(self, left: Sequence[int]) -> int:
        """Those that no question tells apart take turns."""
        key = tuple(left)
        turn = self._turns.get(key, 0)
        self._turns[key] = turn + 1
        return left[turn % len(left)]


def tail(path: str) -> str:
    """What follows the version in a path, with no model: `/api/v1/chat/completions` -> `/chat/completions`."""
    return _MODEL.sub("*", _VERSION.sub("", path))


def model_of(request: Request) -> str:
    """The model that a request names in its body, else in its path; empty where it names none."""
    model = request.json.get("model")
    if isinstance(model, str):
        return model
    in_path = re.search(r"/models/([^/:]+)", request.path)
    return in_path[1] if in_path else ""


def last_prompt(request: Request) -> str:
    """The text of the last user turn, in whichever of the known shapes the request holds it; empty where in none."""
    body = request.json
    for name in _TURNS:
        turns = body.get(name)
        if isinstance(turns, list):
            said = [turn for turn in turns if isinstance(turn, dict) and turn.get("role", "user") == "user"]
            return _text(said[-1].get("content", said[-1].get("parts"))) if said else ""
    return next((text for name in _ONE_TEXT if isinstance(text := body.get(name), str)), "")


def _fields(request: Request) -> object:
    return frozenset(request.json)


def _content(request: Request) -> object:
    return request.json or request.body


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return ""


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
