"""Commands that ask the same requests again; keys come from environment variables. No answers."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.dialect import Dialect
from ...core.recording import Evidence, Recording
from ...core.reproduce import reproduce
from ...errors import UsageError
from . import DialectOf

_ELSEWHERE = "-d @request.json"
_MARK = "END_OF_BODY"


def export(recordings: Sequence[Recording], dialect_of: DialectOf) -> bytes:
    """A shell command for each recording, with an empty line between. Raises UsageError where none is recorded."""
    commands = [_command(recording, dialect_of(recording)) for recording in recordings]
    return "\n".join(f"{command}\n" for command in commands).encode()


def _command(recording: Recording, dialect: Dialect) -> str:
    line = reproduce(recording, dialect)
    if line is None:
        known = recording.has(Evidence.REQUEST)
        what = f"{recording.source}: interaction {recording.interaction} " + (
            "has no absolute URL." if known else "holds no request."
        )
        raise UsageError(what, "Pick another with --interaction, or name the request with --request when it is read.")
    before, elsewhere, _ = line.partition(_ELSEWHERE)
    text = recording.request.body.decode("utf-8", "replace")
    if not elsewhere or "\ufffd" in text or "\0" in text or _MARK in text.split("\n"):
        return line
    # a long body stands behind the command, where no shell limits its length
    return f"{before}--data-binary @- <<'{_MARK}'\n{text}\n{_MARK}"
