"""Which recording answers a request: by path and method, scenario, body, model, `stream`, last prompt, then in turn.

Law: pure but for the turn. Without `match_on`, the first question that tells recordings apart decides, and one
recording alone for a path answers every request to it. With it, every field that it names must be equal, as in vcrpy.
One whose request is not recorded answers what no other does. Where none is left, `Miss` says which field differed from
the nearest recording. A scenario can always be asked for: by header, or as the first segment of the path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from ..core.recording import Evidence, Recording, Request
from ..errors import UsageError
from .replay_nearest import Nearest, nearest

SCENARIO_HEADER = "x-conformance-scenario"
SCENARIO = "scenario"
_VERSION = re.compile(r"\A.*/v\d+[a-z0-9]*(?=/)")
_MODEL = re.compile(r"(?<=/models/)[^/:]+")
_ONE_TEXT = ("prompt", "message", "input")
TURNS = ("messages", "contents", "input")
OF_THE_CLIENT = frozenset({
    "accept-encoding", "authorization", "connection", "content-length", "cookie", "host", "transfer-encoding",
    "user-agent", "x-api-key", "x-goog-api-key", "api-key", SCENARIO_HEADER,
})  # fmt: skip
"""Header fields that say who asks, over what, and with which key, and nothing of what is asked."""

Question = Callable[[Request], object]


@dataclass(frozen=True, slots=True)
class Miss:
    """No recording answers: the field that differs, what was asked, and what the recordings hold there."""

    field: str
    asked: str
    recorded: tuple[str, ...]
    nearest: Nearest | None = None

    @property
    def message(self) -> str:
        """In words, with the next step."""
        many = f", and {len(self.recorded) - 8} more" if len(self.recorded) > 8 else ""
        known = (", ".join(self.recorded[:8]) or "nothing") + many
        near = f" The nearest is {self.nearest.place}." if self.nearest else ""
        asked = self.asked or "absent"
        return f"No recording answers this request: its {self.field} is {asked}, recorded is {known}.{near}"


class Shelf:
    """Recordings to choose from. Raises UsageError for a name in `match_on` that there is not."""

    def __init__(self, recordings: Iterable[Recording], match_on: Sequence[str] = ()) -> None:
        self.recordings = tuple(recordings)
        self._must = {name: question(name) for name in match_on}
        self._scenarios = [scenario_of(recording) for recording in self.recordings]
        self._turns: dict[tuple[int, ...], int] = {}
        self._by_path: dict[str, list[int]] = {}
        self._by_tail: dict[str, list[int]] = {}
        for index, recording in enumerate(self.recordings):
            self._by_path.setdefault(recording.request.path, []).append(index)
            self._by_tail.setdefault(tail(recording.request.path), []).append(index)
        self._unasked = [i for i, one in enumerate(self.recordings) if not one.has(Evidence.REQUEST)]

    @property
    def models(self) -> list[str]:
        """The models that were asked for and answered without an error, each once, in order."""
        return _distinct(model_of(recording.request) for recording in self.recordings if recording.status < 400)

    @property
    def scenarios(self) -> list[str]:
        """The names of the recordings, each once, in order."""
        return _distinct(self._scenarios)

    def find(self, request: Request) -> int | Miss:
        """The index of the recording that answers `request`: of several, the one whose turn it is."""
        found = self.candidates(request)
        return found if isinstance(found, Miss) else self._next(found)

    def candidates(self, request: Request) -> Sequence[int] | Miss:
        """The indices of those that answer `request` in turn."""
        asked, request = self._steered(request)
        found = self._exact(request, asked) if self._must else self._likeliest(request, asked)
        if not isinstance(found, Miss):
            return found
        unasked = [i for i in self._unasked if asked in (None, self._scenarios[i]) or not self._scenarios[i]]
        return unasked or replace(found, nearest=self._nearest(request, asked))

    def _steered(self, request: Request) -> tuple[str | None, Request]:
        """The scenario that a request asks for, and the request without it in the path."""
        first, slash, rest = request.path[1:].partition("/")
        if slash and first in self._scenarios and request.path not in self._by_path:
            return first, replace(request, uri=request.uri.replace(f"/{first}/{rest}", f"/{rest}", 1))
        return request.headers.get(SCENARIO_HEADER), request

    # With match_on

    def _exact(self, request: Request, asked: str | None) -> list[int] | Miss:
        """Those that are equal in all that must be."""
        left: Sequence[int] = [i for i, one in enumerate(self.recordings) if one.has(Evidence.REQUEST)]
        if asked is not None or SCENARIO in self._must:
            left, before = [i for i in left if self._scenarios[i] == asked], left
            if not left:
                return self._differs(f"{SCENARIO_HEADER} header", asked or "", before, self._scenarios.__getitem__)
        for name, of in self._must.items():
            equal = self._narrowed(left, request, of)
            if not equal:
                return Miss(name, _words(of(request)), tuple(_distinct(_words(of(self._asked(i))) for i in left)))
            left = equal
        return list(left)

    # Without

    def _likeliest(self, request: Request, asked: str | None) -> list[int] | Miss:
        left = self._by_path.get(request.path) or self._by_tail.get(tail(request.path))
        if not left:
            return Miss("path", request.path, tuple(self._by_path))
        by_method = self._narrowed(left, request, _QUESTIONS["method"])
        if not by_method:
            return self._differs("method", request.method, left, lambda i: self._asked(i).method)
        if asked is not None:
            named = [i for i in by_method if self._scenarios[i] == asked]
            if not named and any(self._scenarios[i] for i in by_method):
                return self._differs(f"{SCENARIO_HEADER} header", asked, by_method, self._scenarios.__getitem__)
            by_method = named or by_method
        return self._among(by_method, request)

    def _among(self, left: list[int], request: Request) -> list[int] | Miss:
        if len(left) > 1 and (equal := self._narrowed(left, request, _content)):
            return equal
        if len(left) > 1 and (model := model_of(request)):
            same = self._narrowed(left, request, model_of)
            if not same:
                return self._differs("model", model, left, lambda i: model_of(self._asked(i)))
            left = same
        left = self._narrowed(left, request, _streamed) or left
        if len(left) > 1 and (equal := self._narrowed(left, request, last_prompt)):
            return equal
        return self._likely(left, request)

    def _likely(self, left: list[int], request: Request) -> list[int]:
        """For a prompt that nobody recorded: successful answers, to requests with the same fields if there are any."""
        for same in (self._narrowed(left, request, _fields), left):
            successful = [i for i in same if self.recordings[i].status < 300]
            if successful:
                return successful
        return left

    # Both

    def _asked(self, index: int) -> Request:
        return self.recordings[index].request

    def _narrowed(self, left: Sequence[int], request: Request, of: Question) -> list[int]:
        wanted = of(request)
        return [i for i in left if of(self._asked(i)) == wanted]

    def _differs(self, field: str, asked: str, left: Sequence[int], of: Callable[[int], str]) -> Miss:
        return Miss(field, asked, tuple(_distinct(of(i) for i in left)))

    def _nearest(self, request: Request, asked: str | None) -> Nearest | None:
        names = tuple(self._must) or ("path", "method", "model")
        questions = {name: question(name) for name in names if name != SCENARIO}
        scenarios = self._scenarios if asked is not None or SCENARIO in self._must else None
        return nearest(self.recordings, request, questions, asked, scenarios)

    def _next(self, left: Sequence[int]) -> int:
        """Those that no question tells apart take turns."""
        key = tuple(left)
        turn = self._turns.get(key, 0)
        self._turns[key] = turn + 1
        return left[turn % len(left)]


def scenario_of(recording: Recording) -> str:
    """What a recording is called: its scenario, else its file without the ending; empty where it has neither."""
    return str(recording.metadata.get("scenario") or "") or Path(recording.source).stem


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
    for name in TURNS:
        turns = body.get(name)
        if isinstance(turns, list):
            said = [turn for turn in turns if isinstance(turn, dict) and turn.get("role", "user") == "user"]
            return _text(said[-1].get("content", said[-1].get("parts"))) if said else ""
    return next((text for name in _ONE_TEXT if isinstance(text := body.get(name), str)), "")


def _headers(request: Request) -> object:
    return sorted((name.lower(), value) for name, value in request.headers if name.lower() not in OF_THE_CLIENT)


_QUESTIONS: Mapping[str, Question] = {
    "method": lambda request: request.method.upper(),
    "host": lambda request: request.host,
    "path": lambda request: request.path,
    "query": lambda request: sorted(parse_qsl(urlsplit(request.uri).query, keep_blank_values=True)),
    "headers": _headers,
    "body": lambda request: request.json or request.body,
    "raw_body": lambda request: request.body,
    "model": model_of,
    "prompt": last_prompt,
    SCENARIO: lambda request: None,  # a recording's, not a request's: see `Shelf._exact`
}
"""Name in `match_on` -> what is compared. Names and meanings are vcrpy's, as far as it has them."""
_fields: Question = lambda request: frozenset(request.json)  # noqa: E731
_streamed: Question = lambda request: request.json.get("stream") is True  # noqa: E731
_content = _QUESTIONS["body"]
MATCHERS = (*_QUESTIONS, "header:NAME")
"""The names that `match_on` takes."""


def question(name: str) -> Question:
    """What a name in `match_on` compares. Raises UsageError with the known names."""
    if name.startswith("header:"):
        return lambda request: request.headers.get_all(name[7:])
    if name not in _QUESTIONS:
        why = " (every client comes to this server's own)" if name in ("scheme", "port", "uri") else ""
        raise UsageError(f"--match-on {name}: there is no such field{why}.", f"Known are: {', '.join(MATCHERS)}.")
    return _QUESTIONS[name]


def _words(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) if value else ""
    return text if len(text) <= 200 else f"{text[:200]}…"


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return ""


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
