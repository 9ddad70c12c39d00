"""The line that asks again: a shell reads it as it was asked, and no secret is in it."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.dialect import STRICT, Dialect
from conformance.core.recording import Evidence, Headers, Recording, Request
from conformance.core.reproduce import MAX_BODY, reproduce

URI = "https://api.example.com/v1/chat/completions"
OPENAI = Dialect("openai", key_env="OPENAI_API_KEY")


def asked(body: bytes = b"{}", uri: str = URI, method: str = "POST", **headers: str) -> Recording:
    fields = Headers([(name.replace("_", "-"), value) for name, value in headers.items()])
    return Recording(Request(method, uri, fields, body), source="a.yaml", interaction=2)


def test_the_command_asks_what_was_asked() -> None:
    recording = asked(b'{"stream":true}', content_type="application/json", anthropic_version="2023-06-01")
    assert reproduce(recording, STRICT) == (
        f"curl -N {URI} -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' -d '{{\"stream\":true}}'"
    )


@pytest.mark.parametrize(
    "name", ["Authorization", "x-api-key", "api-key", "x-goog-api-key", "X-Auth-Token", "client-secret"]
)
def test_a_secret_is_a_variable(name: str) -> None:
    line = reproduce(asked(**{name.replace("-", "_"): "sk-very-secret"}), OPENAI)
    assert line is not None
    assert "sk-very-secret" not in line
    assert f'-H "{name}: {"Bearer " if name == "Authorization" else ""}$OPENAI_API_KEY"' in line


def test_a_key_in_the_query_is_a_variable_and_the_rest_is_quoted() -> None:
    line = reproduce(asked(uri=f"{URI}?alt=sse&key=very-secret&x=$(rm)"), STRICT)
    assert line is not None
    assert f'"{URI}?alt=sse&key=${{API_KEY}}&x=\\$(rm)"' in line
    assert "very-secret" not in line


def test_a_key_that_was_taken_out_of_the_recording_is_asked_for_again() -> None:
    assert '-H "Authorization: Bearer $OPENAI_API_KEY"' in str(reproduce(asked(), OPENAI))
    with_header = replace(OPENAI, headers={"x-api-key": "{key}", "anthropic-version": "2023-06-01"})
    line = str(reproduce(asked(), with_header))
    assert '-H "x-api-key: $OPENAI_API_KEY"' in line
    assert "-H 'anthropic-version: 2023-06-01'" in line
    assert "Authorization" not in line


def test_what_the_connection_sets_by_itself_is_left_out() -> None:
    line = str(
        reproduce(asked(host="x", content_length="2", cookie="c=1", user_agent="me", accept_encoding="gzip"), STRICT)
    )
    assert line == f"curl -N {URI} -d '{{}}'"


def test_without_the_request_there_is_no_command() -> None:
    assert reproduce(replace(asked(), missing=frozenset({Evidence.REQUEST})), STRICT) is None
    assert reproduce(asked(uri=""), STRICT) is None


def test_a_long_or_binary_body_stays_in_its_cassette() -> None:
    for body in (b"x" * (MAX_BODY + 1), b"\xff", b"\0"):
        line = str(reproduce(asked(body), STRICT))
        assert line.endswith("-d @request.json # its body: interaction 2 of a.yaml")


def test_the_method_is_named_where_curl_would_use_another() -> None:
    assert reproduce(asked(b"", method="GET"), STRICT) == f"curl -N {URI}"
    assert reproduce(asked(b"", method="POST"), STRICT) == f"curl -N -X POST {URI}"
    assert reproduce(asked(b"{}", method="PUT"), STRICT) == f"curl -N -X PUT {URI} -d '{{}}'"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=60))
def test_a_shell_gets_back_the_body_that_was_sent(text: str) -> None:
    line = str(reproduce(asked(text.encode()), STRICT))
    if text and "\ufffd" not in text:
        assert shlex.split(line)[-2:] == ["-d", text]
