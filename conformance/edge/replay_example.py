"""How to reach the replay server: a request that works as printed, and the line that points a client at it.

Law: pure text. An example is only shown if the recordings answer it; it is the recorded request, shortened where it is
long and the shorter one is answered, too.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from ..core.recording import Evidence, Headers, Recording, Request
from .replay_match import OF_THE_CLIENT, TURNS

_SHORT = 400
"""Characters of a body that are printed as they are."""
_BASE = re.compile(r"\A(?P<root>.*?)/v\d+[a-z0-9]*(?=/)")
_SECRETS = {"key", "api_key", "api-key"}
_ANYTHING = Request("POST", "/v1/chat/completions", Headers(), orjson.dumps({
    "model": "any", "stream": True, "messages": [{"role": "user", "content": "Hi"}],
}))  # fmt: skip
_CLIENTS = (
    (re.compile(r"/(chat/completions|completions|responses)\Z"), 'OpenAI(base_url="{base}", api_key="none")'),
    (re.compile(r"/messages\Z"), 'Anthropic(base_url="{root}", api_key="none")'),
    (
        re.compile(r":(streamG|g)enerateContent\Z"),
        'genai.Client(api_key="none", http_options={{"base_url": "{root}"}})',
    ),
    (re.compile(r"/v2/chat\Z"), 'cohere.ClientV2("none", base_url="{root}")'),
)
"""The end of a path -> how the official client is pointed at it."""


def base_urls(url: str, recordings: Sequence[Recording]) -> list[str]:
    """The base URLs that clients can be given: the paths of the recordings without what the endpoint adds."""
    found = [match[0] for one in recordings if (match := _BASE.match(one.request.path))]
    return [url + path for path in dict.fromkeys(found)] or [f"{url}/v1"]


def routes(url: str, recordings: Sequence[Recording]) -> list[str]:
    """A line for each path: how many recordings answer there, and how a client is pointed at it."""
    counts = Counter(f"{one.request.method} {one.request.path}" for one in recordings if one.has(Evidence.REQUEST))
    wide = max(map(len, counts), default=0)
    return [f"{route:<{wide}}  {count:>3}  {_client(url, route)}".rstrip() for route, count in counts.items()]


def _client(url: str, path: str) -> str:
    path = path.partition(" ")[2]
    base = _BASE.match(path)
    root, under = (url + base["root"], url + base[0]) if base else (url, url)
    return next((how.format(root=root, base=under) for end, how in _CLIENTS if end.search(path)), "")


def curl(url: str, recordings: Sequence[Recording], answers: Callable[[Request], bool]) -> str | None:
    """The command line of the first request that `answers` says yes to; None where there is none."""
    found = (request for recording in _likely_first(recordings) for request in _forms(recording))
    request = next((one for one in found if answers(one)), None)
    if request is None:
        return None
    parts = ["curl", "-N", shlex.quote(url + request.uri)]
    if request.method != ("POST" if request.body else "GET"):
        parts += ["-X", shlex.quote(request.method)]
    for name, value in request.headers:
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if request.body:
        parts += ["-d", shlex.quote(request.body.decode("utf-8"))]
    return " ".join(parts)


def _likely_first(recordings: Sequence[Recording]) -> list[Recording]:
    """Those that answer with a stream before the others."""
    return sorted(recordings, key=lambda one: (one.status >= 300, one.media_type != "text/event-stream"))


def _forms(recording: Recording) -> Iterator[Request]:
    """The recorded request as it can be typed: first short, then with all that was sent."""
    if not recording.has(Evidence.REQUEST):
        yield replace(_ANYTHING, headers=_json_type(_ANYTHING))
        return
    url = urlsplit(recording.request.uri)
    query = urlencode([(name, value) for name, value in parse_qsl(url.query) if name not in _SECRETS])
    asked = replace(recording.request, uri=recording.request.path + (f"?{query}" if query else ""))
    try:
        asked.body.decode("utf-8")
    except UnicodeDecodeError:
        return
    short = replace(asked, body=_shortened(asked))
    yield replace(short, headers=_json_type(short))
    yield replace(asked, headers=_json_type(asked))
    yield replace(asked, headers=Headers(field for field in asked.headers if field[0].lower() not in OF_THE_CLIENT))


def _json_type(request: Request) -> Headers:
    return Headers([("content-type", "application/json")] if request.body else [])


def _shortened(request: Request) -> bytes:
    """A long body without its lists and objects, but for the last turn."""
    if len(request.body) <= _SHORT or not request.json:
        return request.body
    kept: dict[str, object] = {}
    for name, value in request.json.items():
        if name in TURNS and isinstance(value, list):
            kept[name] = value[-1:]
        elif not isinstance(value, dict | list):
            kept[name] = value
    return orjson.dumps(kept)
