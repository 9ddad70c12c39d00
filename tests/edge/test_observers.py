"""Laws of observers: what they report is what happened, within what they say they can tell; the blind see nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.core.recording import End, EndKind, Headers, Recording, Request
from conformance.edge.abort import Left, Stage, abort
from conformance.edge.builtin import builtin_server
from conformance.edge.cancel import evidence
from conformance.edge.observers import Observer, Spec, Told, kinds, observer
from conformance.edge.observers._fetch import BlindError
from conformance.edge.observers._gauges import Look, Reading, judged
from conformance.edge.observers.llama_cpp_slots import reading as slots_of
from conformance.edge.observers.prometheus import engines
from conformance.edge.observers.prometheus import reading as metrics_of
from conformance.edge.observers.upstream import Upstream, Visit, of_served
from conformance.edge.recorder import Options
from conformance.edge.scenario import Target
from conformance.errors import UsageError
from conformance.suite import endpoint, scenario

from .leaving import Engine, asking, engine
from .loopback import Peer, refused_url, serving

QUICK = Options(timeout=5, idle=2)
WIDE = 150.0
"""Milliseconds by which a figure may be beside the truth on a machine that is busy with other tests."""
STAGE = Stage("after-events", events=3)

PAGES = {
    "vllm": """
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{engine="0",model_name="m"}} {running}.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{{engine="0",model_name="m"}} 0.0
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{{engine="0",model_name="m"}} {tokens}.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{{engine="0",finished_reason="stop",model_name="m"}} {completed}.0
vllm:request_success_total{{engine="0",finished_reason="length",model_name="m"}} 0.0
vllm:request_success_total{{engine="0",finished_reason="abort",model_name="m"}} {aborted}.0
""",
    "sglang": """
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{{model_name="m"}} {running}.0
# TYPE sglang:num_queue_reqs gauge
sglang:num_queue_reqs{{model_name="m"}} 0.0
# TYPE sglang:generation_tokens_total counter
sglang:generation_tokens_total{{model_name="m"}} {tokens}.0
# TYPE sglang:num_aborted_requests_total counter
sglang:num_aborted_requests_total{{model_name="m"}} {aborted}.0
""",
    "tgi": """
# TYPE tgi_batch_current_size gauge
tgi_batch_current_size {running}
# TYPE tgi_queue_size gauge
tgi_queue_size 0
# TYPE tgi_request_success counter
tgi_request_success {completed}
""",
    "llama-cpp": """
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing {running}
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 0
# TYPE llamacpp:n_decode_total counter
llamacpp:n_decode_total {tokens}
""",
}
"""What each engine's /metrics says, in its own names."""


def page(name: str) -> Callable[[str, Engine], tuple[int, str]]:
    return lambda path, own: (200, PAGES[name].format(**vars(own))) if path == "/metrics" else (404, "")


def slots(path: str, own: Engine) -> tuple[int, str]:
    token = {"n_decoded": own.tokens, "n_remain": 900, "has_next_token": own.running > 0 or not own.stopped_itself}
    slot = {"id": 0, "id_task": own.requests, "is_processing": own.running > 0, "next_token": [token]}
    return (200, json.dumps([slot])) if path == "/slots" else (404, "")


def target(url: str, protocol: str = "openai-chat", key: str | None = None) -> Target:
    spoken = endpoint(protocol)
    return Target("t", spoken.url(url, "m"), spoken, "m", key)


@contextmanager
def looking(at: str, kind: str, wait: float = 1.0, protocol: str = "openai-chat", **data: Any) -> Iterator[Observer]:
    own = observer(Spec(kind, target(at, protocol, "sk-secret-key"), data, wait, QUICK))
    try:
        yield own
    finally:
        own.close()


def seen_by(own: Observer, url: str, request: Request | None = None) -> dict[str, object]:
    """What an observer tells of one client that leaves once it is seen."""
    own.begin()
    left = abort(request or asking(url), STAGE, options=QUICK, ready=own.ready)
    assert left.missed is None
    return own.told(left, over=False)


# What there is


def test_the_folder_is_the_registry() -> None:
    assert kinds() == ["llama-cpp-slots", "openai-response", "openrouter-generation", "prometheus", "upstream"]
    with pytest.raises(UsageError, match="There is no observer 'grafana'"):
        observer(Spec("grafana", target("http://h")))
    with pytest.raises(UsageError, match="no log"):
        observer(Spec("upstream", target("http://h")))
    with pytest.raises(UsageError, match="no gauge"):
        observer(Spec("prometheus", target("http://h")))
    with pytest.raises(UsageError, match="No metrics of 'ollama'"):
        observer(Spec("prometheus", target("http://h"), {"engine": "ollama"}))


# Engines


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_engines_page_is_read_in_its_own_names(name: str) -> None:
    text = PAGES[name].format(running=2, tokens=70, aborted=3, completed=5)
    found = metrics_of(text.encode(), engines()[name], "here")
    assert found.running == 2
    told = {"tokens": 70, "aborted": 3, "completed": 5}
    assert all(getattr(found, key) in (value, None) for key, value in told.items())
    assert {key for key in told if getattr(found, key) is not None} == set(engines()[name]) & set(told)


def test_a_page_that_lacks_the_gauge_or_is_none_makes_blind_and_never_zero() -> None:
    for text in (b"", b"# TYPE up gauge\nup 1\n", b"<html>", b"\xff"):
        with pytest.raises(BlindError):
            metrics_of(text, engines()["vllm"], "here")
    for text in (b"{}", b"[1]", b"nothing", b'[{"id": 0}]'):
        with pytest.raises(BlindError):
            slots_of(text, "here")


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.25])
@pytest.mark.parametrize(("kind", "data", "pages"), [
    ("prometheus", {"engine": "vllm"}, page("vllm")),
    ("llama-cpp-slots", {}, slots),
])  # fmt: skip
def test_an_engine_that_stops_late_is_seen_to_stop_as_late(
    kind: str, data: dict[str, str], pages: Callable[[str, Engine], tuple[int, str]], delay: float
) -> None:
    own = Engine(stops_after=delay)
    with engine(own, pages) as url, looking(url, kind, **data) as looks:
        told = seen_by(looks, url)
    assert isinstance(told["propagated_ms"], float) and isinstance(told["resolution_ms"], float)
    assert told["propagated_ms"] - told["resolution_ms"] - WIDE <= delay * 1000 <= told["propagated_ms"] + 5
    assert told["propagated_ms"] <= delay * 1000 + own.gap * 1000 + WIDE


@pytest.mark.parametrize("name", ["vllm", "sglang", "tgi", "llama-cpp"])
def test_an_engine_that_goes_on_is_told_as_never_with_the_time_that_was_waited(name: str) -> None:
    own = Engine(stops_after=None, length=200)
    with engine(own, page(name)) as url, looking(url, "prometheus", wait=0.3, engine=name) as looks:
        told = seen_by(looks, url)
    assert told["never"] is True
    assert isinstance(told["waited_ms"], float) and told["waited_ms"] >= 250
    assert "propagated_ms" not in told


def test_counters_come_along_as_details() -> None:
    own = Engine()
    with engine(own, page("vllm")) as url, looking(url, "prometheus", engine="vllm") as looks:
        told = seen_by(looks, url)
    assert told["aborted"] == 1
    assert told["completed"] == 0
    assert told["observer"] == "prometheus (vllm)"


def test_whoever_cannot_be_reached_or_is_something_else_saw_nothing() -> None:
    own = Engine()
    with engine(own, page("vllm")) as url:
        for kind, data in (
            ("prometheus", {"engine": "sglang"}),
            ("llama-cpp-slots", {}),
            ("prometheus", {"engine": "vllm", "url": f"{refused_url()}/metrics"}),
        ):
            with looking(url, kind, wait=0.2, **data) as looks:
                told = seen_by(looks, url)
            assert set(told) == {"observer", "unobserved"}, told


def test_the_key_goes_to_the_targets_own_server_alone() -> None:
    asked: list[bytes] = []

    def answering(peer: Peer) -> None:
        asked.append(peer.request)
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]")

    with serving(answering) as url:
        for at in (url, refused_url()):
            with looking(at, "llama-cpp-slots", url=f"{url}/slots") as looks:
                looks.begin()
    assert [b"sk-secret-key" in request for request in asked] == [True, False]


def test_a_server_at_which_others_work_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.edge.observers._gauges.SETTLING", 0.1)
    own = Engine(running=3)
    with engine(own, page("vllm")) as url, looking(url, "prometheus", engine="vllm") as looks:
        told = seen_by(looks, url)
    assert "3 requests run at rest" in str(told["unobserved"])


def _looks(*values: tuple[int, float, float]) -> list[Look]:
    """Looks of one millisecond at (milliseconds, running, completed)."""
    return [Look(at * 10**6, (at + 1) * 10**6, Reading(running, completed=done)) for at, running, done in values]


@pytest.mark.parametrize(
    ("looks", "key"),
    [
        (_looks((0, 0, 0), (50, 1, 0), (110, 1, 0), (150, 0, 0)), "propagated_ms"),
        (_looks((0, 0, 0), (50, 1, 0), (110, 1, 0), (150, 1, 0)), "never"),
        (_looks((0, 0, 0), (50, 1, 0), (110, 1, 0), (250, 0, 1)), "never"),  # it came to its own end
        (_looks((0, 0, 0), (50, 1, 0), (110, 1, 0), (150, 0, 1)), "unobserved"),  # too soon to be stopped
        (_looks((0, 0, 0), (50, 1, 0), (150, 0, 1)), "unobserved"),  # to its own end, but when?
        (_looks((0, 0, 0), (50, 0, 0), (150, 0, 0)), "unobserved"),  # never seen running
        (_looks((0, 0, 0), (50, 1, 0), (90, 0, 0), (150, 0, 0)), "unobserved"),  # had ended before
    ],
)
def test_looks_say_no_more_than_they_can(looks: list[Look], key: str) -> None:
    told = judged("gauges", looks, 100 * 10**6, over=False)
    assert key in told
    assert len({"propagated_ms", "never", "unobserved"} & set(told)) == 1
    assert "unobserved" in judged("gauges", looks, 100 * 10**6, over=True)


def _counted(*values: tuple[int, float, Reading]) -> list[Look]:
    return [Look(at * 10**6, (at + 1) * 10**6, reading._replace(running=running)) for at, running, reading in values]


@pytest.mark.parametrize(
    ("rest", "end", "own_end", "key"),
    [
        (Reading(0), Reading(0), None, "unobserved"),  # it ended: by itself?
        (Reading(0), Reading(0), 240, "unobserved"),  # about then
        (Reading(0), Reading(0), 900, "propagated_ms"),
        (Reading(0, aborted=0.0), Reading(0, aborted=1.0), None, "propagated_ms"),
        (Reading(0, aborted=0.0), Reading(0, aborted=0.0), None, "unobserved"),  # nobody counted it
        (Reading(0, done=frozenset({1})), Reading(0, done=frozenset()), None, "propagated_ms"),
        (Reading(0, done=frozenset({1})), Reading(0, done=frozenset({2})), None, "never"),
    ],
)
def test_work_that_ends_was_stopped_only_where_something_says_so(
    rest: Reading, end: Reading, own_end: int | None, key: str
) -> None:
    looks = _counted((0, 0, rest), (50, 1, rest), (110, 1, rest), (250, 0, end))
    told = judged("gauges", looks, 100 * 10**6, False, None if own_end is None else own_end * 10**6)
    assert {"propagated_ms", "never", "unobserved"} & set(told) == {key}


@pytest.mark.parametrize(
    ("slot", "done"),
    [
        ({"is_processing": False}, frozenset()),  # was never used
        ({"is_processing": False, "id_task": 7, "next_token": [{"has_next_token": False}]}, frozenset({7})),
        ({"is_processing": False, "id_task": 7, "next_token": [{"has_next_token": True}]}, frozenset()),
        ({"is_processing": True, "id_task": 7, "next_token": {"has_next_token": True}}, frozenset()),
        ({"is_processing": False, "id_task": 7}, None),
        ({"is_processing": True}, None),
    ],
)
def test_a_slot_says_whether_its_last_task_came_to_its_own_end_or_nothing(
    slot: dict[str, object], done: frozenset[int] | None
) -> None:
    assert slots_of(json.dumps([slot]).encode(), "/slots").done == done


def test_no_limit_of_tokens_is_no_number_of_them() -> None:
    token = {"n_decoded": 3, "n_remain": -1}
    found = slots_of(json.dumps([{"is_processing": True, "next_token": [token]}]).encode(), "/slots")
    assert (found.tokens, found.remaining) == (3, None)


def test_the_worst_that_somebody_saw_is_the_evidence() -> None:
    saw: Told = {"observer": "a", "propagated_ms": 3.0}
    blind: Told = {"observer": "b", "unobserved": "nothing there"}
    never: Told = {"observer": "c", "never": True}
    assert evidence([blind, saw])["observer"] == "a"
    assert evidence([saw, never, blind]) == {**never, "others": [saw, blind]}
    assert evidence([]) == {}


def test_the_resolution_reaches_back_to_the_last_look_that_found_it_running() -> None:
    told = judged("gauges", _looks((0, 0, 0), (110, 1, 0), (150, 0, 0)), 100 * 10**6, over=False)
    assert (told["propagated_ms"], told["resolution_ms"]) == (51.0, 41.0)
    told = judged("gauges", _looks((0, 0, 0), (60, 1, 0), (150, 0, 0)), 100 * 10**6, over=False)
    assert (told["propagated_ms"], told["resolution_ms"]) == (51.0, 51.0)


# Records


def left_now(body: bytes = b"", headers: dict[str, str] | None = None) -> Left:
    now = time.monotonic_ns()
    end = End(EndKind.CANCELLED, 20.0, "client")
    recording = Recording(body=body, headers=Headers((headers or {}).items()), end=end)
    return Left(recording, now - 20_000_000, now, None, 2, 5.0)


def told_by(kind: str, answers: list[tuple[int, object]], left: Left, protocol: str = "openai-chat") -> dict[str, Any]:
    """What an observer of records tells, when the server answers one after the other, the last again and again."""
    asked: list[str] = []

    def pages(path: str, own: Engine) -> tuple[int, str]:
        asked.append(path)
        status, data = answers[min(len(asked), len(answers)) - 1]
        return status, json.dumps(data)

    with engine(Engine(), pages) as url, looking(url, kind, 0.6, protocol, pauses_s=[0.05]) as looks:
        return {**looks.told(left, over=False), "asked": asked}


CHUNK = b'data: {"id": "gen-1789-Abc", "choices": []}\n\n'
RECORD = {"id": "gen-1789-Abc", "native_tokens_completion": 9, "total_cost": 0.0001, "cancelled": True}


def test_openrouters_record_is_asked_for_until_it_is_there() -> None:
    told = told_by("openrouter-generation", [(404, {}), (404, {}), (200, {"data": RECORD})], left_now(CHUNK))
    assert told["asked"][0] == "/v1/generation?id=gen-1789-Abc"
    assert len(told["asked"]) == 3
    assert (told["cancelled"], told["native_tokens_completion"], told["total_cost"]) == (True, 9, 0.0001)
    assert told["propagated_ms"] == told["resolution_ms"] >= 100, "it could have been at any time before"


def test_openrouters_record_that_was_not_cancelled_is_never() -> None:
    for cancelled in (False, None):
        record = {"data": {**RECORD, "cancelled": cancelled}}
        assert told_by("openrouter-generation", [(200, record)], left_now(CHUNK))["never"] is True
    quick = {"data": {**RECORD, "cancelled": False, "latency": 5, "generation_time": 10}}
    assert "had ended" in told_by("openrouter-generation", [(200, quick)], left_now(CHUNK))["unobserved"]


def test_a_record_that_never_comes_or_is_refused_is_unobserved() -> None:
    assert "no settled record" in told_by("openrouter-generation", [(404, {})], left_now(CHUNK))["unobserved"]
    assert "status 401" in told_by("openrouter-generation", [(401, {})], left_now(CHUNK))["unobserved"]
    assert "no id" in told_by("openrouter-generation", [(200, {})], left_now())["unobserved"]
    by_header = left_now(headers={"X-Generation-Id": "gen-h"})
    assert told_by("openrouter-generation", [(200, {"data": RECORD})], by_header)["asked"] == [
        "/v1/generation?id=gen-h"
    ]


CREATED = b'data: {"type":"response.created","response":{"id":"resp_0a1"}}\n\n'


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ([{"status": "in_progress"}, {"status": "cancelled"}], "propagated_ms"),
        ([{"status": "incomplete"}], "propagated_ms"),
        ([{"status": "in_progress"}, {"status": "completed"}], "never"),
        ([{"status": "completed"}], "unobserved"),
        ([{"status": "in_progress"}], "unobserved"),
    ],
)
def test_openais_record_tells_by_its_status(answers: list[dict[str, object]], key: str) -> None:
    pages: list[tuple[int, object]] = [(200, answer) for answer in answers]
    told = told_by("openai-response", pages, left_now(CREATED), "openai-responses")
    assert key in told, told
    assert told["asked"][0] == "/v1/responses/resp_0a1"


# Upstream


def upstream(*visits: Visit, wait: float = 0.1) -> dict[str, object]:
    own = Upstream(lambda: visits, wait)
    own.begin()
    return own.told(left_now(), over=False)


def test_an_upstream_tells_the_moment_at_which_it_was_left_or_that_it_was_not() -> None:
    now = time.monotonic()
    assert upstream(Visit(now, now + 0.05, True, 3, 90))["propagated_ms"] == pytest.approx(50, abs=30)
    ran = upstream(Visit(now, now + 0.2, False, 30, 900))
    assert (ran["never"], ran["ran_to_end"], ran["upstream_events"]) == (True, True, 30)
    assert "was done about when" in str(upstream(Visit(now, now + 0.05, False, 30, 900))["unobserved"])
    assert upstream(Visit(now, None, False, 0, 0))["never"] is True
    assert "no request" in str(upstream()["unobserved"])
    assert "no request" in str(upstream(Visit(now - 9, now - 8, True, 1, 1))["unobserved"]), "an earlier one"
    now = time.monotonic()
    assert "was done before" in str(upstream(Visit(now - 0.01, now - 0.001, False, 1, 1))["unobserved"])


def test_of_several_requests_for_one_the_last_that_was_left_counts() -> None:
    now = time.monotonic()
    told = upstream(Visit(now, now + 0.01, True, 1, 1), Visit(now + 0.005, now + 0.4, True, 1, 1))
    assert told["upstream_requests"] == 2
    assert told["propagated_ms"] == pytest.approx(400, abs=50)


def played(url: str) -> Request:
    spoken = endpoint("openai-chat")
    return Target("t", spoken.url(url, spoken.model), spoken, spoken.model).ask(scenario("openai-chat", "cancel-mid"))


def test_the_built_in_server_sees_its_clients_leave_also_by_its_log(tmp_path: Path) -> None:
    from conformance.catalogue import data_folder
    from conformance.edge.replay import ReplayServer
    from conformance.edge.replay_log import LogFile, Served, entry

    with builtin_server(data_folder("cassettes"), ["openai-chat"]) as server:
        told = seen_by(of_served(lambda: server.served, 2.0), server.url, played(server.url))
        recordings = server.recordings
    assert isinstance(told["propagated_ms"], float) and told["propagated_ms"] < WIDE
    log = LogFile(tmp_path / "log.jsonl")

    def note(served: Served) -> None:
        log.add(entry(served, server.recordings))

    server = ReplayServer(recordings, told=note, began=note)
    with server, looking(server.url, "upstream", 2.0, log=str(tmp_path / "log.jsonl")) as looks:
        told = seen_by(looks, server.url, played(server.url))
    assert isinstance(told["propagated_ms"], float) and told["propagated_ms"] < WIDE
    log.close()


def test_a_log_shows_the_upstream_that_plays_on_and_tells_it_as_never(tmp_path: Path) -> None:
    now = time.monotonic_ns()
    path, known = tmp_path / "log.jsonl", {"number": 1, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}+00:00"}
    begun = {**known, "outcome": "playing", "ended_at": None, "events": 0, "bytes": 0}
    with looking("http://127.0.0.1:9", "upstream", 0.2, log=str(path)) as looks:
        path.write_text(json.dumps(begun) + '\n{"half a', encoding="utf-8")
        left = Left(Recording(Request("POST", "http://h/"), 200), now, now, None, 3, 1.0)
        assert looks.told(left, over=False)["never"] is True
        gone = {**begun, "outcome": "client-gone", "ended_at": 3_000.0, "events": 7, "bytes": 70}
        path.write_text(json.dumps(begun) + "\n" + json.dumps(gone) + "\n", encoding="utf-8")
        told = looks.told(left, over=False)
    assert (told["upstream_events"], told["upstream_bytes"], "propagated_ms" in told) == (7, 70, True)


def test_looking_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    own = Engine()
    with engine(own, page("vllm")) as url, looking(url, "prometheus", engine="vllm") as looks:
        looks.begin()
    assert threading.active_count() <= before
