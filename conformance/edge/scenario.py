"""What is asked of a target: endpoints and scenarios as their TOML files declare them, and the requests they make.

Law: pure; files are read by the caller. Which header carries a key, which path and which body a protocol wants is data
in `scenarios/<protocol>/`; there is no branch for any protocol here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from .. import __version__
from ..core.recording import Headers, Request
from .redact import REDACTED, redact_headers
from .replay_match import SCENARIO_HEADER
from .targets import Limits

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One request to send. The fields are those of `schemas/scenario.json`; `name` is the file's."""

    name: str
    protocol: str
    title: str
    purpose: str
    families: tuple[str, ...]
    body: Body
    statements: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)
    needs: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)
    """`rules` that must apply and `traits` that must be shown; an answer that fails to is inconclusive."""
    twin: str | None = None
    """The scenario that asks the same, streamed."""
    copies: int = 1
    cancel: Mapping[str, Any] = field(default_factory=dict)
    """When the client goes: `after_events` (0: before the first), or when an event has been `seen` (a pattern)."""
    http2: bool = False
    model: str | None = None
    """Asked for in place of the target's."""
    key: str | None = None
    """Sent in place of the target's."""
    path: str | None = None
    """In place of the endpoint's."""

    @classmethod
    def of(cls, name: str, protocol: str, data: Mapping[str, Any]) -> Scenario:
        """A scenario from the data of its file."""
        lists = {key: tuple(data[key]) for key in ("families", "statements", "statuses", "needs") if key in data}
        return cls(name, protocol, **{**data, **lists})

    @property
    def streamed(self) -> bool:
        """True where the answer is to be a stream: it is asked for one, and not for a refusal."""
        return self.statuses[0] < 300 and self.twin is None

    @property
    def model_dependent(self) -> bool:
        """True where it is the model's choice whether the answer shows what is asked for."""
        return bool(self.expect)


@dataclass(frozen=True)
class Endpoint:
    """How a protocol is asked. The fields are those of `schemas/endpoint.json`."""

    protocol: str
    title: str
    docs: str
    version: str
    path: str
    key: Mapping[str, str]
    model: str
    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Body | None = None
    tokens: tuple[str, ...] = ()
    """Members of an answer whose highest values add up to the tokens that it cost."""
    models: str | None = None
    """Path behind the base URL under which the models are listed."""

    @classmethod
    def of(cls, protocol: str, data: Mapping[str, Any]) -> Endpoint:
        """An endpoint from the data of its file."""
        return cls(protocol, **{**data, "tokens": tuple(data.get("tokens", ()))})

    def url(self, given: str, model: str) -> str:
        """The URL to post to: `given` where it names the endpoint, else `given` as the base of it.

        `http://host` -> `http://host/v1/chat/completions`; `http://host/api/v1` -> `http://host/api/v1/chat/completions`.
        `{model}` in it stands for the model.
        """
        parts = urlsplit(given.replace("{model}", "{{model}}") if "{{" not in given else given)
        path, _, query = str(fill(self.path, {"model": model})).partition("?")
        given_path = str(fill(parts.path, {"model": model})).rstrip("/")
        if not self.named_by(given_path):
            given_path = (given_path or self.version) + path
        return urlunsplit((parts.scheme, parts.netloc, given_path, parts.query or query, ""))

    def named_by(self, path: str) -> bool:
        """True where the path of a URL ends with this endpoint's."""
        return self._tail.search(path) is not None

    def elsewhere(self, url: str, path: str, model: str | None = None) -> str:
        """Another path of the server whose endpoint is at `url`; the endpoint's own query goes with its path."""
        parts, own = urlsplit(url), self.path.partition("?")[2]
        bare, _, query = str(fill(path, {"model": model} if model else {})).partition("?")
        kept = [part for part in parts.query.split("&") if part and part != own]
        query = "&".join([*kept, *([query] if query else [])])
        return urlunsplit((parts.scheme, parts.netloc, self._tail.sub("", parts.path.rstrip("/")) + bare, query, ""))

    @cached_property
    def _tail(self) -> re.Pattern[str]:
        bare = self.path.partition("?")[0]
        return re.compile("[^/]+".join(re.escape(part) for part in _PLACEHOLDER.split(bare)[::2]) + r"\Z")


@dataclass(frozen=True)
class Target:
    """An endpoint under test. `url` is the URL to post to; `key` is the secret itself and is never written."""

    name: str
    url: str
    endpoint: Endpoint
    model: str
    key: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    """Header fields that the user or the dialect adds."""
    dialect: str | None = None
    skip: Mapping[str, str] = field(default_factory=dict)
    """Scenario -> why it is not asked."""
    limits: Limits = field(default_factory=Limits)
    word: str = ""
    """What the user calls it: a name, or a URL."""
    version: str | None = None
    """Of what is asked, as the user says."""
    observers: tuple[Mapping[str, Any], ...] = ()
    """Who sees what becomes of cancellations, as its file declares them."""

    @property
    def protocol(self) -> str:
        """The protocol that is spoken."""
        return self.endpoint.protocol

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written: the key, and what the user's header fields say that carry keys by their name."""
        carried = [value.split()[-1] for name, value in self.headers if value and _carries_a_key(name)]
        return tuple(dict.fromkeys([*([self.key] if self.key else []), *carried]))

    def ask(self, scenario: Scenario) -> Request:
        """The request of a scenario."""
        model = scenario.model or self.model
        asked = replace(self, key=scenario.key) if scenario.key else self
        if scenario.path or scenario.model:
            path = scenario.path or self.endpoint.path
            asked = replace(asked, url=self.endpoint.elsewhere(self.url, path, model))
        if scenario.key:
            asked = replace(asked, headers=tuple(pair for pair in self.headers if not _carries_a_literal_key(*pair)))
        added = {**scenario.headers, SCENARIO_HEADER: scenario.name}
        return asked.request(fill(scenario.body, {"model": model}), added)

    def listing(self) -> Request | None:
        """The request that asks for the list of models, if there is such a list."""
        if self.endpoint.models is None:
            return None
        asked = replace(self, url=self.endpoint.elsewhere(self.url, self.endpoint.models))
        return replace(asked.request(b"", {"Accept": "application/json"}), method="GET")

    def prompt(self, text: str) -> Request:
        """The request that asks for the answer to one prompt."""
        return self.request(fill(self.endpoint.body, {"model": self.model, "prompt": text}))

    def request(self, body: Body | bytes, headers: Mapping[str, str] | None = None) -> Request:
        """The request with this body. Of two fields with one name the later counts: the user has the last word.

        `{{key}}` in a field stands for the key; where none has it, the protocol's own field carries it.
        """
        fields: dict[str, tuple[str, str]] = {}
        own = {"User-Agent": f"llm-stream-conformance/{__version__}", "Accept-Encoding": "identity"}
        placed = any("{{key}}" in value for _, value in self.headers)
        key = {} if placed or not self.key else {self.endpoint.key["header"]: self.endpoint.key["value"]}
        for source in (own.items(), self.endpoint.headers.items(), key.items(), (headers or {}).items(), self.headers):
            fields.update((name.lower(), (name, fill(value, {"key": self.key or ""}))) for name, value in source)
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return Request("POST", self.url, Headers(fields.values()), content)


def _carries_a_literal_key(name: str, value: str) -> bool:
    return _carries_a_key(name) and "{{key}}" not in value


def _carries_a_key(name: str) -> bool:
    return any(value == REDACTED for _, value in redact_headers(Headers([(name, "-")])))


def fill(template: Any, values: Mapping[str, object]) -> Any:
    """`template` with every `{{name}}` in its strings replaced; what is not given stays."""
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), template)
    if isinstance(template, Mapping):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    return template


def merged(body: Body, patch: Body) -> dict[str, Any]:
    """`body` with `patch` merged into it (RFC 7396, without its nulls)."""
    found = dict(body)
    for key, value in patch.items():
        inner = found.get(key)
        nested = isinstance(value, Mapping)
        found[key] = merged(inner if isinstance(inner, Mapping) else {}, value) if nested else value
    return found


def without(body: Body, patch: Body) -> dict[str, Any]:
    """`body` without what `patch` would set; objects that this empties go, too."""
    found = dict(body)
    for key, value in patch.items():
        inner = found.get(key)
        if isinstance(value, Mapping) and isinstance(inner, Mapping):
            found[key] = without(inner, value)
            if not found[key]:
                del found[key]
        else:
            found.pop(key, None)
    return found
