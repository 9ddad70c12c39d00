"""Laws of importing: the bytes of the wire come out of every format, what it does not hold is missing, nothing raises
anything but an InputError."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.catalogue import rules_of
from conformance.core.recording import EndKind, Evidence, Recording
from conformance.edge import importers
from conformance.edge.importers.go_vcr import milliseconds
from conformance.edge.load import find, load, read
from conformance.errors import InputError
from conformance.library import check

TEXT = 'data: {"a":"é"}\n\ndata: [DONE]\n\n'
BODY = TEXT.encode()
URL = "https://api.example.com/v1/chat/completions"
ASKED = '{"model":"m","stream":true}'
FIELDS = {"Content-Type": ["text/event-stream"], "X-Two": ["1", "2"]}
NOT_TIMED = frozenset({Evidence.TIMING, Evidence.READS})


def put(path: Path, content: Any) -> Path:
    """Writes YAML or JSON by the name's ending, or bytes as they are."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix in (".yaml", ".yml"):
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    else:
        path.write_text(json.dumps(content), encoding="utf-8")
    return path


def refused(path: Path, said: str) -> InputError:
    with pytest.raises(InputError, match=said) as raised:
        load(path)
    assert raised.value.what.startswith(f"{path}: ")
    assert raised.value.hint.endswith((".", "?"))
    return raised.value


# The forms


def ruby(body: Any = None, **response: Any) -> dict[str, Any]:
    return {
        "http_interactions": [
            {
                "request": {
                    "method": "post",
                    "uri": URL,
                    "body": {"encoding": "UTF-8", "string": ASKED},
                    "headers": {},
                },
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": FIELDS,
                    "body": {"encoding": "UTF-8", "string": TEXT} if body is None else body,
                    "http_version": None,
                    **response,
                },
                "recorded_at": "Sun, 26 Nov 2023 11:45:49 GMT",
            }
        ],
        "recorded_with": "VCR 6.1.0",
    }


def go(version: int = 2, **response: Any) -> dict[str, Any]:
    answer = {"body": TEXT, "headers": FIELDS, "status": "200 OK", "code": 200, "duration": "1.5s", **response}
    request = {"body": ASKED, "form": {}, "headers": {"Accept": ["*/*"]}, "url": URL, "method": "POST"}
    return {"version": version, "interactions": [{"id": 0, "request": request, "response": answer}]}


def har(content: dict[str, Any] | None = None, creator: str = "WebInspector", **response: Any) -> dict[str, Any]:
    answer = {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "http/2.0",
        "headers": [{"name": ":status", "value": "200"}]
        + [{"name": name, "value": value} for name, values in FIELDS.items() for value in values],
        "content": {"size": 1, "mimeType": "text/event-stream", **({"text": TEXT} if content is None else content)},
        **response,
    }
    entry = {
        "startedDateTime": "2025-08-14T14:45:32.022Z",
        "time": 60,
        "request": {"method": "POST", "url": URL, "headers": [], "postData": {"mimeType": "x", "text": ASKED}},
        "response": answer,
        "timings": {"blocked": 9, "dns": -1, "connect": -1, "send": 1, "wait": 40, "receive": 10.5, "ssl": -1},
    }
    return {"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "entries": [entry]}}


def azure(body: Any = None, **more: Any) -> dict[str, Any]:
    entry = {
        "RequestUri": URL,
        "RequestMethod": "POST",
        "RequestHeaders": {"Content-Type": "application/json"},
        "RequestBody": json.loads(ASKED),
        "StatusCode": 200,
        "ResponseHeaders": {"Content-Type": "text/event-stream", "X-Two": ["1", "2"]},
        "ResponseBody": TEXT.splitlines(keepends=True) if body is None else body,
        **more,
    }
    return {"Entries": [entry], "Variables": {}}


def datadog(body: Any = TEXT) -> dict[str, Any]:
    response = {"status": {"code": 200, "message": "OK"}, "headers": FIELDS, "body": body}
    return {"request": {"method": "POST", "url": URL, "headers": {}, "body": ASKED}, "response": response}


def netstring(value: Any) -> bytes:
    """A value as mitmproxy writes it."""
    if isinstance(value, dict):
        inner = b"".join(netstring(key) + netstring(item) for key, item in value.items())
        return b"%d:%b}" % (len(inner), inner)
    if isinstance(value, list):
        inner = b"".join(map(netstring, value))
        return b"%d:%b]" % (len(inner), inner)
    for kind, mark in ((bytes, b","), (str, b";"), (bool, b"!"), (int, b"#"), (float, b"^")):
        if isinstance(value, kind):
            inner = value if isinstance(value, bytes) else str(value).lower().encode()
            return b"%d:%b%b" % (len(inner), inner if kind is not str else str(value).encode(), mark)
    return b"0:~"


def flow(request: dict[str, Any] | None = None, response: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "version": 21,
        "type": "http",
        "error": None,
        "websocket": None,
        "request": {
            "host": "api.example.com",
            "port": 443,
            "method": b"POST",
            "scheme": b"https",
            "authority": b"",
            "path": b"/v1/chat/completions",
            "http_version": b"HTTP/2.0",
            "headers": [],
            "content": ASKED.encode(),
            "timestamp_start": 1000.0,
            **(request or {}),
        },
        "response": {
            "http_version": b"HTTP/2.0",
            "status_code": 200,
            "reason": b"OK",
            "headers": [[name.encode(), value.encode()] for name, values in FIELDS.items() for value in values],
            "content": BODY,
            "timestamp_start": 1000.041,
            "timestamp_end": 1000.0515,
            **(response or {}),
        },
        **more,
    }


def langchain(**response: Any) -> bytes:
    asked = {"method": "POST", "uri": URL, "body": ASKED, "headers": {}}
    told = {"status": {"code": 200, "message": "OK"}, "headers": FIELDS, "body": {"string": BODY}, **response}
    return gzip.compress(yaml.safe_dump({"requests": [asked], "responses": [told]}).encode())


FORMS: dict[str, Any] = {
    "ruby.yml": ruby(),
    "ruby.json": ruby(),
    "go.yaml": go(),
    "session.har": har(),
    "har.json": har(),
    "azure.json": azure(),
    "datadog.json": datadog(),
    "dump.flow": netstring(flow()),
    "chain.yaml.gz": langchain(),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_exchange(name: str, tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / name, FORMS[name]))
    assert (found.request.method, found.request.uri, found.request.body) == ("POST", URL, ASKED.encode())
    assert (found.status, found.body, found.interaction) == (200, BODY, 0)
    assert found.headers.get_all("x-two") == ["1", "2"]
    assert found.media_type == "text/event-stream"
    assert ":status" not in found.headers
    assert found.missing == NOT_TIMED
    assert found.reads == ()
    assert found.source == str(tmp_path / name)


@pytest.mark.parametrize("name", FORMS)
def test_what_a_form_does_not_hold_is_not_recorded_and_never_pass(name: str, tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / name, FORMS[name]))
    verdicts = {outcome.rule: outcome.verdict.value for outcome in check(found).outcomes}
    blind = [rule.id for rule in rules_of("openai-chat") if found.missing & set(rule.needs)]
    assert len(blind) > 5
    assert {verdicts[rule] for rule in blind} <= {"not-recorded", "not-applicable"}
    assert "not-recorded" in {verdicts[rule] for rule in blind}


TIMES = [
    ("ruby.yml", ruby(), None, None),
    ("go.yaml", go(), 1500.0, None),
    ("go.yaml", go(version=1), None, None),  # the format that leaves it empty, or to the user
    ("go.yaml", go(duration=""), None, None),
    ("a.har", har(), 41.0, 51.5),
    ("a.har", har(creator="Polly.JS"), None, 60.0),
    ("a.flow", netstring(flow()), 41.0, 51.5),
    ("a.flow", netstring(flow(response={"timestamp_start": 1.0, "timestamp_end": None})), None, None),
]


@pytest.mark.parametrize(("name", "content", "head", "end"), TIMES)
def test_times_are_those_that_the_format_tells_and_no_others(
    name: str, content: Any, head: float | None, end: float | None, tmp_path: Path
) -> None:
    (found,) = load(put(tmp_path / name, content))
    assert (found.headers_at, found.end.at) == (head, end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.619907708s", 2619.907708),
        ("999.347125ms", 999.347125),
        ("1m2.5s", 62500.0),
        ("1h0m0s", 3600000.0),
        ("5µs", 0.005),
        ("700ns", 0.0007),
        ("0s", None),
        ("soon", None),
        (2500000, 2.5),
        (True, None),
        (None, None),
    ],
)
def test_durations_are_read_as_go_writes_them(text: object, expected: float | None) -> None:
    assert milliseconds(text) == pytest.approx(expected)


def test_metadata_says_where_a_recording_comes_from_and_when_it_was_made(tmp_path: Path) -> None:
    made = {name: load(put(tmp_path / name, FORMS[name]))[0].metadata for name in FORMS}
    assert made["ruby.yml"] == {
        "imported_from": "Ruby VCR",
        "recorded_with": "VCR 6.1.0",
        "recorded": "2023-11-26T11:45:49+00:00",
    }
    assert made["session.har"]["recorded"] == "2025-08-14T14:45:32+00:00"
    assert made["dump.flow"]["recorded"] == "1970-01-01T00:16:40+00:00"
    assert {found["imported_from"] for found in made.values()} == {
        "Ruby VCR", "go-vcr", "HAR 1.2", "Azure test proxy", "Datadog test agent", "LangChain tests", "mitmproxy",
    }  # fmt: skip


# Bodies


PACKED = gzip.compress(BODY)
CODED = {"Content-Type": ["text/event-stream"], "Content-Encoding": ["gzip"]}
HAR_CODED = [{"name": name, "value": values[0]} for name, values in CODED.items()]
B64 = base64.b64encode(PACKED).decode()
HALVES = [PACKED[:20], PACKED[20:]]
BODIES = [
    ("a.yml", ruby({"encoding": "US-ASCII", "base64_string": base64.b64encode(BODY).decode()})),
    ("a.yml", ruby({"encoding": "ASCII-8BIT", "string": BODY})),  # `!!binary` in the file
    ("a.yml", ruby(TEXT)),
    ("a.yml", ruby({"encoding": "ASCII-8BIT", "string": PACKED}, headers=CODED)),
    ("a.yml", ruby({"encoding": "UTF-8", "string": TEXT}, headers=CODED)),  # decode_compressed_response
    ("a.yaml", go(body=PACKED, headers=CODED)),
    ("a.har", har({"text": B64, "encoding": "base64"}, headers=HAR_CODED)),
    ("a.har", har({"text": TEXT}, headers=HAR_CODED)),  # as browsers do: decoded
    ("a.har", har({"text": json.dumps([base64.b64encode(half).decode() for half in HALVES]), "encoding": "base64"})),
    ("a.har", har({"text": json.dumps([half.hex() for half in HALVES]), "_isBinary": True}, headers=HAR_CODED)),
    ("a.har", har({"text": PACKED.hex(), "_isBinary": True}, headers=HAR_CODED)),
    ("a.json", azure(base64.b64encode(BODY).decode(), ResponseHeaders={"Content-Type": "application/vnd.stream"})),
    ("a.json", azure(TEXT)),
    ("a.json", datadog("base64:" + base64.b64encode(BODY).decode())),
    ("a.flow", netstring(flow(response={"content": PACKED, "headers": [[b"content-encoding", b"gzip"]]}))),
]


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_every_spelling_of_a_body_is_read(number: int, tmp_path: Path) -> None:
    name, content = BODIES[number]
    (found,) = load(put(tmp_path / name, content))
    body = gzip.decompress(found.body) if found.body.startswith(b"\x1f\x8b") else found.body
    assert body == BODY
    assert found.end.kind is EndKind.EOF


def test_single_byte_text_of_ruby_is_the_bytes_that_it_was(tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / "a.yml", ruby({"encoding": "ISO-8859-1", "string": "data: é\n\n"})))
    assert found.body == b"data: \xe9\n\n"


def test_a_coding_is_kept_as_a_fact_and_a_body_that_stops_short_is_truncated(tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / "a.yml", ruby({"string": PACKED[:-9]}, headers=CODED)))
    assert (found.content_encoding, found.end.kind) == ("gzip", EndKind.TRUNCATED)
    assert BODY.startswith(found.body)


def test_json_bodies_of_the_azure_proxy_are_json(tmp_path: Path) -> None:
    content = azure({"error": {"code": 429}}, StatusCode=429, ResponseHeaders={"Content-Type": "application/json"})
    (found,) = load(put(tmp_path / "a.json", content))
    assert json.loads(found.body) == {"error": {"code": 429}}


# Traps


def test_an_entry_without_a_stored_body_is_left_out_by_name_and_the_rest_is_read(tmp_path: Path) -> None:
    cut = {"timestamp_end": None, "content": None}
    streamed = [flow(), flow(response={"content": None}), flow(response=cut), flow(error={"msg": "reset"}), flow()]
    streamed[3]["response"] = None
    found = read(put(tmp_path / "a.flow", b"".join(map(netstring, streamed))))
    assert [recording.interaction for recording in found.recordings] == [0, 4]
    assert found.left == [
        "entry 1: The body is not stored (mitmproxy passed it on as a stream).",
        "entry 2: The body is not stored (the connection broke).",
        "entry 3: No answer came (reset).",
    ]


BODILESS = [
    ("a.har", har({}), "entry 0: The body is not stored .`content.text` is missing"),
    ("a.har", har({}, status=0, _error="net::ERR_FAILED"), r"No answer came \(net::ERR_FAILED\)"),
    ("a.yaml", go(code=0), "0 is no HTTP status"),
    ("a.json", azure(ResponseBody=None), "The body of the stream is not stored"),
    ("a.flow", netstring(flow(response={"content": None})), "mitmproxy passed it on as a stream"),
]


@pytest.mark.parametrize(("name", "content", "said"), BODILESS)
def test_a_file_of_nothing_but_such_entries_is_refused_with_the_first_reason(
    name: str, content: Any, said: str, tmp_path: Path
) -> None:
    refused(put(tmp_path / name, content), f"none of its entries can be read: .*{said}")


def test_an_answer_without_a_body_is_an_answer(tmp_path: Path) -> None:
    content = har({"size": 0, "mimeType": "application/json"}, status=204)
    assert load(put(tmp_path / "a.har", content))[0].body == b""


def test_what_a_browser_loads_beside_is_passed_over(tmp_path: Path) -> None:
    session = har()
    for kind in ("image/png", "text/css", "text/html; charset=utf-8", "application/javascript", "font/woff2"):
        session["log"]["entries"] += har({"text": "x", "mimeType": kind})["log"]["entries"]
    found = read(put(tmp_path / "a.har", session))
    assert (len(found.recordings), found.passed_over, found.left) == (1, 5, [])


@pytest.mark.parametrize(
    ("error", "kind"), [("net::ERR_ABORTED", EndKind.CANCELLED), ("net::ERR_CONNECTION_RESET", EndKind.TRUNCATED)]
)
def test_a_stream_that_broke_in_the_browser_says_so(error: str, kind: EndKind, tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / "a.har", har(_error=error)))
    assert (found.end.kind, found.end.detail) == (kind, error)


def test_a_flow_that_broke_says_so(tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / "a.flow", netstring(flow(error={"msg": "server closed", "timestamp": 1.0}))))
    assert (found.end.kind, found.end.detail) == (EndKind.TRUNCATED, "server closed")


def test_flows_that_are_no_http_are_passed_over(tmp_path: Path) -> None:
    tcp = {"version": 21, "type": "tcp", "messages": []}
    found = read(put(tmp_path / "a.flow", netstring(tcp) + netstring(flow(websocket={"x": 1})) + netstring(flow())))
    assert (len(found.recordings), found.passed_over) == (1, 2)


def test_a_flow_file_that_is_cut_gives_what_is_whole(tmp_path: Path) -> None:
    whole = netstring(flow())
    found = read(put(tmp_path / "a.flow", whole + whole[:-40]))
    assert len(found.recordings) == 1
    assert re.fullmatch(r"flow 1: The file ends within it, or is damaged \(.* \(byte \d+\)\.\)", found.left[0])
    refused(put(tmp_path / "b.flow", whole[:-40]), "It is no flow file")


@pytest.mark.parametrize(
    ("request_", "uri"),
    [
        ({"authority": b"h2.example"}, "https://h2.example/v1/chat/completions"),
        ({"headers": [[b"Host", b"name.example"]], "host": "10.0.0.1"}, "https://name.example/v1/chat/completions"),
        ({"port": 8443}, "https://api.example.com:8443/v1/chat/completions"),
        ({"scheme": b"http", "port": 80}, "http://api.example.com/v1/chat/completions"),
        ({"path": b"http://a.example/x"}, "http://a.example/x"),
    ],
)
def test_the_uri_of_a_flow_names_the_host_that_was_asked_for(
    request_: dict[str, Any], uri: str, tmp_path: Path
) -> None:
    assert load(put(tmp_path / "a.flow", netstring(flow(request_))))[0].request.uri == uri


def test_placeholders_stand_for_hosts_as_they_are(tmp_path: Path) -> None:
    content = ruby()
    content["http_interactions"][0]["request"]["uri"] = "https://<OPENAI_HOST>/v1/chat/completions"
    (found,) = load(put(tmp_path / "a.yml", content))
    assert (found.request.host, found.request.path) == ("<openai_host>", "/v1/chat/completions")
    assert check(found).dialect == "strict"


def test_a_wrong_type_is_named_with_its_place_and_costs_one_entry(tmp_path: Path) -> None:
    content = har()
    content["log"]["entries"] += [{"request": {}, "response": {"status": "200"}}, 3]
    found = read(put(tmp_path / "a.har", content))
    assert len(found.recordings) == 1
    assert found.left == [
        "entry 1, request.url: It must be text, not nothing.",
        "entry 2, whole: It must be a mapping, not int '3'.",
    ] or found.left == [
        "entry 1, response.status: It must be a whole number, not str '200'.",
        "entry 2, whole: It must be a mapping, not int '3'.",
    ]


def test_aliases_do_not_blow_a_file_up(tmp_path: Path) -> None:
    one = "{url: u, method: POST, body: *b}"
    entries = "".join(f"- {{request: {one}, response: {{code: 200, body: *b}}}}\n" for _ in range(5000))
    raw = f"big: &b '{'x' * 20_000}'\ninteractions:\n{entries}".encode()
    found = read(put(tmp_path / "a.yaml", raw))
    assert len(found.recordings) < 200
    assert "aliases make more of it" in found.left[0]


# Payloads


CHUNKS = [{"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]} for text in "ab"]
TYPED = [{"type": "message_start", "message": {}}, {"type": "message_stop"}]
LINES = "\n".join(map(json.dumps, CHUNKS)) + "\n"


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.chunks.txt", "a.log", "a.json", "a"])
@pytest.mark.parametrize("text", [LINES, LINES.replace("\n", "\r\n"), "\n" + LINES, LINES.rstrip()])
def test_payloads_by_the_line_are_known_under_any_name(name: str, text: str, tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / name, text.encode()))
    assert found.body == b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in CHUNKS)
    assert found.missing == frozenset(Evidence)


def test_payloads_that_name_their_type_get_its_event_line_back(tmp_path: Path) -> None:
    text = "\n".join([*map(json.dumps, TYPED), '{"event_type":"step.start"}', "[DONE]"])
    (found,) = load(put(tmp_path / "a.jsonl", text.encode()))
    assert re.findall(rb"^event: (.*)$", found.body, re.MULTILINE) == [b"message_start", b"message_stop", b"step.start"]
    assert found.body.endswith(b"\n\ndata: [DONE]\n\n")


def test_a_type_that_is_no_name_cannot_break_the_framing(tmp_path: Path) -> None:
    lines = '{"type":"a\\ndata: x"}\n{"type":1}'
    (found,) = load(put(tmp_path / "a.jsonl", lines.encode()))
    assert found.body == b'data: {"type":"a\\ndata: x"}\n\ndata: {"type":1}\n\n'


@pytest.mark.parametrize("name", ["a.json", "a.txt"])
def test_a_list_of_payloads_is_read(name: str, tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / name, json.dumps(CHUNKS, indent=1).encode()))
    assert [json.loads(line[6:]) for line in found.body.splitlines() if line] == CHUNKS


def test_no_rule_of_framing_speaks_of_payloads(tmp_path: Path) -> None:
    run = check(load(put(tmp_path / "a.jsonl", LINES.encode()))[0])
    assert run.protocol == "openai-chat"
    verdicts = {outcome.rule: outcome.verdict.value for outcome in run.outcomes}
    assert verdicts["openai-chat/done-missing"] == "not-recorded"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a":1}\n{"b":', "Line 2 is not JSON: .*column"),
        ('{"a":1}\n[2]', "Line 2 is no JSON object"),
        ("1\n2", "Line 1"),
    ],
)
def test_a_line_that_is_no_payload_is_named(text: str, said: str, tmp_path: Path) -> None:
    refused(put(tmp_path / "a.jsonl", text.encode()), said)


# All of them


def test_a_folder_gives_what_is_evidently_a_recording(tmp_path: Path) -> None:
    for name, content in {**FORMS, "a.jsonl": LINES.encode(), "a.chunks.txt": LINES.encode()}.items():
        put(tmp_path / name, content)
    for name, content in {
        "package.json": {"name": "x", "type": "module"},
        "rows.jsonl": b'{"id": 1}\n{"id": 2}\n',
        "list.json": [{"id": 1}],
        "answer.json": {"object": "chat.completion", "choices": [{"message": {}}]},
        "notes.txt": b"hello",
        "config.yaml": {"log": 1},
    }.items():
        put(tmp_path / name, content)
    assert sorted(path.name for path in find([str(tmp_path)])) == sorted([*FORMS, "a.jsonl", "a.chunks.txt"])


def test_what_can_be_read_can_be_read_gzipped(tmp_path: Path) -> None:
    for name in ("ruby.yml", "session.har", "dump.flow"):
        plain = put(tmp_path / name, FORMS[name])
        packed = put(tmp_path / f"{name}.gz", gzip.compress(plain.read_bytes()))
        assert load(packed) == [replace(found, source=str(packed)) for found in load(plain)]
    for damaged in (PACKED[:40], PACKED[:12] + b"\xff" * 40):
        with pytest.raises(InputError, match=r"It is gzipped(?s:.*)Pack it again"):
            load(put(tmp_path / "cut.sse.gz", damaged))


def test_two_lists_that_do_not_match_are_refused(tmp_path: Path) -> None:
    text = yaml.safe_dump({"requests": [], "responses": [{}]})
    with pytest.raises(InputError, match="0 requests, but 1 responses"):
        load(put(tmp_path / "chain.yaml.gz", gzip.compress(text.encode())))


def test_an_importer_says_what_it_is_and_the_docs_say_the_same() -> None:
    table = [line for line in (importers.__doc__ or "").splitlines() if line.startswith("| ")][2:]
    known = importers.importers().values()
    assert [line.split(" | ")[0][2:] for line in table] == sorted((one.TITLE for one in known), key=str.lower)
    for module in known:
        assert hasattr(module, "takes") != hasattr(module, "takes_bytes") or module.TITLE == "payload per line"
        assert any(f"| {module.TITLE} | {module.FILES} | " in line for line in table), module.TITLE
        assert all(suffix.startswith(".") for suffix in module.SUFFIXES)


SAMPLES = [
    *(
        (name, content if isinstance(content, bytes) else json.dumps(content).encode())
        for name, content in FORMS.items()
    ),
    ("a.jsonl", LINES.encode()),
]


@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    name, raw = data.draw(st.sampled_from(SAMPLES))
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged)))
        width = data.draw(st.integers(0, 6))
        damaged[at : at + width] = data.draw(
            st.sampled_from([b"", b"\0", b"\xff", b"null", b"[]", b"{}", b'"', b"9" * 9])
        )
    readable(bytes(damaged), Path(name).suffix)


@given(
    st.binary(max_size=60),
    st.sampled_from(["", *sorted(importers.suffixes())]),
    st.sampled_from([b"", b"9:3:abc,", b"{"]),
)
def test_garbage_is_read_or_refused_and_nothing_else(raw: bytes, suffix: str, start: bytes) -> None:
    readable(start + raw, suffix)


def readable(raw: bytes, suffix: str) -> None:
    try:
        found = importers.read(raw, "x", suffix)
    except InputError as error:
        assert error.what.startswith("x: ")
        return
    assert all(isinstance(one, Recording) and one.source == "x" for one in found.recordings)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(tree: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [way, *(place for key, item in inner for place in places(item, (*way, key)))]


@given(st.sampled_from([name for name, content in FORMS.items() if isinstance(content, dict)]), st.data())
def test_any_value_may_stand_at_any_place(name: str, data: st.DataObject) -> None:
    tree = json.loads(json.dumps(FORMS[name]))
    *way, last = data.draw(st.sampled_from(places(tree)[1:]))
    inner = tree
    for step in way:
        inner = inner[step]
    inner[last] = data.draw(JSON)
    readable(json.dumps(tree).encode(), ".json")


def test_large_files_are_read_in_one_pass(tmp_path: Path) -> None:
    big = netstring(flow(response={"content": b"x" * (4 << 20)}))
    assert len(load(put(tmp_path / "a.flow", big * 4 + netstring(flow()) * 2000))) == 2004
    assert load(put(tmp_path / "a.jsonl", LINES.encode() * 20_000))[0].body.count(b"data: ") == 40_000


@pytest.mark.corpus
def test_the_streams_come_out_of_the_files_as_their_tools_wrote_them(corpus: Path) -> None:
    index = [json.loads(line) for line in (corpus / "originals" / "INDEX.jsonl").read_text("utf-8").splitlines()]
    streams = 0
    for entry in index:
        found = {recording.interaction: recording for recording in load(corpus / entry["path"])}
        for stream in entry["streams"]:
            body = found[stream["index"]].body
            if Evidence.FRAMING in found[stream["index"]].missing:  # the index names the bytes of the file
                lines = [line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b"data: ")]
                body = (corpus / entry["path"]).read_bytes()
                assert lines == body.splitlines()
            assert hashlib.sha256(body).hexdigest() == stream["sha256"], (entry["path"], stream["index"])
            streams += 1
    assert (len(index), streams) == (40, 51)
