"""Writes the recordings of the built-in server: `python cassettes/make_builtin.py`. A test holds the files to it.

Law: synthetic, and marked so. One recording per scenario of openai-chat, in the shape of OpenAI's own streams: every
field that its schema requires, obfuscation, usage only where it was asked for. Deterministic: no clock, seeded chance.
Only `reasoning` shows what OpenAI does not send, the `reasoning_content` that many compatible servers do.
"""

from __future__ import annotations

import random
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from conformance.core.recording import End, Headers, Read, Recording, Request  # noqa: E402
from conformance.edge.cassette import save  # noqa: E402
from conformance.edge.scenario import Scenario, fill  # noqa: E402

PROTOCOL = "openai-chat"
MODEL = "gpt-4o-mini"
CREATED = 1_763_683_200
FIRST_BYTE, GAP = (45.0, 75.0), (5.0, 22.0)
"""Milliseconds from which the pace is drawn; `pace` shortens the gaps so that every stream ends within 0.4 s."""
LIMIT = 360.0

NUMBERS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
Json = dict[str, Any]


class Builder:
    """One stream in the making: its chunks, with the fields that all of them share."""

    def __init__(self, name: str, asked: Json) -> None:
        self.chance = random.Random(name)
        self.with_usage = bool(asked.get("stream_options", {}).get("include_usage"))
        self.prompt = str(asked["messages"][-1]["content"])
        self.id = "chatcmpl-" + self.letters(29)
        self.payloads: list[bytes] = []

    def letters(self, count: int) -> str:
        """Letters and digits by chance."""
        return "".join(self.chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=count))

    def send(self, choices: list[Json], usage: Json | None = None) -> None:
        """One chunk."""
        chunk: Json = {"id": self.id, "object": "chat.completion.chunk", "created": CREATED}
        chunk |= {"model": f"{MODEL}-2024-07-18", "service_tier": "default", "system_fingerprint": "fp_0aa8d3e20b"}
        chunk |= {"choices": choices}
        if self.with_usage:
            chunk["usage"] = usage
        self.payloads.append(orjson.dumps({**chunk, "obfuscation": self.letters(self.chance.randrange(3, 16))}))

    def delta(self, delta: Json, finish: str | None = None, index: int = 0, logprobs: Json | None = None) -> None:
        """A chunk of one choice."""
        self.send([{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}])

    def role(self, index: int = 0, **more: Any) -> None:
        """The first chunk of a choice."""
        self.delta({"role": "assistant", "content": "", "refusal": None} | more, index=index)

    def text(self, text: str, finish: str = "stop") -> int:
        """Role, text and finish of a plain answer; the number of tokens."""
        self.role()
        pieces = tokens(text)
        for piece in pieces:
            self.delta({"content": piece})
        self.delta({}, finish)
        return len(pieces)

    def end(self, completion: int, reasoning: int = 0) -> None:
        """Usage, where it was asked for, and the sentinel."""
        if self.with_usage:
            prompt = 8 + len(tokens(self.prompt))
            details = {"reasoning_tokens": reasoning, "audio_tokens": 0}
            details |= {"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
            usage: Json = {"prompt_tokens": prompt, "completion_tokens": completion}
            usage |= {"total_tokens": prompt + completion}
            usage |= {"prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}}
            self.send([], usage | {"completion_tokens_details": details})
        self.payloads.append(b"[DONE]")


def tokens(text: str) -> list[str]:
    """Pieces as a tokenizer cuts them, roughly: words with the space before them, marks alone."""
    return re.findall(r" ?\w{1,7}|[^\w]", text)


# What each scenario is answered with


def text(build: Builder) -> None:
    """Two sentences."""
    said = "Air scatters the blue part of sunlight far more than the red."
    build.end(build.text(said + " So blue reaches your eyes from every direction."))


def usage(build: Builder) -> None:
    """Three words and the figures."""
    build.end(build.text("Red, green, blue."))


def calls(build: Builder, asked: list[tuple[str, Json]]) -> None:
    """Tool calls: id and name first, then the arguments in pieces."""
    build.role(content=None)
    count = 0
    for index, (name, arguments) in enumerate(asked):
        opened = {"name": name, "arguments": ""}
        call = {"index": index, "id": "call_" + build.letters(24), "type": "function", "function": opened}
        build.delta({"tool_calls": [call]})
        for piece in tokens(orjson.dumps(arguments).decode()):
            build.delta({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
            count += 1
    build.delta({}, "tool_calls")
    build.end(count + 9 * len(asked))


def tools(build: Builder) -> None:
    """One call."""
    calls(build, [("get_weather", {"city": "Reykjavik", "unit": "celsius"})])


def parallel_tools(build: Builder) -> None:
    """Two calls."""
    calls(build, [("get_time", {"city": "Lima"}), ("get_time", {"city": "Nairobi"})])


def reasoning(build: Builder) -> None:
    """Thoughts, then the answer."""
    build.role(content=None, reasoning_content="")
    thoughts = tokens("All but nine run away, so nine stay. The seventeen does not matter.")
    for piece in thoughts:
        build.delta({"reasoning_content": piece})
    for piece in ("9", "."):
        build.delta({"content": piece})
    build.delta({}, "stop")
    build.end(len(thoughts) + 2, len(thoughts))


def n_choices(build: Builder) -> None:
    """Two answers, piece by piece in turn."""
    for index in (0, 1):
        build.role(index)
    first, second = tokens("Morning Tide"), tokens("Petrel of the North")
    for turn in range(max(len(first), len(second))):
        for index, said in enumerate((first, second)):
            if turn < len(said):
                build.delta({"content": said[turn]}, index=index)
    for index in (0, 1):
        build.delta({}, "stop", index)
    build.end(len(first) + len(second))


def unicode(build: Builder) -> None:
    """What was asked for, back."""
    build.end(build.text(build.prompt.partition(": ")[2]))


def long(build: Builder) -> None:
    """The numbers from 1 to 120 in words."""
    small = [*NUMBERS.split(), "eighteen", "nineteen"]
    words = small + [ten + rest for ten in TENS for rest in ("", *(f"-{one}" for one in small[:9]))]
    words += ["one hundred", *(f"one hundred and {word}" for word in words[:20])]
    build.end(build.text(", ".join(words) + "."))


def length(build: Builder) -> None:
    """Eight tokens, and no more."""
    said = "".join(tokens("Sing to me of the man, Muse, the man of twists and turns")[:8])
    build.end(build.text(said, "length"))


def stop_sequence(build: Builder) -> None:
    """What comes before the stop sequence."""
    build.end(build.text("one two three four "))


def json_schema(build: Builder) -> None:
    """A document of the schema."""
    build.end(build.text('{"name":"Porto","country":"Portugal","population":232}'))


def logprobs(build: Builder) -> None:
    """Text whose every token is told with the runner-up."""
    build.delta({"role": "assistant", "content": "", "refusal": None}, logprobs={"content": [], "refusal": None})
    pieces = tokens("Water makes other things wet.")
    for piece in pieces:
        likely = -round(build.chance.uniform(0.001, 0.4), 6)
        told = [likelihood(piece, likely), likelihood(" it", round(likely - build.chance.uniform(1, 6), 6))]
        entry = {**told[0], "top_logprobs": told}
        build.delta({"content": piece}, logprobs={"content": [entry], "refusal": None})
    build.delta({}, "stop")
    build.end(len(pieces))


def likelihood(token: str, logprob: float) -> Json:
    """One token with its logarithmic likelihood."""
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


ERROR = {
    "error": {
        "message": "Invalid type for 'messages': expected an array of objects, but got a string instead.",
        "type": "invalid_request_error",
        "param": "messages",
        "code": "invalid_type",
    }
}


# Recordings


def pace(name: str, payloads: list[bytes]) -> tuple[bytes, tuple[Read, ...], float]:
    """Body, reads and the time of the first: one to three events a read (more, in a long stream), some gap between."""
    chance = random.Random(name + " pace")
    blocks = [b"data: " + payload + b"\n\n" for payload in payloads]
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


def headers(name: str, media_type: str, processing: float, *more: tuple[str, str]) -> Headers:
    """The fields of a response."""
    chance = random.Random(name + " headers")
    fields = [("date", "Fri, 21 Nov 2025 00:00:00 GMT"), ("content-type", media_type), *more]
    fields += [("openai-version", "2020-10-01"), ("openai-processing-ms", str(int(processing)))]
    return Headers([*fields, ("x-request-id", f"req_{chance.getrandbits(128):032x}")])


def recording(scenario: Scenario) -> Recording:
    """The recording of one scenario."""
    asked = fill(scenario.body, {"model": MODEL})
    request = Request(
        uri="https://builtin.invalid/v1/chat/completions",
        headers=Headers([("content-type", "application/json"), ("accept", "text/event-stream")]),
        body=orjson.dumps(asked),
    )
    metadata = {"protocol": PROTOCOL, "dialect": "strict", "scenario": scenario.name, "synthetic": True}
    common: Json = {"request": request, "http_version": "HTTP/1.1", "metadata": metadata}
    if scenario.name == "error-before-stream":
        body = orjson.dumps(ERROR, option=orjson.OPT_INDENT_2)
        fields = headers(scenario.name, "application/json", 12, ("content-length", str(len(body))))
        return Recording(
            status=400, reason="Bad Request", headers=fields, body=body, reads=(Read(21.5, len(body)),),
            end=End(at=21.5), headers_at=21.5, **common,
        )  # fmt: skip
    build = Builder(scenario.name, asked)
    globals()[scenario.name.replace("-", "_")](build)
    body, reads, first = pace(scenario.name, build.payloads)
    fields = headers(
        scenario.name, "text/event-stream; charset=utf-8", first - 20,
        ("transfer-encoding", "chunked"), ("cache-control", "no-cache"),
    )  # fmt: skip
    return Recording(
        headers=fields, body=body, reads=reads, end=End(at=reads[-1].at), headers_at=round(first - 8, 3), **common
    )


def scenarios() -> Iterator[Scenario]:
    """The scenarios of the protocol."""
    for path in sorted((HERE.parent / "conformance" / "scenarios" / PROTOCOL).glob("*.toml")):
        if path.stem != "endpoint":
            yield Scenario.of(path.stem, PROTOCOL, tomllib.loads(path.read_text(encoding="utf-8")))


def main(folder: Path = HERE / PROTOCOL / "builtin") -> None:
    """Writes all recordings."""
    for scenario in scenarios():
        save(folder / f"{scenario.name}.yaml", [recording(scenario)])


if __name__ == "__main__":
    main()
