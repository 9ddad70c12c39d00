"""Laws of exporting: what another tool gets is what was recorded, as far as its format goes, and no secret."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.dialect import STRICT, Dialect
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.edge import importers
from conformance.edge.exporters import export, formats
from conformance.errors import UsageError
from tests import strategies as _profile  # noqa: F401 (the settings of hypothesis)

BODY = 'data: {"a":"é"}\r\n\r\n: ping\n\ndata: [DONE]\n\n'.encode()
KEY = "sk-proj-" + "a1B2c3D4" * 5
TAPE = Recording(
    request=Request(
        "POST",
        "https://api.example.com/v1/chat/completions?api-version=2&key=" + KEY,
        Headers([("content-type", "application/json"), ("authorization", f"Bearer {KEY}")]),
        b'{"model":"m","stream":true}',
    ),
    headers=Headers([("content-type", "text/event-stream"), ("x-request-id", "1"), ("X-Request-Id", "2")]),
    body=BODY,
    reads=(Read(12.5, 17), Read(20.25, len(BODY) - 17)),
    end=End(EndKind.EOF, 21.0),
    http_version="HTTP/1.1",
    headers_at=11.75,
    metadata={"recorded": "2026-03-04T05:06:07+00:00"},
    source="tape.yaml",
)
TEXT, NUMBER = {"type": "string"}, {"type": "number", "minimum": 0}
FIELDS = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"], "properties": {"name": TEXT, "value": TEXT}},
}


def mapping(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


# What http://www.softwareishard.com/blog/har-12-spec/ demands of the fields that are written.
HAR = mapping(
    "log",
    log=mapping(
        "version creator entries",
        version={"const": "1.2"},
        creator=mapping("name version", name=TEXT, version=TEXT),
        entries={
            "type": "array",
            "items": mapping(
                "startedDateTime time request response cache timings",
                startedDateTime={"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$"},
                time=NUMBER,
                cache={"type": "object"},
                timings=mapping("send wait receive", send=NUMBER, wait=NUMBER, receive=NUMBER),
                comment=TEXT,
                request=mapping(
                    "method url httpVersion cookies headers queryString headersSize bodySize",
                    headers=FIELDS,
                    queryString=FIELDS,
                    cookies={"type": "array"},
                    postData=mapping("mimeType text", mimeType=TEXT, text=TEXT),
                    bodySize={"type": "integer", "minimum": -1},
                ),
                response=mapping(
                    "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
                    status={"type": "integer"},
                    headers=FIELDS,
                    redirectURL=TEXT,
                    content=mapping(
                        "size mimeType", size=NUMBER, mimeType=TEXT, text=TEXT, encoding={"const": "base64"}
                    ),
                    bodySize={"type": "integer", "minimum": -1},
                ),
            ),
        },
    ),
)
VALID = jsonschema_rs.validator_for(HAR)


def strict(recording: Recording) -> Dialect:
    return STRICT


def written(form: str, *recordings: Recording) -> bytes:
    return export(form, recordings, strict)


def back(raw: bytes, suffix: str) -> list[Recording]:
    return importers.read(raw, "x", suffix).recordings


def test_the_folder_holds_the_formats() -> None:
    assert formats() == ["curl", "har", "sse", "vcrpy"]


@pytest.mark.parametrize("form", ["curl", "har", "sse", "vcrpy"])
def test_no_secret_gets_into_any_format(form: str) -> None:
    assert KEY.encode() not in written(
        form, replace(TAPE, body=BODY + b'data: {"content":"' + KEY.encode() + b'"}\n\n')
    )


# HAR


BODIES = [BODY, b"", b"data: \xff\xfe\n\n", b"\0\x1f\x8b", "data: \u2028\n\n".encode()]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("asked", [b"", b'{"a":"\xc3\xa9"}', b"\xff\0"])
def test_what_went_into_an_archive_comes_out_of_it(body: bytes, asked: bytes) -> None:
    tape = replace(TAPE, body=body, request=replace(TAPE.request, body=asked), reads=())
    raw = written("har", tape)
    assert [error.message for error in VALID.iter_errors(json.loads(raw))] == []
    (found,) = back(raw, ".har")
    assert (found.status, found.reason, found.body) == (200, "OK", body)
    assert (found.headers, found.http_version) == (TAPE.headers, "HTTP/1.1")
    assert (found.request.method, found.request.body) == ("POST", asked)
    assert (found.headers_at, found.end.at) == (11.75, 21.0)
    assert found.metadata["recorded"] == "2026-03-04T05:06:07+00:00"
    assert found.missing == {Evidence.TIMING, Evidence.READS}


@given(st.binary(max_size=40), st.integers(100, 599), st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_any_answer_comes_out_of_an_archive(body: bytes, status: int, reason: str) -> None:
    raw = written("har", replace(TAPE, body=body, reads=(), status=status, reason=reason))
    (found,) = back(raw, ".har")
    assert (found.body, found.status, found.reason) == (body, status, reason)
    assert VALID.is_valid(json.loads(raw))


def test_what_was_not_recorded_is_said_and_not_made_up() -> None:
    bare = replace(TAPE, headers_at=None, end=End(), metadata={"recorded": "yesterday"}, http_version=None)
    raw = written("har", bare)
    entry = json.loads(raw)["log"]["entries"][0]
    assert VALID.is_valid(json.loads(raw))
    assert entry["comment"] == "not recorded: startedDateTime, timings.wait, timings.receive"
    (found,) = back(raw, ".har")
    assert (found.headers_at, found.end.at, found.http_version) == (None, None, None)


def test_a_coding_that_was_undone_is_not_undone_again() -> None:
    coded = Headers([*TAPE.headers, ("content-encoding", "gzip")])
    tape = replace(TAPE, headers=coded, content_encoding="gzip")
    for form, suffix in (("har", ".har"), ("vcrpy", ".yaml")):
        (found,) = back(written(form, tape), suffix)
        assert found.body == BODY, form


# vcrpy


@pytest.mark.parametrize("body", BODIES)
def test_a_plain_cassette_holds_what_vcrpy_writes_and_nothing_else(body: bytes) -> None:
    raw = written("vcrpy", replace(TAPE, body=body), TAPE)
    tree = yaml.safe_load(raw)
    assert list(tree) == ["interactions", "version"]
    assert list(tree["interactions"][0]["response"]) == ["body", "headers", "status"]
    first, second = back(raw, ".yaml")
    assert (first.body, second.body) == (body, BODY)
    assert first.headers.get_all("x-request-id") == ["1", "2"]
    assert first.missing == {Evidence.TIMING, Evidence.READS}


def test_vcrpy_loads_it() -> None:
    from vcr.serialize import deserialize  # type: ignore[import-untyped]
    from vcr.serializers import yamlserializer  # type: ignore[import-untyped]

    requests, responses = deserialize(written("vcrpy", TAPE).decode(), yamlserializer)
    assert [request.method for request in requests] == ["POST"]
    assert [response["body"]["string"] for response in responses] == [BODY]


# sse


def test_the_body_is_exact_and_one() -> None:
    assert written("sse", replace(TAPE, body=b"\xff\r\r\n\0")) == b"\xff\r\r\n\0"
    with pytest.raises(UsageError, match="sse holds one stream, but there are 2"):
        written("sse", TAPE, TAPE)


# curl


@pytest.mark.skipif(os.name == "nt", reason="a shell")
@pytest.mark.parametrize("body", [b'{"a":"it\'s $HOME `x`"}', b'{"long":"%b"}' % (b"x\\n$HOME '" * 2000)])
def test_a_shell_hands_the_same_request_to_curl(body: bytes, tmp_path: Path) -> None:
    tape = replace(TAPE, request=replace(TAPE.request, body=body))
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\ncase "$*" in *@-*) cat;; esac\n')
    fake.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "API_KEY": "the-key"}
    told = subprocess.run(["sh"], input=written("curl", tape), env=environment, capture_output=True, check=True)
    lines = told.stdout.decode().split("\n")
    assert lines[:2] == ["-N", "https://api.example.com/v1/chat/completions?api-version=2&key=the-key"]
    assert "authorization: Bearer the-key" in lines
    assert body.decode() in told.stdout.decode()


def test_commands_stand_apart_and_what_has_no_request_is_named() -> None:
    assert written("curl", TAPE, TAPE).count(b"\n\ncurl -N ") == 1
    bare = replace(TAPE, missing=frozenset({Evidence.REQUEST}), interaction=3)
    with pytest.raises(UsageError, match=r"tape\.yaml: interaction 3 holds no request"):
        written("curl", bare)


def test_a_body_that_is_no_text_stays_in_its_cassette() -> None:
    told = written("curl", replace(TAPE, request=replace(TAPE.request, body=b"\xff" + base64.b64decode("AAAA"))))
    assert b"-d @request.json # its body: interaction 0 of tape.yaml" in told
