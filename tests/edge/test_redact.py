"""Laws of redaction: every secret goes, wherever a stream puts it; nothing else changes, and no length does."""

from __future__ import annotations

import random
import string
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.core.recording import End, EndKind, Headers, Read, Recording, Request
from conformance.edge.cassette import read, save
from conformance.edge.redact import (
    REDACTED,
    redact_body,
    redact_headers,
    redact_recording,
    redact_text,
    redact_uri,
)
from conformance.edge.secrets import Scanner, find_secrets
from tests import strategies as _profile  # noqa: F401 (the settings of hypothesis)

ALNUM = string.ascii_letters + string.digits
DICE = random.Random(20261120)


def drawn(size: int, letters: str = ALNUM) -> str:
    """A token of random letters, as a provider draws it. Made here, so that no key stands in the repository."""
    return "".join(DICE.choice(letters) for _ in range(size))


HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"
KEYS = {
    "openai": "sk-" + drawn(48),
    "openai project": "sk-proj-" + drawn(124, URLSAFE),
    "deepseek": "sk-" + drawn(32, HEX),
    "litellm": "sk-" + drawn(22, ALNUM),
    "anthropic": "sk-ant-api03-" + drawn(93, URLSAFE) + "AA",
    "openrouter": "sk-or-v1-" + drawn(64, HEX),
    "groq": "gsk_" + drawn(52),
    "xai": "xai-" + drawn(80),
    "google": "AIza" + drawn(35, URLSAFE),
    "google oauth": "ya29." + drawn(100, URLSAFE),
    "google new": "AQ.Ab8" + drawn(47, URLSAFE),
    "huggingface": "hf_" + drawn(34),
    "replicate": "r8_" + drawn(37),
    "perplexity": "pplx-" + drawn(48),
    "nvidia": "nvapi-" + drawn(64, URLSAFE),
    "cerebras": "csk-" + drawn(48, string.ascii_lowercase + string.digits),
    "together": "tgp_v1_" + drawn(43, URLSAFE),
    "fireworks": "fw_" + drawn(24),
    "databricks": "dapi" + drawn(32, HEX),
    "live": "lr_live_" + drawn(24),
    "ar": "ar-" + drawn(40),
    "aws": "AKIA" + drawn(15, string.ascii_uppercase + string.digits) + "7",
    "github": "ghp_" + drawn(36),
    "github fine": "github_pat_" + drawn(22) + "_" + drawn(59),
    "gitlab": "glpat-" + drawn(20),
    "slack": "xoxb-" + drawn(12, string.digits) + "-" + drawn(24),
    "jwt": f"eyJ{drawn(33, URLSAFE)}.eyJ{drawn(80, URLSAFE)}.{drawn(43, URLSAFE)}",
}
BEARER = drawn(40)
AROUND = [
    "{}",
    "key={}&",
    "data: {}\n\n",
    '{{"key":"{}"}}',
    '{{"text":"it is\\n{}\\nhere"}}',
    '{{"text":"\\u0022{}\\u0022"}}',
    "Authorization: Bearer {}",
    "{},",
    "Incorrect API key provided: {}. You can",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", KEYS)
def test_every_providers_key_is_found_wherever_it_stands(name: str, around: str) -> None:
    key, body = KEYS[name], around.format(KEYS[name])
    (span,) = find_secrets(body.encode())
    assert body[span.start : span.end].endswith(key)
    assert redact_body(body.encode()).decode() in (
        body.replace(key, "*" * len(key)),
        body.replace(f"Bearer {key}", "*" * len(f"Bearer {key}")),
    )


def test_a_bearer_token_of_no_known_kind_is_found() -> None:
    assert redact_body(f"authorization: Bearer {BEARER}\n".encode()) == b"authorization: " + b"*" * 47 + b"\n"
    assert redact_body(f"-H 'authorization: bearer  {BEARER}='".encode()) == b"-H 'authorization: " + b"*" * 49 + b"'"


INNOCENT = [
    "pip install sk-learn scikit-learn; the disk-usage of risk-taking-individuals-everywhere",
    "class=sk-toggleable__label-arrow sk-estimator-doc-link sk-container-id-1-with-a-long-name",
    "Authorization: Bearer YOUR_API_KEY_GOES_HERE, or Bearer $OPENAI_API_KEY, Bearer <token>, Bearer of bad news",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx sk-your-api-key-here sk-... sk-",
    '{"id":"chatcmpl-9aBcDeFgHiJkLmNoPqRsTuVwXyZ012","system_fingerprint":"fp_44709d6fcb"}',
    '{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","signature":"EqQBCkYIBRgCKkBLsk-"}',
    '{"call_id":"call_YqHqX2mUi0vHvW9XrJz4Lk1p","item_id":"fc_67ca09c6bedc8190a7abfec07b1a1332"}',
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
    "eyJhbGciOiJIUzI1NiJ9 is a header alone; eyJ.eyJ.eyJ is none",
    "hf_hub_download ghp_short AKIAIOSFODNN7 ar-EG ar-SA ya29 AIzaShort xai-grok-4-fast r8_version fw_update",
    "https://api.openai.com/v1/chat/completions?stream=true",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_text_is_left_as_it_is(text: str) -> None:
    assert find_secrets(text.encode()) == []


@given(st.binary())
@example(b"sk-" * 50)
def test_redaction_keeps_the_length_and_once_is_enough(body: bytes) -> None:
    for known in ((), ("known-key",)):
        once = redact_body(body + b"known-key", known)
        assert len(once) == len(body) + 9
        assert redact_body(once, known) == once


# Known keys


def test_a_known_key_is_found_as_it_is_escaped_and_quoted() -> None:
    key = "abc/def+ghi=jkl"
    body = f'{key} {{"k":"abc\\/def+ghi=jkl"}} ?k=abc%2Fdef%2Bghi%3Djkl'.encode()
    found = find_secrets(body, [key])
    assert [body[span.start : span.end].decode() for span in found] == [
        key, "abc\\/def+ghi=jkl", "abc%2Fdef%2Bghi%3Djkl"
    ]  # fmt: skip
    assert {span.kind for span in found} == {"known"}


def test_a_known_key_that_is_too_short_to_be_one_is_not_looked_for() -> None:
    body = b'{"model":"ollama","key":"EMPTY"}'
    assert redact_body(body, ["ollama", "EMPTY", ""]) == body


# Keys that a stream brings in pieces


def chat(text: str, index: int = 0) -> str:
    return f'data: {{"id":"c-1","choices":[{{"index":{index},"delta":{{"content":"{text}"}}}}]}}\n\n'


def anthropic(text: str, index: int = 0) -> str:
    return f'event: x\ndata: {{"type":"c","index":{index},"delta":{{"type":"text_delta","text":"{text}"}}}}\n\n'


def arguments(text: str, index: int = 0) -> str:
    call = f'{{"index":{index},"function":{{"arguments":"{text}"}}}}'
    return f'data: {{"choices":[{{"index":0,"delta":{{"tool_calls":[{call}]}}}}]}}\r\n\r\n'


def responses(text: str, index: int = 0) -> str:
    number = DICE.randrange(10**6)
    return (
        f'data: {{"type":"d","sequence_number":{number},"output_index":{index},'
        f'"delta" : "{text}","obfuscation":"{drawn(8)}"}}\n\n'
    )


def gemini(text: str, index: int = 0) -> str:
    return f'data: {{"candidates": [{{"content": {{"parts": [{{"text": "{text}"}}]}},"index": {index}}}]}}\r\r'


SPEAKERS = [chat, anthropic, arguments, responses, gemini]


@pytest.mark.parametrize("speak", SPEAKERS)
@pytest.mark.parametrize("name", ["openai", "anthropic", "google", "jwt", "plain"])
def test_a_key_in_pieces_is_found_however_it_is_cut(name: str, speak: object) -> None:
    key = KEYS.get(name, "correct horse battery staple")
    known = [key] if name == "plain" else []
    dice = random.Random(name)
    for count in (1, 2, 5, len(key) - 1):
        cuts = sorted(dice.sample(range(1, len(key)), count))
        parts = [key[start:end] for start, end in zip([0, *cuts], [*cuts, len(key)], strict=True)]
        body = "".join(speak(text) for text in ["The key is ", *parts, " and so on"])  # type: ignore[operator]
        clean = redact_body(body.encode(), known).decode()
        assert len(clean) == len(body)
        blanked = [a for a, b in zip(body, clean, strict=True) if a != b]
        assert "".join(blanked) == key
        assert clean.count("The key is ") == clean.count(" and so on") == 1


def test_interleaved_channels_are_told_apart() -> None:
    first, second = KEYS["openai"], KEYS["groq"]
    body = "".join(chat(a, 0) + chat(b, 1) for a, b in zip(first, second, strict=False))
    body += "".join(chat(rest, 0 if len(first) > len(second) else 1) for rest in first[52:] or second[51:])
    clean = redact_body(body.encode())
    assert b'"content":"s"' not in clean
    assert clean.count(b'"content":"*"') == len(first) + len(second)


def test_pieces_with_other_events_between_them_are_joined() -> None:
    key = KEYS["anthropic"]
    body = chat(key[:30]) + ": ping\n\n" + responses("elsewhere") + chat("") + chat(key[30:])
    clean = redact_body(body.encode()).decode()
    assert key[10:30] not in clean
    assert key[30:] not in clean
    assert "elsewhere" in clean


_TEXTS = st.sampled_from(["a ", "sk-", KEYS["openai"][3:], KEYS["groq"], " b"])


@given(st.lists(st.tuples(_TEXTS, st.booleans()), max_size=9))
def test_regions_one_after_the_other_find_what_the_whole_shows(parts: list[tuple[str, bool]]) -> None:
    body, scanner, spans, start = "".join(chat(text) for text, _ in parts).encode(), Scanner(), [], 0
    end = 0
    for text, flush in parts:
        end += len(chat(text))
        if flush:
            spans += scanner.lines(body[start:end], start)
            start = end
    spans += scanner.lines(body[start:], start)
    covered = {at for span in spans for at in range(span.start, span.end)}
    assert covered == {at for span in find_secrets(body) for at in range(span.start, span.end)}


# Linear


@pytest.mark.parametrize(
    "unit",
    [
        b"sk-", b"sk- ", b"sk-" + b"a" * 9000 + b" ", b"eyJaaaaaaaa.", b"Bearer ", b"\\n", b'"content":"', b"aB3-",
        b'{"content":"sk-a"}\n', b'"content":"\\', b"ghp_ghp_", b'"index":1', b"AKIA", b'"delta" : "', b"known-ke",
    ],
)  # fmt: skip
def test_the_time_is_linear_whatever_the_body_holds(unit: bytes) -> None:
    def cost(size: int) -> float:
        body = unit * (size // len(unit))
        started = time.process_time()
        find_secrets(body, ["known-key"])
        return time.process_time() - started

    small = min(cost(100_000) for _ in range(2))
    assert min(cost(400_000) for _ in range(2)) < 4 * small * 3 + 0.05


def test_many_channels_do_not_cost_more_than_few() -> None:
    body = b"".join(b'{"index":%d,"content":"sk-a"}\n' % number for number in range(20_000))
    scanner = Scanner()
    assert scanner.lines(body, 0) == []
    assert len(scanner._channels) < 5000


# Headers


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "authorization", "Proxy-Authorization", "X-Api-Key", "api-key", "x-goog-api-key", "Cookie",
        "Set-Cookie", "x-litellm-api-key", "x-litellm-key-spend", "X-Auth-Token", "x-amz-security-token",
        "ocp-apim-subscription-key", "x-ms-client-principal", "x-ms-token-aad-access-token", "helicone-auth",
        "cf-aig-authorization", "x-portkey-virtual-key", "x-portkey-config", "openai-organization", "openai-project",
        "anthropic-organization-id", "cf-connecting-ip", "x_api_key", "cf-access-client-secret",
    ],
)  # fmt: skip
def test_a_header_that_carries_a_secret_keeps_its_name_alone(name: str) -> None:
    assert list(redact_headers(Headers([(name, "Bearer abc"), (name, "def")]))) == [(name, REDACTED), (name, REDACTED)]


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "referer", "origin", "x-custom", "forwarded", "x-user-email", "etagx"]
)
def test_a_header_that_nobody_listed_does_not_keep_its_value(name: str) -> None:
    assert redact_headers(Headers([(name, "v")])).get(name) in (None, REDACTED)


FACTS = [
    "content-type", "cache-control", "Content-Length", "transfer-encoding", "content-encoding", "x-accel-buffering",
    "connection", "keep-alive", "date", "server", "via", "retry-after", "x-request-id", "request-id", "x-generation-id",
    "x-ratelimit-remaining-tokens", "x-ratelimit-limit-project-tokens", "x-ms-region", "openai-version",
    "openai-processing-ms", "anthropic-version", "anthropic-ratelimit-input-tokens-remaining", "cf-ray",
    "x-groq-region", "apim-request-id", "traceparent", "accept", "accept-encoding", "user-agent", "x-should-retry",
    "www-authenticate", "last-event-id", "x-stainless-lang", "x-ds-trace-id", "server-timing", "x-litellm-model-id",
]  # fmt: skip


def test_headers_that_rules_read_stay_in_their_order() -> None:
    headers = Headers([(name, f"value {number}") for number, name in enumerate(FACTS)])
    assert redact_headers(headers) == headers


def test_a_key_in_the_value_of_a_listed_header_goes_too() -> None:
    key = KEYS["openai"]
    headers = Headers([("server", f"a {key} b"), ("via", "my-own-known-key"), ("location", "https://u:p@x/?key=abc")])
    assert list(redact_headers(headers, ["my-own-known-key"])) == [
        ("server", f"a {'*' * len(key)} b"), ("via", "*" * 16), ("location", "https://***@x/?key=***")
    ]  # fmt: skip


# URIs


@pytest.mark.parametrize(
    ("uri", "clean"),
    [
        ("https://x/v1/models/m:streamGenerateContent?alt=sse&key=abc", "https://x/v1/models/m:streamGenerateContent?alt=sse&key=***"),
        ("https://user:pa%40ss@x:8080/p", "https://************@x:8080/p"),
        ("https://a@b@x/", "https://***@x/"),
        ("https://x/?api_key=a&api-key=b&apikey=c&x-api-key=d", "https://x/?api_key=*&api-key=*&apikey=*&x-api-key=*"),
        ("https://x/?access_token=a;token=b&sig=c&signature=d&code=e", "https://x/?access_token=*;token=*&sig=*&signature=*&code=*"),
        ("https://x/?X-Amz-Signature=ab&X-Amz-Credential=cd&X-Goog-Signature=e", "https://x/?X-Amz-Signature=**&X-Amz-Credential=**&X-Goog-Signature=*"),
        ("https://x/?KEY=%41%42#access_token=z", "https://x/?KEY=******#access_token=*"),
        ("https://x/?api-version=2024-10-21&max_tokens=5&monkey=1&keys=2", "https://x/?api-version=2024-10-21&max_tokens=5&monkey=1&keys=2"),
        ("https://x/@handle?q=a@b", "https://x/@handle?q=a@b"),
        ("/v1?key=", "/v1?key="),
        ("", ""),
    ],
)  # fmt: skip
def test_a_uri_loses_user_and_keys_and_keeps_its_length(uri: str, clean: str) -> None:
    assert redact_uri(uri) == clean
    assert len(clean) == len(uri)


def test_keys_in_the_path_of_a_uri_go_too() -> None:
    key = KEYS["huggingface"]
    assert redact_uri(f"https://x/{key}/v1?q=known-key", ["known-key"]) == f"https://x/{'*' * len(key)}/v1?q=*********"


# Whole recordings


def test_no_secret_reaches_a_file(tmp_path: Path) -> None:
    key, own = KEYS["openai project"], "my-own-known-key"
    body = (chat("You said " + key[:20]) + chat(key[20:]) + chat(own)).encode()
    recording = Recording(
        request=Request("POST", f"https://u:{own}@x/v1?key={key}", Headers([("x-api-key", own)]), key.encode()),
        reason=f"No {own}",
        headers=Headers([("set-cookie", f"s={own}"), ("server", own)]),
        body=body,
        reads=(Read(1.0, 100), Read(2.0, len(body) - 100)),
        end=End(EndKind.CANCELLED, 3.0, own, f"with {key}", {"seen": [own, {"by": key}]}),
        metadata={"command": f"record --key {own}", "nested": [{"key": key}], own: 1},
    )
    for name in ("tape.yaml", "tape.json"):
        save(tmp_path / name, [recording], [own])
        raw = (tmp_path / name).read_bytes()
        assert own.encode() not in raw
        assert not any(key[at : at + 12].encode() in raw for at in range(8, len(key) - 12))
        (found,) = read(raw, "", "json" if name.endswith("json") else "yaml")
        assert found.reads == recording.reads
        assert found.end.at == 3.0
        assert found.body == redact_body(body, [own])
        assert found == redact_recording(found, [own])


def test_what_holds_no_secret_is_not_changed() -> None:
    recording = Recording(
        request=Request("POST", "https://x/v1?alt=sse", Headers([("accept", "*/*")]), b'{"a":1}'),
        headers=Headers([("server", "x")]),
        body=b"data: \xff\n\n",
        end=End(observed={"n": [1, None, 2.5, True]}),
        metadata={"a": {"b": [1, "c"]}},
    )
    assert redact_recording(recording) == recording
    assert redact_recording(replace(recording, body=KEYS["openai"].encode())) != recording


def test_half_a_surrogate_becomes_a_question_mark() -> None:
    assert redact_text("a\ud800b") == "a?b"


@pytest.mark.corpus
def test_real_streams_give_no_false_alarm(corpus: Path) -> None:
    found = []
    for path in sorted((corpus / "cassettes").rglob("*.yaml")):
        for recording in read(path.read_bytes(), str(path)):
            for body in (recording.request.body, recording.body):
                found += [(path.name, span.kind, body[span.start : span.end]) for span in find_secrets(body)]
    assert found == []
