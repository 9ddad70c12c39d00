"""What the built-in recordings of all protocols share: texts, chance, pace, headers, the recording around a stream.

Law: synthetic, and marked so. Deterministic: no clock, seeded chance. No branch for any protocol: the module of a
protocol has `PROTOCOL`, `ERROR` (the body of a refusal), `fields` (its own headers) and `events` (a scenario's stream).
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Protocol

import orjson

from conformance.core.recording import End, Headers, Read, Recording, Request
from conformance.edge.scenario import Endpoint, Scenario, fill

SCENARIOS = Path(__file__).parent.parent.parent / "conformance" / "scenarios"
CREATED = 1_763_683_200
FIRST_BYTE, GAP = (45.0, 75.0), (5.0, 22.0)
"""Milliseconds from which the pace is drawn; `pace` shortens the gaps so that every stream ends within 0.4 s."""
LIMIT = 360.0

NUMBERS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
Json = dict[str, Any]

WHY_SKY_IS_BLUE = (
    "Air scatters the blue part of sunlight far more than the red. So blue reaches your eyes from every direction."
)
ODYSSEY = "Sing to me of the man, Muse, the man of twists and turns"
THOUGHTS = "All but nine run away, so nine stay. The seventeen does not matter."
CITY = '{"name":"Porto","country":"Portugal","population":232}'
WEATHER = ("get_weather", {"city": "Reykjavik", "unit": "celsius"})
TIMES = (("get_time", {"city": "Lima"}), ("get_time", {"city": "Nairobi"}))
BOATS = ("Morning Tide", "Petrel of the North")
COUNTED = "one two three four "
COLOURS = "Red, green, blue."


class Speaker(Protocol):
    """A module that speaks one protocol. It may have a `MEDIA_TYPE` other than the usual one."""

    PROTOCOL: str
    ERROR: Json

    def fields(self, chance: random.Random, processing: int) -> list[tuple[str, str]]:
        """The header fields that the API adds; `processing` are milliseconds."""

    def events(self, scenario: str, asked: Json) -> list[bytes]:
        """The events of a scenario's stream, as they stand on the wire. `asked` is the request's body."""


class Chance(random.Random):
    """Seeded chance that draws letters, too."""

    def letters(self, count: int) -> str:
        """Letters and digits."""
        return "".join(self.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=count))

    def hexadecimal(self, count: int) -> str:
        """Hexadecimal digits."""
        return "".join(self.choices("0123456789abcdef", k=count))

    def pieces(self, text: str, most: int) -> list[str]:
        """A text in pieces of one to `most` tokens."""
        found, left = [], tokens(text)
        while left:
            count = self.randint(1, most)
            found.append("".join(left[:count]))
            left = left[count:]
        return found


def tokens(text: str) -> list[str]:
    """Pieces as a tokenizer cuts them, roughly: words with the space before them, marks alone."""
    return re.findall(r" ?\w{1,7}|[^\w]", text)


def numbers() -> str:
    """The numbers from 1 to 120 in words."""
    small = [*NUMBERS.split(), "eighteen", "nineteen"]
    words = small + [ten + rest for ten in TENS for rest in ("", *(f"-{one}" for one in small[:9]))]
    words += ["one hundred", *(f"one hundred and {word}" for word in words[:20])]
    return ", ".join(words) + "."


def repeated(prompt: str) -> str:
    """What the prompt of `unicode` asks to be repeated."""
    return prompt.partition(": ")[2]


def pace(name: str, blocks: list[bytes]) -> tuple[bytes, tuple[Read, ...], float]:
    """Body, reads and the time of the first: one to three events a read (more, in a long stream), some gap between."""
    chance = random.Random(name + " pace")
    most = max(3, len(blocks) // 24)
    reads, at = [], first = [], round(chance.uniform(*FIRST_BYTE), 3)
    while blocks:
        count = chance.randint(max(1, most - 2), most)
        taken, blocks = blocks[:count], blocks[count:]
        reads.append((at, b"".join(taken)))
        at += chance.uniform(*GAP)
    squeeze = min(1.0, (LIMIT - first) / (reads[-1][0] - first)) if len(reads) > 1 else 1.0
    body = b"".join(data for _, data in reads)
    cuts = [0, *accumulate(len(data) for _, data in reads)]
    if name == "unicode":
        cuts = [within_character(body, cut, beyond) for cut, beyond in pairwise(cuts)] + cuts[-1:]
    times = [round(first + (at - first) * squeeze, 3) for at, _ in reads]
    return body, tuple(Read(at, end - start) for at, (start, end) in zip(times, pairwise(cuts), strict=True)), first


def within_character(body: bytes, cut: int, beyond: int) -> int:
    """A cut behind the first byte of a character that takes several, if one comes before `beyond`: as networks cut."""
    return next((place for place in range(cut + 1, beyond) if body[place] & 0xC0 == 0x80), cut) if cut else 0


def headers(speaker: Speaker, name: str, media_type: str, processing: float, *more: tuple[str, str]) -> Headers:
    """The fields of a response."""
    chance = random.Random(name + " headers")
    fields = [("date", "Fri, 21 Nov 2025 00:00:00 GMT"), ("content-type", media_type), *more]
    return Headers([*fields, *speaker.fields(chance, int(processing))])


def recording(speaker: Speaker, scenario: Scenario) -> Recording:
    """The recording of one scenario."""
    endpoint, name = endpoint_of(speaker.PROTOCOL), scenario.name
    asked = fill(scenario.body, {"model": endpoint.model})
    request = Request(
        uri=endpoint.url("https://builtin.invalid", endpoint.model),
        headers=Headers((field.lower(), value) for field, value in {**endpoint.headers, **scenario.headers}.items()),
        body=orjson.dumps(asked),
    )
    metadata = {"protocol": speaker.PROTOCOL, "dialect": "strict", "scenario": name, "synthetic": True}
    common: Json = {"request": request, "http_version": "HTTP/1.1", "metadata": metadata}
    if name == "error-before-stream":
        body = orjson.dumps(speaker.ERROR, option=orjson.OPT_INDENT_2)
        fields = headers(speaker, name, "application/json", 12, ("content-length", str(len(body))))
        return Recording(
            status=400, reason="Bad Request", headers=fields, body=body, reads=(Read(21.5, len(body)),),
            end=End(at=21.5), headers_at=21.5, **common,
        )  # fmt: skip
    body, reads, first = pace(name, speaker.events(name, asked))
    fields = headers(
        speaker, name, getattr(speaker, "MEDIA_TYPE", "text/event-stream; charset=utf-8"), first - 20,
        ("transfer-encoding", "chunked"), ("cache-control", "no-cache"),
    )  # fmt: skip
    return Recording(
        headers=fields, body=body, reads=reads, end=End(at=reads[-1].at), headers_at=round(first - 8, 3), **common
    )


def endpoint_of(protocol: str) -> Endpoint:
    """How the protocol is asked."""
    return Endpoint(protocol=protocol, **_toml(SCENARIOS / protocol / "endpoint.toml"))


def scenarios(protocol: str) -> Iterator[Scenario]:
    """The scenarios of the protocol."""
    for path in sorted((SCENARIOS / protocol).glob("*.toml")):
        if path.stem != "endpoint":
            yield Scenario.of(path.stem, protocol, _toml(path))


def _toml(path: Path) -> Json:
    return tomllib.loads(path.read_text(encoding="utf-8"))
