"""What the built-in recordings of all protocols share: texts, chance, pace, headers, the recording around a stream.

Law: synthetic, and marked so. Deterministic: no clock, seeded chance. No branch for any protocol: the module of a
protocol has `PROTOCOL`, `REFUSALS` (their status and body), `fields` (its own headers) and `events` (a scenario's
stream). What is said, and which tools are called, is the same in all of them. An answer that is not streamed is what
the stream adds up to.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Protocol

import orjson

from conformance import catalogue
from conformance.core.recording import End, Headers, Read, Recording, Request
from conformance.core.stream import Stream
from conformance.edge.replay_match import last_prompt
from conformance.edge.scenario import Endpoint, Scenario, Target, merged

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
WET = "Water makes other things wet."
BOATS = ("Morning Tide", "Petrel of the North")
COUNTED = "one two three four "
LANDSCAPE = (
    "It stands where the land runs out, and whoever comes by sea has known it for hours before they arrive. In the "
    "morning the mist lies on the water and only its top is seen; at noon the stones are warm, and gulls sleep on "
    "them. When the wind turns, boats come in one by one, and somebody counts them from the wall until all are home."
)
PORRIDGE = (
    "Take a cup of oats and three cups of water. Soak the oats overnight if there is time. Bring the water to the "
    "boil. Stir in the oats and a pinch of salt. Let it all simmer for ten minutes, and stir now and then. Serve it."
)

COLOURS = "Red, green, blue."

SAID = {
    "text": WHY_SKY_IS_BLUE,
    "text-unstreamed": WHY_SKY_IS_BLUE,
    "usage": COLOURS,
    "usage-unstreamed": COLOURS,
    "usage-off": "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday.",
    "json-schema": '{"name":"Porto","country":"Portugal","population":232}',
    "refusal": "I cannot help with that. If you are locked out of your own home, a locksmith can.",
    "tool-result": "Seven degrees is mild for Reykjavik.",
    "image": "Red.",
    "empty-prompt": "What would you like to know?",
    "accept-any": "The Danube.",
    "accept-json": "The Niger.",
    "http2": "The Mekong.",
    "parallel-streams": "Oak, ash, elm, yew.",
    "cancel-early": LANDSCAPE,
    "cancel-mid": LANDSCAPE,
    "cancel-before-first-byte": LANDSCAPE,
}
"""Scenario -> what it is answered with, where that is plain text to its end."""

WEATHER = ("get_weather", {"city": "Reykjavik", "unit": "celsius"})
CALLED: dict[str, tuple[tuple[str, Json], ...]] = {
    "tools": (WEATHER,),
    "tools-unstreamed": (WEATHER,),
    "parallel-tools": (("get_time", {"city": "Lima"}), ("get_time", {"city": "Nairobi"})),
    "tools-no-arguments": (("get_time_zone", {}),),
    "tools-long-arguments": (("save_note", {"title": "Porridge", "text": PORRIDGE}),),
    "cancel-in-tool-arguments": (("save_note", {"title": "Soup", "text": PORRIDGE.replace("oats", "peas")}),),
}
"""Scenario -> the tools that it is answered with calls of."""


class Speaker(Protocol):
    """A module that speaks one protocol. It may have a `MEDIA_TYPE` other than the usual one."""

    PROTOCOL: str
    REFUSALS: dict[str, tuple[int, Json]]

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

    def likelihoods(self, text: str) -> list[Json]:
        """Every token of a text with its logarithmic likelihood and the runner-up, as OpenAI tells them."""
        found = []
        for piece in tokens(text):
            likely = -round(self.uniform(0.001, 0.4), 6)
            both = ((piece, likely), (" it", round(likely - self.uniform(1, 6), 6)))
            told = [{"token": token, "logprob": logprob, "bytes": list(token.encode())} for token, logprob in both]
            found.append({**told[0], "top_logprobs": told})
        return found

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


def prompt_of(asked: Json) -> str:
    """The last user turn of a request's body."""
    return last_prompt(Request(body=orjson.dumps(asked)))


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
    target = Target("builtin", endpoint.url("https://builtin.invalid", endpoint.model), endpoint, endpoint.model)
    request = target.ask(scenario)
    sent = Headers((field.lower(), value) for field, value in {**endpoint.headers, **scenario.headers}.items())
    metadata = {"protocol": speaker.PROTOCOL, "dialect": "strict", "scenario": name, "synthetic": True}
    asked = Recording(replace(request, headers=sent), http_version="HTTP/1.1", metadata=metadata)
    if name in speaker.REFUSALS:
        return document(speaker, asked, name, *speaker.REFUSALS[name], at=21.5)
    if scenario.twin is not None:
        whole = merged(request.json, endpoint.usage or {})
        return document(speaker, asked, name, 200, added_up(speaker, speaker.events(name, whole)), at=180.25)
    body, reads, first = pace(name, speaker.events(name, request.json))
    fields = headers(
        speaker, name, getattr(speaker, "MEDIA_TYPE", "text/event-stream; charset=utf-8"), first - 20,
        ("transfer-encoding", "chunked"), ("cache-control", "no-cache"),
    )  # fmt: skip
    end = End(at=reads[-1].at)
    return replace(asked, headers=fields, body=body, reads=reads, end=end, headers_at=round(first - 8, 3))


def document(speaker: Speaker, asked: Recording, name: str, status: int, data: Json, at: float) -> Recording:
    """A recording whose body is one JSON document that comes at once, `at` milliseconds after the request."""
    body = orjson.dumps(data, option=orjson.OPT_INDENT_2)
    processing = 12 if status >= 400 else at - 20
    fields = headers(speaker, name, "application/json", processing, ("content-length", str(len(body))))
    return replace(
        asked, status=status, reason=HTTPStatus(status).phrase, headers=fields, body=body,
        reads=(Read(at, len(body)),), end=End(at=at), headers_at=at,
    )  # fmt: skip


def added_up(speaker: Speaker, events: list[bytes]) -> Json:
    """The message that a stream adds up to: the answer that is not streamed."""
    protocol = catalogue.protocol(speaker.PROTOCOL)
    fields = Headers([("content-type", "text/event-stream")])
    return protocol.accumulate(Stream(Recording(headers=fields, body=b"".join(events)), protocol)) or {}


def endpoint_of(protocol: str) -> Endpoint:
    """How the protocol is asked."""
    return Endpoint.of(protocol, _toml(SCENARIOS / protocol / "endpoint.toml"))


def scenarios(protocol: str) -> Iterator[Scenario]:
    """The scenarios of the protocol."""
    for path in sorted((SCENARIOS / protocol).glob("*.toml")):
        if path.stem != "endpoint":
            yield Scenario.of(path.stem, protocol, _toml(path))


def _toml(path: Path) -> Json:
    return tomllib.loads(path.read_text(encoding="utf-8"))
