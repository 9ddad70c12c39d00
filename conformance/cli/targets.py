"""Whom a command asks: the words `builtin`, a provider's name or a URL, and the options that go with them.

Law: files of scenarios/ are found here, TARGET becomes a `Target` here, once for all commands that ask. A key is only
ever sent where the user or the provider's dialect says so.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from ..errors import TargetError, UsageError

if TYPE_CHECKING:
    from ..core.dialect import Dialect
    from ..edge.recorder import Options
    from ..edge.scenario import Endpoint, Scenario, Target

BUILTIN = "builtin"
DEFAULT_PROTOCOL = "openai-chat"
_ENDPOINT = "endpoint"
_SECONDS = click.FloatRange(0.1)
_FOLDER = Path(__file__).parent.parent / "scenarios"
Function = Callable[..., Any]
Found = TypeVar("Found")


# What there is


@cache
def endpoints() -> dict[str, Endpoint]:
    """The endpoint of every protocol that can be asked, by the protocol's name."""
    from ..catalogue import read_toml
    from ..edge.scenario import Endpoint

    found = {}
    for path in sorted(_FOLDER.glob(f"*/{_ENDPOINT}.toml")):
        name = path.parent.name
        found[name] = Endpoint(protocol=name, **read_toml(path, "endpoint.json"))
    return found


def endpoint(protocol: str) -> Endpoint:
    """The endpoint of this protocol. Raises UsageError with the nearest names."""
    return named(protocol, endpoints(), "protocol that can be asked")


@cache
def scenarios(protocol: str) -> dict[str, Scenario]:
    """The scenarios of a protocol by name; empty where it has none."""
    from ..catalogue import read_toml
    from ..edge.scenario import Scenario

    paths = [path for path in sorted((_FOLDER / protocol).glob("*.toml")) if path.stem != _ENDPOINT]
    return {path.stem: Scenario.of(path.stem, protocol, read_toml(path, "scenario.json")) for path in paths}


def scenario(protocol: str, name: str) -> Scenario:
    """The scenario of this name. Raises UsageError with the nearest names."""
    return named(name, scenarios(protocol), f"scenario of {protocol}")


def named(name: str, known: Mapping[str, Found], what: str) -> Found:
    """The one of this name. `what` says what it is. Raises UsageError with the nearest names."""
    from difflib import get_close_matches

    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known) or 'none'}."
    raise UsageError(f"There is no {what} {name!r}.", hint)


# What is asked for


@dataclass(frozen=True)
class Asking:
    """The options of a command that asks a target."""

    model: str | None = None
    key_env: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 600.0
    idle: float = 120.0
    http2: bool = False
    insecure: bool = False
    ca_file: str | None = None

    def options(self) -> Options:
        """The same for the recorder."""
        from ..edge.recorder import Options

        return Options(
            timeout=self.timeout, idle=self.idle, http2=self.http2, insecure=self.insecure, ca_file=self.ca_file
        )


def asking(command: Function) -> Function:
    """--model --key-env --header --timeout --idle --http2 --insecure --ca-file, as `asking: Asking`."""

    @click.option("--model", metavar="NAME", help="Model to ask for.  [default: the protocol's usual one]")
    @click.option("--key-env", metavar="VAR", help="Variable that holds the key.  [default: the provider's]")
    @click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Header to send; {{key}} in it is the key. Repeatable.",
    )
    @click.option("--timeout", type=_SECONDS, default=600, show_default=True, metavar="S", help="Seconds for it all.")
    @click.option("--idle", type=_SECONDS, default=120, show_default=True, metavar="S", help="Seconds of silence.")
    @click.option("--http2/--http1", default=False, help="HTTP version to offer.  [default: HTTP/1.1]")
    @click.option("--insecure", is_flag=True, help="Trust any certificate.")
    @click.option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust instead of the system's.")
    @wraps(command)
    def wrapper(
        *args: Any,
        model: str | None,
        key_env: str | None,
        headers: tuple[str, ...],
        timeout: float,
        idle: float,
        http2: bool,
        insecure: bool,
        ca_file: str | None,
        **rest: Any,
    ) -> Any:
        fields = tuple(_field(line) for line in headers)
        asked = Asking(model, key_env, fields, timeout, idle, http2, insecure, ca_file)
        return command(*args, asking=asked, **rest)

    return wrapper


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or "\n" in line or "\r" in line:
        raise UsageError("A --header is no header field.", "Give it as --header 'Name: value'.")
    return name.strip(), value.strip()


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends what is being recorded as Ctrl-C does: with all that has come in the cassette."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt("terminated (SIGTERM)")

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# Whom


@contextmanager
def opened(word: str, asking: Asking, protocol: str | None = None) -> Iterator[Target]:
    """The target that `word` names; the built-in server runs as long as the block does.

    Raises UsageError for what is no target, TargetError where its key is missing.
    """
    with opened_all(word, asking, [protocol]) as (found,):
        yield found


@contextmanager
def opened_all(word: str, asking: Asking, protocols: Sequence[str | None]) -> Iterator[list[Target]]:
    """The same with one target per protocol; None is the protocol that `word` names, or the usual one."""
    if word != BUILTIN:
        yield [_target(word, asking, protocol) for protocol in protocols]
        return
    from ..catalogue import data_folder
    from ..edge.builtin import builtin_server
    from ..edge.scenario import Target

    spoken = [endpoint(protocol or DEFAULT_PROTOCOL) for protocol in protocols]
    with builtin_server(data_folder("cassettes"), [one.protocol for one in spoken]) as server:
        models = [asking.model or one.model for one in spoken]
        yield [
            Target(BUILTIN, one.url(server.url, model), one, model, None, asking.headers, "strict")
            for one, model in zip(spoken, models, strict=True)
        ]


def spoken_with(word: str, protocols: Sequence[str]) -> list[str | None]:
    """The protocols to speak with the target `word`: those asked for, each once; else all of the built-in server's.

    Raises UsageError where `word` is the URL of one endpoint and several protocols are asked for.
    """
    if not protocols:
        return [name for name in endpoints() if scenarios(name)] if word == BUILTIN else [None]
    found = list(dict.fromkeys(endpoint(name).protocol for name in protocols))
    path = urlsplit(word).path.rstrip("/")
    if len(found) > 1 and any(endpoint(name).named_by(path) for name in found):
        raise UsageError(f"{word} is one endpoint, and {len(found)} protocols are to be spoken.", "Give its base URL.")
    return list(found)


def _target(word: str, asking: Asking, wanted: str | None) -> Target:
    from .. import catalogue
    from ..edge.scenario import Target

    dialects = catalogue.dialects()
    named = dialects.get(word)
    if named is not None:
        protocol, url = _endpoint_of(named, wanted)
    else:
        protocol, url = wanted or _protocol_of(word), _url(word, dialects)
    spoken = endpoint(protocol)
    model = asking.model or spoken.model
    host = urlsplit(url).hostname or ""
    speaking = named or _by_host(host, dialects.values())
    fields = (*(speaking.headers.items() if speaking else ()), *asking.headers)
    name = word if named else urlsplit(url).netloc.rpartition("@")[2]
    key = _key(url, asking, speaking)
    return Target(name, spoken.url(url, model), spoken, model, key, fields, speaking.name if speaking else None)


def _endpoint_of(dialect: Dialect, protocol: str | None) -> tuple[str, str]:
    """The protocol that is spoken with a provider (the first that it names, if none is asked for), and its URL."""
    if not dialect.endpoints:
        what = f"{dialect.title} has no endpoint of its own."
        raise UsageError(what, f"Give the URL of yours, and --dialect {dialect.name}.")
    spoken = protocol or next(iter(dialect.endpoints))
    if spoken not in dialect.endpoints:
        known = ", ".join(dialect.endpoints)
        raise UsageError(f"The dialect {dialect.name} names no endpoint of {spoken}.", f"It names {known}.")
    return spoken, dialect.endpoints[spoken]


def _url(word: str, dialects: Mapping[str, Dialect]) -> str:
    parts = urlsplit(word)
    if parts.scheme in ("http", "https") and parts.hostname:
        return word
    if "://" in word:
        raise UsageError(f"{word!r} is no http URL.", "Give it as in http://127.0.0.1:8000/v1.")
    known = ", ".join([BUILTIN, *(name for name, dialect in dialects.items() if dialect.endpoints)])
    raise UsageError(f"{word!r} is no target.", f"Give a URL (http://{word}) or one of: {known}.")


def _protocol_of(word: str) -> str:
    """The protocol whose path the URL ends with, the longest first."""
    path = urlsplit(word).path
    fitting = [(len(found.path), name) for name, found in endpoints().items() if found.named_by(path.rstrip("/"))]
    return max(fitting)[1] if fitting else DEFAULT_PROTOCOL


def _by_host(host: str, dialects: Any) -> Dialect | None:
    from fnmatch import fnmatchcase

    return next((one for one in dialects if any(fnmatchcase(host, pattern) for pattern in one.hosts)), None)


def _key(url: str, asking: Asking, speaking: Dialect | None) -> str | None:
    """The key to send: from the variable that the user names, else from the provider's; None where neither is."""
    variable = asking.key_env or (speaking.key_env if speaking else None)
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if key:
        return key
    if asking.key_env:
        raise UsageError(f"The environment variable {variable} is not set.", f"Set it: export {variable}=...")
    if any(name.lower() in _KEY_FIELDS for name, _ in asking.headers):
        return None
    hint = f"Set {variable}, or name another variable with --key-env."
    raise TargetError(url, "its key is missing.", hint)


_KEY_FIELDS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})
