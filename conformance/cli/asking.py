"""The options with which a target is asked, once for all commands that ask.

Law: parsing alone; whom the words mean stands in `targets`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import wraps
from typing import Any

import click

from ..errors import UsageError
from ..targets import Asking

_SECONDS = click.FloatRange(0.1)
Function = Callable[..., Any]


def asking(command: Function) -> Function:
    """--model --key-env --header --timeout --idle --http2 --insecure --ca-file, as `asking: Asking`."""

    @click.option("--model", metavar="NAME", help="Model to ask for.  [default: the target's usual one]")
    @click.option("--key-env", metavar="VAR", help="Variable that holds the key.  [default: the target's]")
    @click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Header to send; {{key}} in it is the key. Repeatable.",
    )
    @click.option("--timeout", type=_SECONDS, metavar="S", help="Seconds for it all.  [default: 600]")
    @click.option("--idle", type=_SECONDS, metavar="S", help="Seconds of silence.  [default: 120]")
    @click.option("--http2/--http1", default=False, help="HTTP version to offer.  [default: HTTP/1.1]")
    @click.option("--insecure", is_flag=True, help="Trust any certificate.")
    @click.option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust instead of the system's.")
    @wraps(command)
    def wrapper(*args: Any, headers: tuple[str, ...], **rest: Any) -> Any:
        own = {field.name: rest.pop(field.name) for field in fields(Asking) if field.name != "headers"}
        return command(*args, asking=Asking(headers=tuple(map(_field, headers)), **own), **rest)

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
