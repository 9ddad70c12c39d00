"""Observers that ask a provider for its own record of one answer, once the client has left.

Law: the record comes some seconds late (404 until then), so it is asked for at 2, 4, 8 seconds and on. What was never
looked at before cannot be dated: the change lies anywhere between the leaving and the look.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import orjson

from ...core.recording import Recording
from ..abort import Left
from . import Spec, Told
from ._fetch import BlindError, Getter
from ._told import unobserved

PAUSES = (2.0, 2.0, 4.0, 8.0)
"""Seconds before each look; the last again and again."""
_PENDING = (404, 425, 429)

Verdict = Callable[[Mapping[str, Any], Left, float, bool], Told | None]
"""Record, leaving, milliseconds since then, whether it is the first look -> what is told; None: not settled yet."""


class Record:
    """Asks for the record of each answer."""

    def __init__(self, spec: Spec, url: str, identify: Callable[[Recording], str | None], verdict: Verdict) -> None:
        """`url` has `{id}` in it."""
        self.name = spec.kind
        self._wait = spec.wait
        self._pauses = tuple(spec.data.get("pauses_s", PAUSES))
        self._url, self._identify, self._verdict = url, identify, verdict
        headers = replace(spec.target, url=url).request(b"", {"Accept": "application/json"}).headers
        self._getter = Getter(url, spec.options, list(headers))

    def begin(self) -> None:
        """There is nothing to look at before the request."""

    def blunt(self) -> bool:
        """It is told how the work ended."""
        return False

    def ready(self) -> bool:
        """The record is asked for behind the leaving."""
        return True

    def told(self, left: Left, over: bool) -> Told:
        """What the record says, once it is there and settled."""
        own = self._identify(left.recording)
        if left.left is None or own is None:
            return unobserved(self.name, "the client did not leave" if own else "the answer had no id to ask for yet")
        if over:
            return unobserved(self.name, "the generation was over before the client left", id=own)
        try:
            return self._ask(own, left, left.left)
        except BlindError as error:
            return unobserved(self.name, str(error), id=own)

    def _ask(self, own: str, left: Left, stamp: int) -> Told:
        first, status = True, 0
        for pause in chain(self._pauses[:-1], repeat(self._pauses[-1])):
            if (time.monotonic_ns() - stamp) / 1e9 + pause > self._wait:
                break
            time.sleep(pause)
            status, body = self._getter.get(self._url.replace("{id}", own))
            if status == 200:
                told = self._verdict(_object(body), left, (time.monotonic_ns() - stamp) / 1e6, first)
                if told is not None:
                    return told
                first = False
            elif status not in _PENDING and status < 500:
                raise BlindError(f"the record of the answer is refused with status {status}")
        what = f"no settled record within {self._wait:g} s" + (f" (status {status})" if status else "")
        return unobserved(self.name, what, id=own)

    def close(self) -> None:
        """Asks no more."""
        self._getter.close()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BlindError("the record of the answer is no JSON") from error
    return found if isinstance(found, dict) else {}


def id_in(recording: Recording, pattern: bytes) -> str | None:
    """The first id of this form in the body."""
    found = re.search(rb'"id"\s*:\s*"(' + pattern + rb')"', recording.body)
    return found[1].decode() if found else None
