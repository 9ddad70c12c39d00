"""A history of runs in one SQLite file: what was judged when, for `conformance trend`.

Law: a run is in the file whole or not at all. Several processes may write at once (write-ahead log, one transaction for
each run, waiting for each other); a process that is killed leaves a file that can be read. `user_version` is the
version of the tables, and MIGRATIONS leads from each to the next: a published step is never changed, only followed by
another. `application_id` tells our files from others'.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import pathname2url

import orjson

from ..core.finding import Report
from ..errors import ConformanceError, InputError, StorageError
from .history_rows import COLUMNS, row_of

APPLICATION = 0x434F4E46
"""`CONF`."""
BUSY = 30.0
"""Seconds to wait for another process that writes."""

_V1 = (
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,          -- UTC, ISO 8601
        tool TEXT NOT NULL,        -- version of conformance
        ruleset TEXT NOT NULL,
        rules TEXT NOT NULL        -- JSON: ids of the rules, in the order of stream.outcomes
    )""",
    """CREATE TABLE stream (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        target TEXT NOT NULL,
        protocol TEXT NOT NULL,
        dialect TEXT NOT NULL,
        model TEXT,
        scenario TEXT NOT NULL,
        source TEXT NOT NULL,
        interaction INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        errors INTEGER NOT NULL,
        warnings INTEGER NOT NULL,
        notes INTEGER NOT NULL,
        events INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        outcomes TEXT NOT NULL,    -- a letter for each rule of the run, as in the JSON report
        traits TEXT NOT NULL,      -- JSON
        latency TEXT NOT NULL      -- JSON, milliseconds
    )""",
    "CREATE INDEX stream_by_target ON stream (target, protocol, scenario, run)",
)
_V2 = (
    "ALTER TABLE run ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE stream ADD COLUMN inconclusive TEXT",
    "CREATE INDEX stream_by_run ON stream (run)",
)
MIGRATIONS = (_V1, _V2)
VERSION = len(MIGRATIONS)

_INSERT = f"INSERT INTO stream ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_RUNS = "SELECT id, at, tool, ruleset, rules FROM run WHERE at >= :since"
_STREAMS = """SELECT stream.* FROM stream JOIN run ON run.id = stream.run
    WHERE at >= :since AND (:target IS NULL OR target = :target)
    AND (:scenarios = '[]' OR scenario IN (SELECT value FROM json_each(:scenarios)))
    AND (:protocols = '[]' OR protocol IN (SELECT value FROM json_each(:protocols)))
    AND (:newest IS NULL OR stream.run IN
        (SELECT DISTINCT run FROM stream WHERE target IS ifnull(:target, target) ORDER BY run DESC LIMIT :newest))
    ORDER BY stream.run, stream.id"""

_WORDS = {
    "NOTADB": ("is no SQLite file.", "Give another path, or move this file away."),
    "CORRUPT": ("is damaged.", "Keep a copy, try `sqlite3 FILE .recover`, or begin a new file."),
    "BUSY": (f"is locked by another program for more than {BUSY:.0f} s.", "Try again when that program is done."),
    "LOCKED": (f"is locked by another program for more than {BUSY:.0f} s.", "Try again when that program is done."),
    "READONLY": ("may not be written.", "Give a path that you may write to."),
    "PERM": ("may not be written.", "Give a path that you may write to."),
    "CANTOPEN": ("cannot be opened.", "Give the path of a file in a folder that exists and that you may write to."),
    "FULL": ("cannot be written: the disk is full.", "Free some space, or give a path on another disk."),
    "IOERR": ("cannot be written: the disk failed.", "Free some space, or give a path on another disk."),
}
"""What SQLite calls a failure -> what happened, and the next step."""


def ready(path: str) -> None:
    """Sees to it that runs can be kept in this file: makes it, or brings it to this version. Raises StorageError."""
    with _opened(path, StorageError, create=True):
        pass


def append(path: str, report: Report, at: str) -> None:
    """Keeps the runs of a report, all or none. `at`: UTC, ISO 8601. Raises StorageError."""
    rules = list(dict.fromkeys(outcome.rule for run in report.runs for outcome in run.outcomes))
    about = (at, report.tool.get("version", ""), report.ruleset, orjson.dumps(rules).decode(), len(report.failures))
    with _opened(path, StorageError, create=True) as connection, _transaction(connection):
        done = connection.execute("INSERT INTO run (at, tool, ruleset, rules, failures) VALUES (?, ?, ?, ?, ?)", about)
        connection.executemany(_INSERT, (row_of(done.lastrowid or 0, run, rules) for run in report.runs))


@dataclass(frozen=True)
class Wanted:
    """Which streams are read; nothing: all."""

    target: str | None = None
    since: str = ""
    """UTC, ISO 8601."""
    scenarios: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    newest: int | None = None
    """So many runs."""


ALL = Wanted()


def rows(path: str, wanted: Wanted = ALL) -> list[dict[str, Any]]:
    """What was kept, a mapping for each stream, oldest first. Raises InputError."""
    told = {name: orjson.dumps(v).decode() if isinstance(v, tuple) else v for name, v in vars(wanted).items()}
    with _opened(path, InputError, create=False) as connection, _transaction(connection, "DEFERRED"):
        about: dict[int, dict[str, Any]] = {}
        texts: dict[str, str] = {}  # thousands of runs by the same rules: one text
        for number, at, tool, ruleset, rules in connection.execute(_RUNS, {"since": wanted.since}):
            alike = texts.setdefault(rules, rules)
            about[number] = {"at": at, "tool": tool, "ruleset": ruleset, "rules": alike}
        found = connection.execute(_STREAMS, told)
        names = [column[0] for column in found.description]
        place = names.index("run")
        return [{**about[row[place]], **dict(zip(names, row, strict=True))} for row in found]


def targets(path: str) -> list[str]:
    """The targets that the file tells of. Raises InputError."""
    with _opened(path, InputError, create=False) as connection:
        return [name for (name,) in connection.execute("SELECT DISTINCT target FROM stream ORDER BY target")]


# The file


@contextmanager
def _opened(path: str, failure: type[InputError | StorageError], create: bool) -> Iterator[sqlite3.Connection]:
    """The file, brought to this version; every failure of SQLite as `failure`, with the next step."""
    if not create and not Path(path).is_file():
        raise failure(path, "There is no such history.", "Make one: conformance run --history FILE")
    try:
        connection = _connected(path, "rwc") if create else _readable(path)
        try:
            _prepare(connection, path, failure, create)
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _worded(path, error, failure) from error


def _connected(path: str, mode: str) -> sqlite3.Connection:
    uri = f"file:{pathname2url(str(Path(path).absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY, isolation_level=None)


def _readable(path: str) -> sqlite3.Connection:
    """The file for reading. In a folder that may not be written SQLite cannot lock: then nobody writes it, either."""
    connection = _connected(path, "rw")
    try:
        connection.execute("PRAGMA user_version")
    except sqlite3.OperationalError:
        if Path(f"{path}-wal").exists():
            raise
        connection.close()
        return _connected(path, "ro&immutable=1")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _worded(path: str, error: sqlite3.Error, failure: type[InputError | StorageError]) -> ConformanceError:
    name = getattr(error, "sqlite_errorname", "") or ""
    for word, (what, hint) in _WORDS.items():
        if name.startswith(f"SQLITE_{word}"):
            return failure(path, what, hint)
    return failure(path, f"cannot be used as a history ({error}).", "Give another path.")


def _prepare(connection: sqlite3.Connection, path: str, failure: type[InputError | StorageError], writes: bool) -> None:
    """Refuses what is not ours or newer; makes or migrates the tables."""
    version = _checked(connection, path, failure)
    connection.execute("PRAGMA foreign_keys = ON")
    if writes:
        _use_log(connection)
    if version < VERSION:
        with _transaction(connection):  # another process may have done it in the meantime
            for step in MIGRATIONS[_checked(connection, path, failure) :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _checked(connection: sqlite3.Connection, path: str, failure: type[InputError | StorageError]) -> int:
    """The version of the tables; 0 of a new file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION and (tables or version):
        raise failure(path, "is a database of another program.", "Give a path of its own to the history.")
    if version > VERSION:
        what = f"was written by a newer conformance (version {version} of its tables; this one knows {VERSION})."
        raise failure(path, what, "Update: pip install --upgrade llm-stream-conformance")
    return int(version)


def _use_log(connection: sqlite3.Connection) -> None:
    """Turns the write-ahead log on. SQLite does not wait here while another process does the same."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All or nothing. `IMMEDIATE`: the lock is taken at once, so that waiting happens before the work."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
