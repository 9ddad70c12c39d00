"""Two hundred secrets of twenty kinds, planted whole, over deltas and over reads, in every place: each is found.

No secret stands in the repository: each is drawn when the tests run, from a seed.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from conformance.core.cuts import recut
from conformance.core.recording import End, EndKind, Evidence, Headers, Recording, Request
from conformance.edge.cassette import save
from conformance.edge.load import find, load
from conformance.edge.redact import redact_body, redact_recording
from conformance.edge.redact_check import leaks
from conformance.edge.secrets import Scanner, find_secrets, secrets_in
from conformance.edge.secrets_quick import may_hold
from conformance.edge.secrets_table import KINDS
from conformance.edge.secrets_whole import _LEAST
from conformance.edge.writer import CassetteWriter

DICE = random.Random(20261121)
ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
HEX = "0123456789abcdef"
LOWER = string.ascii_lowercase + string.digits


def drawn(size: int, letters: str = ALNUM) -> str:
    return "".join(DICE.choice(letters) for _ in range(size))


MAKERS: dict[str, Callable[[], str]] = {
    "openai": lambda: f"sk-proj-{drawn(74, URLSAFE)}T3BlbkFJ{drawn(74, URLSAFE)}",
    "anthropic": lambda: f"sk-ant-api03-{drawn(93, URLSAFE)}AA",
    "openrouter": lambda: f"sk-or-v1-{drawn(64, HEX)}",
    "deepseek": lambda: f"sk-{drawn(32, HEX)}",
    "groq": lambda: f"gsk_{drawn(52)}",
    "xai": lambda: f"xai-{drawn(80)}",
    "google": lambda: f"AIza{drawn(35, URLSAFE)}",
    "google-oauth": lambda: f"ya29.{drawn(100, URLSAFE)}",
    "huggingface": lambda: f"hf_{drawn(34, string.ascii_letters)}",
    "replicate": lambda: f"r8_{drawn(37)}",
    "perplexity": lambda: f"pplx-{drawn(48)}",
    "nvidia": lambda: f"nvapi-{drawn(64, URLSAFE)}",
    "cerebras": lambda: f"csk-{drawn(48, LOWER)}",
    "together": lambda: f"tgp_v1_{drawn(43, URLSAFE)}",
    "fireworks": lambda: f"fw_{drawn(24)}",
    "databricks": lambda: f"dapi{drawn(32, HEX)}",
    "aws": lambda: f"AKIA{drawn(16, string.ascii_uppercase + '234567')}",
    "azure": lambda: f"{drawn(52)}JQQJ99B{DICE.choice('ABCD')}AC{drawn(24)}",
    "github": lambda: f"github_pat_{drawn(22)}_{drawn(59)}",
    "jwt": lambda: f"eyJ{drawn(33, URLSAFE)}.eyJ{drawn(80, URLSAFE)}.{drawn(43, URLSAFE)}",
}
EACH = 10


class Planted(NamedTuple):
    kind: str
    number: int
    secret: str


PLANTED = [Planted(kind, number, make()) for kind, make in MAKERS.items() for number in range(EACH)]
assert len(PLANTED) == 200 and len(MAKERS) == 20


def pieces(secret: str, count: int) -> list[str]:
    """The secret in so many pieces, cut by lot."""
    cuts = sorted(DICE.sample(range(1, len(secret)), count - 1))
    return [secret[start:end] for start, end in zip([0, *cuts], [*cuts, len(secret)], strict=True)]


def chat(text: str) -> str:
    return f'data: {{"id":"c-1","choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n'


def arguments(text: str) -> str:
    call = f'{{"index":1,"function":{{"arguments":"{text}"}}}}'
    return f'data: {{"id":"c-1","choices":[{{"index":0,"delta":{{"tool_calls":[{call}]}}}}]}}\n\n'


def messages(text: str) -> str:
    delta = f'{{"type":"input_json_delta","partial_json":"{text}"}}'
    return f'event: content_block_delta\ndata: {{"type":"content_block_delta","index":2,"delta":{delta}}}\n\n'


def responses(text: str) -> str:
    number = DICE.randrange(1000)
    return f'data: {{"type":"d","sequence_number":{number},"output_index":0,"delta":"{text}","obfuscation":"ab1"}}\n\n'


def gemini(text: str) -> str:
    return f'data: {{"candidates":[{{"content":{{"parts":[{{"text":"{text}"}}]}},"index":0}}]}}\r\n\r\n'


SPEAKERS = [chat, arguments, messages, responses, gemini]
WORDS = ["It", " is", " a", " long", " answer,", " {", "and", " so", "\\n", "on", "."]


def stream(speak: Callable[[str], str], parts: list[str]) -> bytes:
    """A stream of two hundred deltas that brings these parts one after the other, somewhere in its midst."""
    around = [DICE.choice(WORDS) for _ in range(200)]
    return "".join(map(speak, [*around[:90], " key:\\n", *parts, " done", *around[90:]])).encode()


def taken(body: bytes, clean: bytes) -> str:
    """What was replaced."""
    assert len(body) == len(clean)
    return bytes(a for a, b in zip(body, clean, strict=True) if a != b).decode()


@pytest.mark.parametrize("count", [1, 2, 4, 12])
@pytest.mark.parametrize("kind", MAKERS)
def test_every_planted_secret_is_found_whole_and_over_deltas(kind: str, count: int) -> None:
    for planted in PLANTED:
        if planted.kind == kind:
            speak = SPEAKERS[planted.number % len(SPEAKERS)]
            body = stream(speak, pieces(planted.secret, count))
            assert taken(body, redact_body(body)) == planted.secret, (speak.__name__, planted)
            (group,) = secrets_in(body)
            assert len(group) == count


@pytest.mark.parametrize("kind", MAKERS)
def test_every_planted_secret_is_found_over_reads(kind: str, tmp_path: Path) -> None:
    """However the network cut the stream, and however often the file was written while it ran."""
    path = tmp_path / "tape.yaml"
    for planted in PLANTED:
        if planted.kind == kind and planted.number < 4:
            body = stream(SPEAKERS[planted.number], pieces(planted.secret, 3))
            reads = recut(Recording(body=body), f"random:{planted.number}").reads
            writer = CassetteWriter(path, interval=60)
            writer.begin(Request(), 200, "OK", Headers(), "HTTP/1.1", 0.0)
            at = 0
            for number, read in enumerate(reads):
                writer.read(float(number), body[at : at + read.size])
                at += read.size
                if number % 40 == 39:
                    assert writer._tape is not None
                    writer._flush(writer._tape)
            writer.finish(End())
            (found,) = load(path)
            assert taken(body, found.body) == planted.secret


def everywhere(secret: str) -> Iterator[tuple[str, Recording]]:
    """The secret in every place that a recording has, one at a time."""
    asked = b'{"stream":true}'
    yield "request URI, parameter", Recording(Request(uri=f"https://x/v1?alt=sse&key={secret}", body=asked))
    yield "request URI", Recording(Request(uri=f"https://x/{secret}/v1", body=asked))
    yield "request URI, user", Recording(Request(uri=f"https://me:{secret}@x/v1", body=asked))
    yield "request header x-api-key", Recording(Request(headers=Headers([("X-Api-Key", secret)])))
    yield "request header authorization", Recording(Request(headers=Headers([("authorization", f"Bearer {secret}")])))
    yield "request header cookie", Recording(Request(headers=Headers([("cookie", f"a=b; s={secret}")])))
    yield "request body", Recording(Request(body=f'{{"messages":[{{"content":"my key is {secret}"}}]}}'.encode()))
    yield "response reason", Recording(reason=f"Unauthorized {secret}")
    yield "response header set-cookie", Recording(headers=Headers([("set-cookie", f"s={secret}; Path=/")]))
    yield "response header x-echo", Recording(headers=Headers([("x-echo", secret)]))
    yield "response body", Recording(body=f'{{"error":"Incorrect API key provided: {secret}."}}'.encode())
    yield "end.detail", Recording(end=End(EndKind.RESET, None, None, f"while sending {secret}"))
    yield "metadata.command[1]", Recording(metadata={"command": ["record", secret]})


@pytest.mark.parametrize("kind", MAKERS)
def test_every_place_is_told_and_cleaned_and_the_secret_is_never_shown(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    secret = next(planted.secret for planted in PLANTED if planted.kind == kind)
    for place, recording in everywhere(secret):
        told = list(leaks(recording))
        assert told and all(leak.place.startswith(place) for leak in told), (place, told)
        assert not any(secret[:8] in leak.shown or secret[-6:] in leak.shown for leak in told)
        clean = redact_recording(recording)
        assert list(leaks(clean)) == []
        save(path, [replace(recording, missing=frozenset({Evidence.READS, Evidence.TIMING}))])
        assert secret[8:] not in path.read_text()
        assert list(leaks(load(path)[0])) == []


# Keys that have no shape of their own


@pytest.mark.parametrize(
    "around",
    [
        '{{"api_key":"{}"}}', '{{"apiKey": "{}"}}', "MISTRAL_API_KEY={}", "export CO_API_KEY='{}'", "api-key: {}",
        'data: {{"text":"{{\\"x-api-key\\": \\"{}\\"}}"}}', "aws_secret_access_key = {}", "AccountKey={};",
        '"client_secret": "{}"', '"refresh_token":"{}"', "https://x/y?token={}&a=b", "https://x/y?a=b&key={}",
        "https://s3/x?X-Amz-Signature={}&X-Amz-Date=1", "https://blob/x?sv=1&sig={}", "authorization: {}",
        "Set-Cookie: __cf_bm={}; path=/", "Authorization: Basic {}", "postgres://user:{}@host/db",
    ],
)  # fmt: skip
def test_a_key_without_a_shape_is_known_by_the_name_before_it(around: str) -> None:
    for size in (32, 40, 64):
        secret = drawn(size)
        body = around.format(secret).encode()
        (span,) = find_secrets(body)
        assert body[span.start : span.end].decode().endswith(secret)
        assert span.end - span.start <= size + len("Basic ")


def test_a_private_key_in_json_is_found() -> None:
    lines = "\\n".join(drawn(64, ALNUM + "+/") for _ in range(24))
    body = f'{{"text":"-----BEGIN PRIVATE KEY-----\\n{lines}\\n-----END PRIVATE KEY-----\\n"}}'.encode()
    assert len(taken(body, redact_body(body))) > 1500


INNOCENT = [
    '{"id":"chatcmpl-BxYz12AbCdEf34GhIjKl56MnOpQr","object":"chat.completion.chunk","system_fingerprint":"fp_44709d6fcb"}',
    '{"id":"call_YqHqX2mUi0vHvW9XrJz4Lk1p","type":"function"}, {"id":"toolu_01A09q90qw90lq917835lq9"}',
    '{"type":"signature_delta","signature":"EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds"}',
    '{"encrypted_content":"gAAAAABo2kX3Qk0Zt8sJ5m1dQwErTyUiOpAsDfGhJkLzXcVbNm1234567890QWERTYUIOPASDFGHJKL"}',
    '{"thoughtSignature":"CpwBAVSoXO4mU3f2aHkvWkI1Sg0uZz8xQ7yR9tP2wL6vN4mK1jH3gF5dS8aQ0"}',
    '{"image_url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4"}',
    '{"usage":{"prompt_tokens":12,"completion_tokens":345},"tokens":[1,2],"token":" secret","max_tokens":4096}',
    '{"next_page_token":"CAUQAA1b2c3d4e5f6g7h8","prompt_cache_key":"conversation-2024-11-05-a1b2c3d4e5f6"}',
    "export OPENAI_API_KEY=your-api-key-here; api_key = os.environ['OPENAI_API_KEY']; key=YOUR_API_KEY_GOES_HERE",
    "AKIAIOSFODNN7EXAMPLE is the key of the documentation; gsk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; hf_" + "x" * 34,
    "hf_requiredCharacteristicTypesForDisplayMetadata; Basic Authentication is basic; https://user:password@localhost/",
    "{\"x-request-id\":\"req_011CSHoEeqs5C35K2UUqR7Fy\",\"cf-ray\":\"8f1b2c3d4e5f6a7b-FRA\"}",
    "https://example.com/search?q=what+is+a+key&page=2#key=value; the secret: there is none; token: none",
]  # fmt: skip


@pytest.mark.parametrize("text", INNOCENT)
def test_ids_signatures_and_encrypted_content_are_no_secrets(text: str) -> None:
    assert find_secrets(text.encode()) == []
    assert find_secrets(f'data: {{"choices":[{{"delta":{{"content":"{text}"}}}}]}}\n\n'.encode()) == []


def test_headers_that_say_who_asked_are_no_secrets_but_go() -> None:
    told = [("openai-organization", "org-a1B2c3D4e5F6g7H8i9"), ("x-api-key", "test"), ("authorization", "Bearer dummy")]
    recording = Recording(Request(headers=Headers(told)))
    assert list(leaks(recording)) == []
    assert {value for _, value in redact_recording(recording).request.headers} == {"REDACTED"}


# The quick look


@pytest.mark.parametrize("kind", MAKERS)
def test_the_quick_look_overlooks_nothing(kind: str) -> None:
    """Streams whose channels take turns, lines that begin alike, and pieces with commas and braces in them."""
    for planted in PLANTED:
        if planted.kind == kind:
            parts = pieces(planted.secret, 5)
            noise = [chat("{").replace('"index":0', '"index":1'), chat(",").replace('"index":0', '"index":1')]
            body = "".join(text for part in parts for text in (chat(part), DICE.choice(noise))).encode()
            assert Scanner().groups(body, 0)
            assert may_hold(body)
            assert may_hold((chat("{") * 9 + "".join(map(chat, ["{" + parts[0], *parts[1:]])) + chat("}")).encode())


def test_the_shortest_secret_of_one_token_is_long_enough_for_the_quick_look() -> None:
    shortest = [f"sk-{drawn(15)}7", f"lr_live_{drawn(12)}", f"AKIA{drawn(16, string.ascii_uppercase)}"]
    assert all(len(text) >= _LEAST and find_secrets(text.encode()) for text in shortest)


@pytest.mark.corpus
def test_the_quick_look_agrees_on_recorded_streams(corpus: Path) -> None:
    for path in list(find([str(corpus / "cassettes")]))[::5]:
        for recording in load(path):
            assert not Scanner().groups(recording.body, 0), path


FALSE_ALARMS: dict[str, str] = {}
"""File of the corpus -> why what is found there is no secret. None is known."""


@pytest.mark.corpus
def test_no_false_alarm_in_recorded_streams_but_those_listed(corpus: Path) -> None:
    found = {path.name: list(leaks(one)) for path in find([str(corpus / "cassettes")]) for one in load(path)}
    assert len(found) > 900
    assert {name: told for name, told in found.items() if told and name not in FALSE_ALARMS} == {}


def test_every_kind_has_a_source() -> None:
    assert all(kind.source for kind in KINDS)
    assert len({kind.name for kind in KINDS}) >= 30
