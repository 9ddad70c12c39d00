"""Laws of the log: every request that ended is told once, with what was written, when, and when the client left."""

from __future__ import annotations

import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.catalogue import data_folder
from conformance.core.recording import End, EndKind, Read
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_log import LogFile, Served, entry, line
from conformance.errors import StorageError
from tests.edge.replaying import BODY, PATH, STREAM, asking, stream, talk, wait_for

SCHEMA = json.loads((data_folder("schemas") / "replay-log.json").read_bytes())


def logged(server: ReplayServer, told: list[Served], number: int = 1) -> dict[str, Any]:
    """The entry of the request of this number, valid by its schema."""
    wait_for(lambda: len(told) >= number)
    value = json.loads(json.dumps(entry(told[number - 1], server.recordings)))
    jsonschema.validate(value, SCHEMA)
    return value


def test_a_stream_that_is_played_is_told_with_each_write_and_its_time() -> None:
    told: list[Served] = []
    recording = stream(source="tapes/x.yaml", metadata={"scenario": "text"})
    with ReplayServer([recording], told=told.append) as server:
        talk(server, asking(PATH, {"model": "m"}))
        value = logged(server, told)
    assert (value["number"], value["outcome"], value["status"], value["gone_at"]) == (1, "played", 200, None)
    assert (value["method"], value["path"], value["model"]) == ("POST", PATH, "m")
    assert (value["cassette"], value["interaction"], value["scenario"]) == ("tapes/x.yaml", 0, "text")
    assert (value["reads"], value["bytes"], value["events"]) == (6, len(BODY), 6)
    assert [size for _, size in value["writes"] if size] == [read.size for read in recording.reads]
    times = [at for at, size in value["writes"] if size]
    assert all(at >= read.at - 0.01 for at, read in zip(times, recording.reads, strict=True))
    assert value["ended_at"] >= (recording.end.at or 0.0) - 0.01
    assert re.fullmatch(r"127\.0\.0\.1:\d+", value["client"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", value["at"])


@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
def test_a_client_that_goes_is_told_with_the_moment_and_what_it_got(how: str) -> None:
    told: list[Served] = []
    recording = stream(reads=(Read(0.0, 26), Read(60_000.0, len(BODY) - 26)), end=End(at=60_000.0), source="a.yaml")
    with ReplayServer([recording], told=told.append) as server:
        sock = socket.create_connection((server.host, server.port), 5)
        with sock:
            sock.sendall(asking())
            sock.recv(1000)
            began = time.monotonic()
            time.sleep(0.05)
            if how == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            elif how == "half-close":
                sock.shutdown(socket.SHUT_WR)
                wait_for(lambda: bool(told))
        value = logged(server, told)
        took = (time.monotonic() - began) * 1000
        words = line(told[0], server.recordings)
    assert (value["outcome"], value["reads"], value["bytes"], value["events"]) == ("client-gone", 1, 26, 1)
    assert 49 < value["gone_at"] < took + 50
    assert value["gone_at"] == value["ended_at"]
    assert words.startswith(f"POST {PATH}  200  a.yaml#0  the client went away after 1 event, 26 bytes, ")


def test_what_no_recording_answered_is_told_too() -> None:
    told: list[Served] = []
    with ReplayServer([STREAM.recording()], told=told.append) as server:
        talk(server, asking("/nowhere", None, "Connection: close"))
        talk(server, b"nonsense\r\n\r\n")
        values = [logged(server, told, number) for number in (1, 2)]
        lines = [line(served, server.recordings) for served in told]
    assert [(value["outcome"], value["status"], value["writes"]) for value in values] == [
        ("answered", 404, []), ("refused", 400, []),
    ]  # fmt: skip
    assert lines == ["POST /nowhere  404", "a broken request  400"]


def test_what_the_stop_cut_off_is_told_as_stopped() -> None:
    told: list[Served] = []
    with ReplayServer([stream(end=End(EndKind.TIMEOUT))], told=told.append, speed=0) as server:
        sock = socket.create_connection((server.host, server.port), 5)
        sock.sendall(asking())
        sock.recv(10_000)
    sock.close()
    value = logged(server, told)
    assert (value["outcome"], value["events"], value["gone_at"]) == ("stopped", 6, None)
    assert "stopped after 6 events" in line(told[0], server.recordings)


def test_pieces_that_share_a_write_are_told_as_one() -> None:
    told: list[Served] = []
    with ReplayServer([STREAM.recording()], told=told.append, speed=0) as server:
        talk(server, asking())
        value = logged(server, told)
    assert [size for _, size in value["writes"]] == [len(BODY)]
    assert value["reads"] == 6


def test_lines_are_appended_and_readable_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    for turn in range(2):
        file = LogFile(path)
        file.add({"turn": turn})
        assert [json.loads(text)["turn"] for text in path.read_text().splitlines()] == list(range(turn + 1))
        file.close()


def test_a_log_that_cannot_be_written_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot be written.*Check its folder"):
        LogFile(tmp_path / "none" / "log.jsonl")


def test_a_log_that_fails_stops_the_server_with_that_error() -> None:
    def fail(served: Served) -> None:
        raise StorageError("log.jsonl", "cannot be written (no space).", "Make room.")

    server = ReplayServer([STREAM.recording()], speed=0, told=fail)
    with pytest.raises(StorageError, match="no space"), server:
        talk(server, asking())
        wait_for(lambda: server.stopping)
