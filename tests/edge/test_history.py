"""The history of runs: whole or not at all, with several writers, after a kill, and through its versions."""

from __future__ import annotations

import csv
import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from conformance.core.finding import Failure, Level, Verdict
from conformance.core.trend import trend
from conformance.edge import history
from conformance.edge.history import APPLICATION, MIGRATIONS, VERSION, Wanted, append, ready, rows, targets
from conformance.edge.history_export import COLUMNS, export
from conformance.edge.history_rows import samples
from conformance.errors import InputError, StorageError, UsageError
from tests.reports import finding, report, run

AT = "2026-11-21T09:30:00.000+00:00"
TOLD = run(
    "r/tools.yaml", finding(), finding("demo/w", Level.WARNING, waived="documented"), metadata={
        "target": "gw", "scenario": "tools"}, traits={"usage.placement": "own-chunk", "odd": ["a"]},
    latency={"ttfb": 12.5, "total": 100, "first_text": None},
)  # fmt: skip


def one_run() -> Any:
    return report(TOLD, run("r/text.yaml", metadata={"target": "gw", "scenario": "text"}), failures=[Failure("x", "y")])


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "history.sqlite")


def test_what_was_kept_is_read_back(file: str) -> None:
    append(file, one_run(), AT)
    first, second = rows(file)
    assert (first["target"], first["scenario"], first["verdict"], first["errors"], first["warnings"]) == (
        "gw", "tools", "fail", 1, 0)  # fmt: skip
    assert (first["at"], first["events"], first["bytes"], first["tool"]) == (AT, 12, 3456, "1.2.3")
    assert second["scenario"] == "text"
    (kept, _) = samples(rows(file))
    assert kept.outcomes["demo/fault"] == "f"
    assert kept.outcomes["demo/w"] == "w"
    assert kept.outcomes["demo/idle"] == "n"
    assert dict(kept.traits) == {"usage.placement": "own-chunk", "odd": ["a"]}
    assert kept.latency["ttfb"] == 12.5
    assert targets(file) == ["gw"]


def test_runs_come_back_in_order_by_target_and_since(file: str) -> None:
    for day in (1, 2, 3):
        append(file, report(replace(TOLD, metadata={"target": f"gw{day % 2}"})), f"2026-11-0{day}T00:00:00.000+00:00")
    assert [row["at"][8:10] for row in rows(file)] == ["01", "02", "03"]
    assert [row["at"][8:10] for row in rows(file, Wanted("gw1"))] == ["01", "03"]
    assert [row["at"][8:10] for row in rows(file, Wanted("gw1", "2026-11-02"))] == ["03"]
    assert targets(file) == ["gw0", "gw1"]


def test_streams_come_back_by_scenario_and_protocol_and_of_the_newest_runs(file: str) -> None:
    for day in (1, 2, 3):
        append(file, one_run(), f"2026-11-0{day}T00:00:00.000+00:00")
    append(file, report(replace(TOLD, metadata={"target": "other"})), AT)
    told = [(row["run"], row["scenario"]) for row in rows(file, Wanted("gw", scenarios=("text", "no' such")))]
    assert told == [(1, "text"), (2, "text"), (3, "text")]
    assert rows(file, Wanted(protocols=("gemini-generate",))) == []
    assert {row["run"] for row in rows(file, Wanted("gw", newest=2))} == {2, 3}
    assert {row["run"] for row in rows(file, Wanted(newest=2))} == {3, 4}
    assert {row["run"] for row in rows(file, Wanted("gw", newest=9))} == {1, 2, 3}


def test_odd_text_of_a_peer_is_kept_as_text(file: str) -> None:
    odd = replace(TOLD, model="\ud800\0'; DROP TABLE run; --", source="\udcff", traits={"x": "\x1b"})
    append(file, report(odd), AT)
    (row,) = rows(file)
    assert row["model"].endswith("DROP TABLE run; --")
    assert len(rows(file)) == 1


# Versions

V1 = f"""
{";".join(MIGRATIONS[0])};
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = 1;
INSERT INTO run VALUES (7, '2026-10-01T00:00:00.000+00:00', '0.0.9', '2026.10', '["demo/a","demo/b"]');
INSERT INTO stream VALUES (1, 7, 'gw', 'openai-chat', 'strict', 'm', 'tools', 'a.yaml', 0, 'pass', 0, 1, 0, 5, 99, 'pf',
    '{{"usage.placement": "none"}}', '{{"ttfb": 3.5}}');
"""


def old(path: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(V1)
    connection.close()


def version_of(path: str) -> int:
    connection = sqlite3.connect(path)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


def test_a_file_of_the_first_version_is_migrated_and_nothing_is_lost(file: str) -> None:
    old(file)
    (row,) = rows(file, Wanted("gw"))
    assert (row["run"], row["scenario"], row["outcomes"], row["inconclusive"]) == (7, "tools", "pf", None)
    assert version_of(file) == VERSION == 2
    append(file, report(TOLD), AT)
    assert [row["run"] for row in rows(file, Wanted("gw"))] == [7, 8]
    (course,) = trend("gw", samples(rows(file, Wanted("gw")))).courses
    assert [line.verdicts for line in course.lines] == [(Verdict.PASS, Verdict.FAIL)]


def test_a_migrated_file_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    old(str(tmp_path / "old"))
    ready(str(tmp_path / "old"))
    ready(str(tmp_path / "new"))
    told = []
    for name in ("old", "new"):
        connection = sqlite3.connect(tmp_path / name)
        told.append(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
        connection.close()
    assert told[0] == told[1]


def test_a_migration_that_fails_leaves_the_file_as_it_was(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old(file)
    monkeypatch.setattr(history, "MIGRATIONS", (*MIGRATIONS, ("ALTER TABLE run ADD COLUMN x", "nonsense")))
    monkeypatch.setattr(history, "VERSION", 3)
    with pytest.raises(StorageError):
        ready(file)
    assert version_of(file) == 1
    monkeypatch.undo()
    assert len(rows(file)) == 1


# What is no history, and what cannot be written


def refused(path: str) -> list[str]:
    """What is said to a writer and to a reader."""
    with pytest.raises(StorageError) as writing:
        append(path, report(TOLD), AT)
    with pytest.raises(InputError) as reading:
        rows(path)
    return [str(writing.value), str(reading.value)]


def test_what_is_no_sqlite_file_is_refused_and_untouched(file: str) -> None:
    Path(file).write_bytes(b"data: this is a stream\n\n" * 50)
    for said in refused(file):
        assert said == f"{file}: is no SQLite file. Give another path, or move this file away."
    assert Path(file).read_bytes().startswith(b"data: this")


def test_a_newer_version_is_refused_with_the_next_step(file: str) -> None:
    ready(file)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for said in refused(file):
        assert "newer conformance (version 99 of its tables; this one knows 2)" in said
        assert said.endswith("Update: pip install --upgrade llm-stream-conformance")


def test_the_database_of_another_program_is_refused_and_untouched(file: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    for said in refused(file):
        assert "is a database of another program. Give a path of its own" in said
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_locked_file_is_waited_for_and_then_named(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(file)
    monkeypatch.setattr(history, "BUSY", 0.05)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageError, match=r"is locked by another program.*Try again"):
            append(file, report(TOLD), AT)
        assert rows(file) == [], "readers do not wait"
    finally:
        holder.close()
    append(file, report(TOLD), AT)
    assert len(rows(file)) == 1


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "no" / "such.sqlite")
    said, absent = refused(path)
    assert (
        said == f"{path}: cannot be opened. Give the path of a file in a folder that exists and that you may write to."
    )
    assert absent == f"{path}: There is no such history. Make one: conformance run --history FILE"
    with pytest.raises(StorageError, match="cannot be opened"):
        ready(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_named_and_can_be_read(file: str) -> None:
    append(file, report(TOLD), AT)
    Path(file).chmod(0o400)
    with pytest.raises(StorageError, match="may not be written"):
        append(file, report(TOLD), AT)
    assert len(rows(file)) == 1


def test_a_full_disk_is_named_and_what_was_kept_stays(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    append(file, report(TOLD), AT)
    plain = history._use_log

    def small(connection: sqlite3.Connection) -> None:
        plain(connection)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    monkeypatch.setattr(history, "_use_log", small)
    with pytest.raises(StorageError, match=r"the disk is full\. Free some space"):
        append(file, report(*[TOLD] * 500), AT)
    assert len(rows(file)) == 1


# Several writers, and a kill

WRITER = """
import sys
from conformance.edge.history import append
from conformance.core.finding import Report, Run, Verdict
name, times, streams = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
told = {"metadata": {"target": name}}
runs = [Run(f"{n}.yaml", 0, "openai-chat", "strict", "m", Verdict.PASS, **told) for n in range(streams)]
for number in range(times):
    append(sys.argv[1], Report({"version": "1"}, "2026.11", runs), f"2026-11-21T{number // 60:02d}:{number % 60:02d}")
"""


def writer(file: str, name: str, times: int, streams: int) -> subprocess.Popen[bytes]:
    asked = [sys.executable, "-c", WRITER, file, name, str(times), str(streams)]
    return subprocess.Popen(asked, stderr=subprocess.PIPE)


def test_many_processes_keep_their_runs_side_by_side(file: str) -> None:
    """In a file that none of them found there."""
    with ExitStack() as stack:
        at_work = [stack.enter_context(writer(file, f"w{number}", 20, 3)) for number in range(8)]
        told = [(one.communicate(timeout=120)[1], one.returncode) for one in at_work]
    assert told == [(b"", 0)] * 8
    kept = rows(file)
    assert len(kept) == 8 * 20 * 3
    for number in range(8):
        own = [row for row in kept if row["target"] == f"w{number}"]
        assert len({row["run"] for row in own}) == 20
        assert [row["at"] for row in own] == sorted(row["at"] for row in own)


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_a_process_that_is_killed_leaves_a_file_that_can_be_read(file: str) -> None:
    killed = writer(file, "w", 100_000, 200)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if Path(file).exists() and Path(f"{file}-wal").exists() and count(file) >= 3:
                break
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
    finally:
        killed.kill()
        killed.communicate()
    kept = rows(file)
    assert len(kept) >= 3 * 200
    assert len(kept) % 200 == 0, "a run is there whole or not at all"
    append(file, report(TOLD), AT)
    assert len(rows(file)) == len(kept) + 1
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def count(file: str) -> int:
    try:
        connection = sqlite3.connect(file)
        (found,) = connection.execute("SELECT count(*) FROM run").fetchone()
        connection.close()
    except sqlite3.Error:
        return 0
    return int(found)


# Export


def test_csv_has_a_row_for_each_stream_and_a_column_for_each_figure(file: str, tmp_path: Path) -> None:
    append(file, one_run(), AT)
    export(str(tmp_path / "h.csv"), rows(file))
    told = list(csv.DictReader(io.StringIO((tmp_path / "h.csv").read_text(encoding="utf-8"))))
    assert [row["scenario"] for row in told] == ["tools", "text"]
    assert list(told[0]) == list(COLUMNS)
    assert (told[0]["latency_ttfb"], told[0]["latency_total"], told[0]["latency_first_text"]) == ("12.5", "100.0", "")
    assert orjson.loads(told[0]["broken"]) == ["demo/fault", "demo/w"]
    assert orjson.loads(told[0]["traits"])["usage.placement"] == "own-chunk"


def test_parquet_holds_the_same_with_types(file: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    append(file, one_run(), AT)
    export(str(tmp_path / "h.parquet"), rows(file))
    table = parquet.read_table(tmp_path / "h.parquet")
    assert table.column_names == list(COLUMNS)
    kinds = {name: str(table.schema.field(name).type) for name in ("at", "run", "latency_ttfb")}
    assert kinds == {"at": "string", "run": "int64", "latency_ttfb": "double"}
    first = table.to_pylist()[0]
    assert (first["scenario"], first["events"], first["latency_ttfb"], first["model"]) == ("tools", 12, 12.5, "gpt-x")


def test_parquet_without_its_library_says_what_to_install(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(file, one_run(), AT)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'llm-stream-conformance\[parquet\]', or export to \.csv"):
        export(str(tmp_path / "h.parquet"), rows(file))


def test_another_ending_is_refused(file: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Export to \.csv or \.parquet"):
        export(str(tmp_path / "h.xlsx"), [])
