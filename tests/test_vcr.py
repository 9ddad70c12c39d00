"""Laws of conformance.vcr: suites on vcrpy record what came when, keep it, and keep no secret."""

from __future__ import annotations

import asyncio
import http.client
import re
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conformance.core.recording import Evidence
from conformance.edge import meter, meter_aiohttp, meter_httpclient, meter_httpcore
from conformance.edge.cassette import save
from conformance.edge.load import load
from tests.edge.loopback import CHUNKED, HEAD, Peer, certificate, http2, serving
from tests.edge.test_vcrpy import CLIENTS, tape

vcr = pytest.importorskip("vcr")

import conformance.vcr  # noqa: E402 (needs vcrpy)

pytest_plugins = ["pytester"]

EVENTS = [b'data: {"n": 0}\n\n', b'data: {"n": 10}\n\n', b"data: [DONE]\n\n"]
BODY = b"".join(EVENTS)
GAP = 0.03
"""Seconds between two events: what is sent so far apart is not read at once."""
KEY, OTHER = ("AIza" + f"{piece}aB3-dE6_gH9jK" * 2 + "012" for piece in ("Sy", "Bz"))


def one_by_one(peer: Peer) -> None:
    """The head, then each event as one chunk in one write."""
    peer.send(CHUNKED, gap=GAP)
    peer.chunks(*EVENTS, gap=GAP)
    peer.end()


def gzipped(peer: Peer) -> None:
    coder = zlib.compressobj(wbits=31)
    peer.send(CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n"), gap=GAP)
    peer.chunks(*(coder.compress(event) + coder.flush(zlib.Z_SYNC_FLUSH) for event in EVENTS), gap=GAP)
    peer.chunks(coder.flush())
    peer.end()


@pytest.fixture
def tapes(tmp_path: Path) -> Any:
    return conformance.vcr.VCR(cassette_library_dir=str(tmp_path))


def recorded(tapes: Any, path: Path, url: str, client: str = "httpx", **options: Any) -> Any:
    """The one recording that a client makes of `url`."""
    with tapes.use_cassette(str(path), **options):
        CLIENTS[client](f"{url}/v1/chat/completions")
    (found,) = load(path)
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_records_the_reads_that_it_made_and_when(client: str, tapes: Any, tmp_path: Path) -> None:
    with serving(one_by_one) as url:
        found = recorded(tapes, tmp_path / "tape.yaml", url, client)
    assert (found.body, found.http_version, found.missing) == (BODY, "HTTP/1.1", frozenset())
    assert [read.size for read in found.reads] == [len(event) for event in EVENTS]
    assert all(later.at - earlier.at > GAP * 500 for earlier, later in pairwise(found.reads))
    assert found.headers_at < found.reads[0].at <= found.reads[-1].at <= found.end.at


@pytest.mark.parametrize("client", CLIENTS)
def test_chunks_of_one_read_are_one_read_and_a_chunk_of_two_reads_is_two(
    client: str, tapes: Any, tmp_path: Path
) -> None:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED + b"1\r\na\r\n2\r\nbc\r\n", gap=GAP)
        peer.send(b"1\r\nd\r\n1\r\ne\r\n4\r\nfg", gap=GAP)
        peer.send(b"hi\r\n0\r\n\r\n")

    with serving(script) as url:
        found = recorded(tapes, tmp_path / "tape.yaml", url, client)
    assert (found.body, [read.size for read in found.reads]) == (b"abcdefghi", [3, 4, 2])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_body_that_ends_with_the_connection_is_recorded_too(client: str, tapes: Any, tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(HEAD + b"connection: close\r\n\r\n", *EVENTS, gap=GAP)

    with serving(script) as url:
        found = recorded(tapes, tmp_path / "tape.yaml", url, client)
    assert (found.body, [read.size for read in found.reads]) == (BODY, [len(event) for event in EVENTS])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_coded_body_is_kept_after_its_coding_with_reads_that_count_its_bytes(
    client: str, tapes: Any, tmp_path: Path
) -> None:
    with serving(gzipped) as url:
        found = recorded(tapes, tmp_path / "tape.yaml", url, client)
    assert (found.body, found.content_encoding, found.missing) == (BODY, "gzip", frozenset())
    assert [read.size for read in found.reads] == [len(event) for event in EVENTS]
    assert found.headers.get("content-encoding") == "gzip"
    with tapes.use_cassette(str(tmp_path / "tape.yaml"), record_mode="none"):
        assert CLIENTS[client](f"{url}/v1/chat/completions") == BODY


def test_http2_and_tls_are_recorded(tapes: Any, tmp_path: Path) -> None:
    import httpx

    def answer(peer: Peer, connection: Any, stream: int) -> None:
        connection.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        peer.send(connection.data_to_send(), gap=GAP)
        for number, event in enumerate(EVENTS, 1):
            connection.send_data(stream, event, end_stream=number == len(EVENTS))
            peer.send(connection.data_to_send(), gap=GAP)

    with (
        serving(http2(answer), certificate(tmp_path), take=False) as url,
        tapes.use_cassette(str(tmp_path / "tape.yaml")),
        httpx.Client(http2=True, verify=False, trust_env=False) as client,
    ):
        client.post(url, content=b"{}")
    (found,) = load(tmp_path / "tape.yaml")
    assert (found.body, found.http_version, found.missing) == (BODY, "HTTP/2", frozenset())
    assert [read.size for read in found.reads] == [len(event) for event in EVENTS]


def test_streams_at_the_same_time_keep_their_own_times(tapes: Any, tmp_path: Path) -> None:
    import httpx

    def script(peer: Peer) -> None:
        number = int(peer.request.rsplit(b"\r\n\r\n", 1)[1])
        peer.send(CHUNKED, gap=GAP)
        peer.chunks(*[b"%d" % number * (number + 1)] * (number + 2), gap=GAP)
        peer.end()

    async def all_of_them(url: str) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await asyncio.gather(*(client.post(url, content=b"%d" % number) for number in range(4)))

    with serving(script) as url, tapes.use_cassette(str(tmp_path / "tape.yaml")):
        asyncio.run(all_of_them(url))
    found = {int(item.request.body): [read.size for read in item.reads] for item in load(tmp_path / "tape.yaml")}
    assert found == {number: [number + 1] * (number + 2) for number in range(4)}


# What is kept, and what is not


def test_a_recording_survives_loading_playing_and_saving_again(tapes: Any, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save(path, [tape(BODY)])
    before = load(path)
    with serving(one_by_one) as url:
        with tapes.use_cassette(str(path), record_mode="new_episodes"):
            CLIENTS["httpx"](f"{url}/another")
        old, new = load(path)
    assert (old.body, old.reads, old.end) == (before[0].body, before[0].reads, before[0].end)
    assert (new.body, new.missing, len(new.reads)) == (BODY, frozenset(), len(EVENTS))


def test_what_is_recorded_anew_has_new_times(tapes: Any, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    with serving(one_by_one) as url:
        first = recorded(tapes, path, url)
        again = recorded(tapes, path, url, record_mode="all")
    assert again.missing == frozenset()
    assert again.reads != first.reads


def test_a_cassette_of_plain_vcrpy_gets_no_times_that_nobody_saw(tapes: Any, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    with serving(one_by_one) as url:
        with vcr.use_cassette(str(path)):
            CLIENTS["httpx"](f"{url}/one")
        with tapes.use_cassette(str(path), record_mode="new_episodes"):
            CLIENTS["httpx"](f"{url}/two")
    old, new = load(path)
    assert old.body == new.body
    assert (old.missing, new.missing) == ({Evidence.READS, Evidence.TIMING}, frozenset())


def test_what_was_overheard_before_is_no_response_of_a_file(tapes: Any, tmp_path: Path) -> None:
    """A stream that is not recorded, and a cassette that holds the same bytes without times."""
    path = tmp_path / "old.yaml"
    with serving(one_by_one) as url:
        with vcr.use_cassette(str(path)):
            CLIENTS["httpx"](f"{url}/v1")
        with tapes.use_cassette(str(tmp_path / "none.yaml"), ignore_hosts=["127.0.0.1"]):
            CLIENTS["httpx"](f"{url}/v1")
        with tapes.use_cassette(str(path), record_mode="new_episodes") as cassette:
            cassette._save(force=True)
    (found,) = load(path)
    assert found.missing == {Evidence.READS, Evidence.TIMING}


def shorter(response: dict[str, Any]) -> dict[str, Any]:
    return {**response, "body": {"string": response["body"]["string"].replace(b"[DONE]", b"[]")}}


def as_long(response: dict[str, Any]) -> dict[str, Any]:
    return {**response, "body": {"string": response["body"]["string"].replace(b"DONE", b"done")}}


@pytest.mark.parametrize(("hook", "missing"), [(as_long, frozenset()), (shorter, {Evidence.READS, Evidence.TIMING})])
def test_a_body_that_a_hook_made_shorter_has_no_reads_any_more(
    hook: Callable[..., Any], missing: Any, tapes: Any, tmp_path: Path
) -> None:
    with serving(one_by_one) as url:
        found = recorded(tapes, tmp_path / "tape.yaml", url, before_record_response=hook)
    assert found.body == hook({"body": {"string": BODY}})["body"]["string"]
    assert found.missing == missing
    assert found.http_version == "HTTP/1.1"


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("body", [BODY, b"\xff\x00data", "😀\r\n".encode(), b" \n\n"])
def test_the_serializers_lose_nothing(body: bytes, form: str, tmp_path: Path) -> None:
    tapes = conformance.vcr.VCR(serializer=form)
    path = tmp_path / f"tape.{form}"

    def script(peer: Peer) -> None:
        peer.send(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)

    with serving(script) as url:
        found = recorded(tapes, path, url)
        assert (found.body, found.missing) == (body, frozenset())
        with tapes.use_cassette(str(path), record_mode="none"):
            assert CLIENTS["httpx"](f"{url}/v1/chat/completions") == body


def test_values_that_only_vcrpy_can_write_are_written_by_vcrpy() -> None:
    from io import BytesIO

    serializer = conformance.vcr.Serializer("yaml")
    request = {"method": "POST", "uri": "http://x/", "body": BytesIO(b"form"), "headers": {}}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "x"}}
    tree = {"version": 1, "interactions": [{"request": request, "response": response}]}
    again = serializer.deserialize(serializer.serialize(tree))
    assert again["interactions"][0]["request"]["body"].read() == b"form"


def test_metadata_of_vcrpy_is_kept(tapes: Any, tmp_path: Path) -> None:
    with serving(one_by_one) as url, tapes.use_cassette(str(tmp_path / "tape.yaml")) as cassette:
        CLIENTS["httpx"](url)
        cassette.get_metadata("protocol", "openai-chat")
    assert load(tmp_path / "tape.yaml")[0].metadata == {"protocol": "openai-chat"}


# Secrets


def ask(url: str, key: str) -> bytes:
    import httpx

    with httpx.Client(trust_env=False) as client:
        return client.post(
            f"{url}/v1?key={key}", content=f'{{"key": "{key}"}}', headers={"x-goog-api-key": key}
        ).content


def test_no_secret_is_saved_and_a_request_with_another_key_is_the_same_request(tapes: Any, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    match_on = ["method", "uri", "body", "headers", "query"]
    with serving(one_by_one) as url, tapes.use_cassette(str(path), match_on=match_on):
        assert ask(url, KEY) == BODY
    assert KEY.encode() not in path.read_bytes()
    with tapes.use_cassette(str(path), match_on=match_on, record_mode="none"):
        assert ask(url, OTHER) == BODY
    with (
        tapes.use_cassette(str(path), match_on=match_on, record_mode="none"),
        pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException),
    ):
        ask(f"{url}/other", KEY)


def test_secrets_are_left_to_vcrpy_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    tapes = conformance.vcr.VCR(redact=False, filter_headers=["x-goog-api-key"])
    with serving(one_by_one) as url, tapes.use_cassette(str(path)):
        ask(url, KEY)
    (found,) = load(path)
    assert (found.request.body.count(KEY.encode()), "x-goog-api-key" in found.request.headers) == (1, False)


def test_a_known_key_of_no_known_kind_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    tapes = conformance.vcr.VCR(known=["correct-horse-battery"])
    with serving(one_by_one) as url, tapes.use_cassette(str(path)):
        ask(url, "correct-horse-battery")
    assert b"correct-horse" not in path.read_bytes()


# Being installed


def test_one_line_serves_suites_that_use_the_module_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh = vcr.VCR()
    monkeypatch.setattr(vcr, "default_vcr", fresh)
    assert conformance.vcr.install() is fresh
    persister, merged = fresh.persister, fresh.get_merged_config
    assert conformance.vcr.install(fresh) is fresh
    assert (fresh.persister, fresh.get_merged_config) == (persister, merged)
    with serving(one_by_one) as url:
        assert recorded(fresh, tmp_path / "tape.yaml", url).missing == frozenset()


def test_nothing_is_overheard_outside_a_cassette(tapes: Any, tmp_path: Path) -> None:
    places = [patch for one in (meter_httpcore, meter_httpclient, meter_aiohttp) for patch in one.patches()]
    before = [getattr(thing, name) for thing, name, _ in places]
    assert len(places) >= 11
    with tapes.use_cassette(str(tmp_path / "tape.yaml")):
        assert all(getattr(thing, name) is not old for (thing, name, _), old in zip(places, before, strict=True))
    assert [getattr(thing, name) for thing, name, _ in places] == before
    assert meter.take() is None


def test_requests_without_a_cassette_work_after_one(tapes: Any, tmp_path: Path) -> None:
    with serving(one_by_one) as url:
        for client in CLIENTS:
            recorded(tapes, tmp_path / f"{client}.yaml", url, client)
        with urllib.request.urlopen(urllib.request.Request(url, b"{}"), timeout=10) as response:
            assert response.read() == BODY
    assert http.client.HTTPResponse.__init__ is meter_httpclient._real_init


def test_a_persister_with_its_own_way_keeps_it(tmp_path: Path) -> None:
    from vcr.persisters.filesystem import CassetteNotFoundError

    class Memory:
        texts: dict[str, Any] = {}  # noqa: RUF012

        @classmethod
        def load_cassette(cls, path: str, serializer: Any) -> Any:
            raise CassetteNotFoundError

        @classmethod
        def save_cassette(cls, path: str, values: Any, serializer: Any) -> None:
            cls.texts[path] = vcr.serialize.serialize(values, serializer)

    plain = vcr.VCR()
    plain.register_persister(Memory)
    tapes = conformance.vcr.install(plain)
    with serving(one_by_one) as url, tapes.use_cassette("tape"):
        CLIENTS["httpx"](url)
    assert "reads:" in Memory.texts["tape"]


PAGE = Path(__file__).parents[1] / "docs" / "vcrpy.md"

# pytest-recording

SUITE = """
    import httpx, pytest

    @pytest.mark.vcr
    def test_stream():
        with httpx.Client(trust_env=False) as client:
            assert client.post("{url}/v1/chat/completions", content=b"{{}}").status_code == 200
"""


def test_pytest_recording_records_with_times_by_one_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pytest_recording")
    monkeypatch.setenv("PYTHONPATH", str(PAGE.parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    run = partial(pytester.runpytest_subprocess, "-p", "pytest_recording.plugin")
    pytester.makeconftest(conftest_of_the_page())
    with serving(one_by_one) as url:
        pytester.makepyfile(test_it=SUITE.format(url=url))
        run("--record-mode=once").assert_outcomes(passed=1)
    path = pytester.path / "cassettes" / "test_it" / "test_stream.yaml"
    (found,) = load(path)
    assert (found.body, found.missing, len(found.reads)) == (BODY, frozenset(), len(EVENTS))
    run("--record-mode=none", "--block-network").assert_outcomes(passed=1)


# The page


def conftest_of_the_page() -> str:
    (shown,) = re.findall(r"^```python\n# conftest.py\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return str(shown)


def examples() -> Iterator[Any]:
    """The Python blocks of the page, but those that are files of a suite."""
    text = PAGE.read_text(encoding="utf-8")
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL), 1):
        if not block.startswith("# conftest.py"):
            yield pytest.param(block, id=str(number))


@pytest.mark.parametrize("block", list(examples()))
def test_what_the_page_shows_happens(block: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(vcr, "default_vcr", fresh := vcr.VCR())
    monkeypatch.setattr(vcr, "use_cassette", fresh.use_cassette)

    def breaks(peer: Peer) -> None:
        peer.send(CHUNKED, gap=GAP)
        peer.chunks(EVENTS[0], gap=GAP)
        peer.reset()

    with serving(one_by_one) as url, serving(breaks) as broken:
        exec(compile(block, str(PAGE), "exec"), {"url": url, "broken_url": broken})
