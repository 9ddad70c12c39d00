"""Whom a command asks: the words `builtin`, a target's or a provider's name, or a URL, and what goes with them.

Law: a word becomes a `Target` here, once for all that ask. A key is only ever sent where the user or the provider's
dialect says so, and whatever is missing is said before anything is sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import catalogue
from .core.dialect import STRICT, Dialect
from .edge import tomlfile
from .edge.scenario import Target
from .edge.targets import PROJECT, Declared, Limits, expand, how_to_set, places
from .errors import TargetError, UsageError
from .suite import endpoint, endpoints, scenarios

if TYPE_CHECKING:
    from .edge.recorder import Options

BUILTIN = "builtin"
DEFAULT_PROTOCOL = "openai-chat"
_SCHEMA = "targets.json"
_KEY_FIELDS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})


@dataclass(frozen=True)
class Asking:
    """What the user says of all targets of a command. None: as the target says, or as is usual."""

    model: str | None = None
    key_env: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    """Seconds for one exchange."""
    idle: float | None = None
    """Seconds without a byte."""
    http2: bool = False
    insecure: bool = False
    ca_file: str | None = None

    def options(self, limits: Limits | None = None) -> Options:
        """How the recorder asks a target with these limits. What the user says counts more."""
        from .edge.recorder import Options

        usual, limits = Options(), limits or Limits()
        return Options(
            timeout=self.timeout or limits.timeout or usual.timeout,
            idle=self.idle or limits.idle or usual.idle,
            http2=self.http2,
            insecure=self.insecure,
            ca_file=self.ca_file,
            max_bytes=limits.bytes,
        )


# What has a name


def declared() -> dict[str, Declared]:
    """The targets that the user's files declare, by name. Raises InputError where a file does not fit the schema."""
    found: dict[str, Declared] = {}
    for path in places():
        for name, data in _tables(path).items():
            found.setdefault(name, Declared.of(name, str(path), data))
    return found


def _tables(path: Path) -> Mapping[str, Any]:
    if path.name == PROJECT:
        own: dict[str, Any] = tomlfile.read(path).get("tool", {}).get("conformance", {})
        tomlfile.fitting(own, path, catalogue.data_folder("schemas") / _SCHEMA, "tool/conformance")
    else:
        own = catalogue.read_toml(path, _SCHEMA)
    tables: Mapping[str, Any] = own.get("targets", {})
    return tables


def ready() -> dict[str, Declared]:
    """The targets that come along: every provider whose dialect names an endpoint."""
    dialects = catalogue.dialects().items()
    return {
        name: Declared(name, "dialect", protocols=tuple(one.endpoints), dialect=name)
        for name, one in dialects
        if one.endpoints
    }


# From words to targets


@contextmanager
def opened(word: str, asking: Asking, protocol: str | None = None) -> Iterator[Target]:
    """The target that `word` names, in one protocol; the built-in server runs as long as the block does.

    Raises UsageError for what is no target, TargetError where its key or a variable is missing.
    """
    with opened_all([word], asking, [protocol] if protocol else [], alone=True) as ((found, *_),):
        yield found


@contextmanager
def opened_all(
    words: Sequence[str], asking: Asking, protocols: Sequence[str] = (), alone: bool = False
) -> Iterator[list[list[Target]]]:
    """Every word's targets, one per protocol: of those asked for, else all that it speaks (`alone`: the first)."""
    with ExitStack() as stack:
        found = []
        for word in dict.fromkeys(words):
            spoken = protocols_of(word, protocols)[: 1 if alone else None]
            if word == BUILTIN:
                found.append(stack.enter_context(_builtin(asking, spoken)))
            else:
                found.append([_target(_meant(word), word, asking, protocol) for protocol in spoken])
        yield found


def protocols_of(word: str, protocols: Sequence[str]) -> list[str]:
    """The protocols to speak, each once. Raises UsageError where the target is one endpoint, or does not speak one."""
    asked = [endpoint(name).protocol for name in dict.fromkeys(protocols)]
    if word == BUILTIN:
        return asked or _first(DEFAULT_PROTOCOL, [name for name in endpoints() if scenarios(name)])
    one = _meant(word)
    if one.url is None:
        return asked or list(one.protocols) or list(_dialect_of(one).endpoints)
    path = urlsplit(one.url).path.rstrip("/")
    if len(asked or one.protocols) > 1 and any(endpoint(name).named_by(path) for name in asked or one.protocols):
        count = len(asked or one.protocols)
        raise UsageError(f"{word} is one endpoint, and {count} protocols are to be spoken.", "Give its base URL.")
    return asked or list(one.protocols) or [_protocol_of(path)]


def _first(name: str, names: Sequence[str]) -> list[str]:
    return [name, *(other for other in names if other != name)]


@contextmanager
def _builtin(asking: Asking, protocols: Sequence[str]) -> Iterator[list[Target]]:
    from .edge.builtin import builtin_server

    with builtin_server(catalogue.data_folder("cassettes"), protocols) as server:
        yield [builtin_at(server.url, asking, protocol) for protocol in protocols]


def builtin_at(url: str, asking: Asking, protocol: str) -> Target:
    """The built-in server that listens at `url`, in one protocol."""
    spoken = endpoint(protocol)
    model = asking.model or spoken.model
    return Target(BUILTIN, spoken.url(url, model), spoken, model, None, asking.headers, STRICT.name, word=BUILTIN)


def _meant(word: str) -> Declared:
    """The target of this name, or at this URL. Raises UsageError with the nearest names."""
    parts = urlsplit(word)
    if parts.scheme in ("http", "https") and parts.hostname:
        return Declared(parts.netloc.rpartition("@")[2], "", url=word)
    if "://" in word:
        raise UsageError(f"{word!r} is no http URL.", "Give it as in http://127.0.0.1:8000/v1.")
    names = {**ready(), **declared()}
    if word in names:
        return names[word]
    if word in catalogue.dialects():
        title = catalogue.dialects()[word].title
        raise UsageError(f"{title} has no endpoint of its own.", f"Give the URL of yours, and --dialect {word}.")
    error = catalogue.nearest(word, {BUILTIN: None, **names}, "target")
    far = f"Give a URL (http://{word}), or a name that `conformance targets` lists."
    raise UsageError(error.what, error.hint if error.hint.startswith("Did") else far)


def _dialect_of(one: Declared) -> Dialect:
    return catalogue.dialect(one.dialect) if one.dialect else STRICT


def _protocol_of(path: str) -> str:
    """The protocol whose path the URL ends with, the longest first."""
    fitting = [(len(found.path), name) for name, found in endpoints().items() if found.named_by(path)]
    return max(fitting)[1] if fitting else DEFAULT_PROTOCOL


def _target(one: Declared, word: str, asking: Asking, protocol: str) -> Target:
    spoken, named = endpoint(protocol), _dialect_of(one)
    url = expand(one.url or _endpoint_of(named, protocol), one.name)
    host = urlsplit(url).hostname or ""
    speaking = named if one.dialect else _by_host(host)
    usual = [*one.models, *speaking.models.get(protocol, ()), spoken.model]
    model = asking.model or usual[0]
    fields = [(name, expand(value, one.name)) for name, value in one.headers.items()]
    fields = [*speaking.headers.items(), *fields, *asking.headers]
    trusted = speaking if one.url is None or _is_at(host, speaking) else STRICT
    return Target(
        name=one.name,
        url=spoken.url(url, model),
        endpoint=spoken,
        model=model,
        key=_key(url, asking, one.key_env or trusted.key_env, fields),
        headers=tuple(fields),
        dialect=speaking.name if one.dialect or speaking is not STRICT else None,
        skip=one.skip,
        limits=one.limits,
        word=word,
        version=one.version,
        observers=one.observers,
    )


def _endpoint_of(dialect: Dialect, protocol: str) -> str:
    if protocol in dialect.endpoints:
        return dialect.endpoints[protocol]
    known = ", ".join(dialect.endpoints) or "none"
    raise UsageError(f"The dialect {dialect.name} names no endpoint of {protocol}.", f"It names {known}.")


def _by_host(host: str) -> Dialect:
    return next((one for one in catalogue.dialects().values() if _is_at(host, one)), STRICT)


def _is_at(host: str, dialect: Dialect) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in dialect.hosts)


def _key(url: str, asking: Asking, variable: str | None, fields: Sequence[tuple[str, str]]) -> str | None:
    """The key to send: from the variable that the user names, else from the target's; None where neither is."""
    variable = asking.key_env or variable
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if key:
        return key
    if asking.key_env:
        raise UsageError(f"The environment variable {variable} is not set.", how_to_set(variable))
    if any(name.lower() in _KEY_FIELDS and "{{key}}" not in value for name, value in fields):
        return None
    hint = f"{how_to_set(variable)} Or name another variable with --key-env."
    raise TargetError(url, f"its key is missing: {variable} is not set.", hint)
