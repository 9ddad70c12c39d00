"""Time per event: the usual stack against the whole check with every rule, on the same streams, side by side.

    python benchmarks/check.py [FOLDER] [--protocol NAME] [--repeat N]

The usual stack is httpx-sse + json + jsonschema with a validator that is built once: it reads the events and validates
each chunk, no more. The check does all that this project does: decode, times, schemas, order, every rule, traits,
latency. The floor is what no check can do without: it splits the events, reads their JSON with orjson and asks the
compiled validators, without a rule, a time or an index. All run on one core, in turn, and the medians count. FOLDER
holds cassettes; without --protocol those of Chat Completions count.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import jsonschema
import orjson
import yaml
from httpx_sse import EventSource
from referencing import Registry, Resource

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from conformance import catalogue, library  # noqa: E402
from conformance.core.recording import Recording  # noqa: E402
from conformance.core.sse import decode  # noqa: E402

CORPUS = HERE.parent.parent / "shared" / "corpus" / "cassettes"
TURN = 100
"""Streams after which the next takes its turn: few enough that a slow moment of the machine hits all."""
LONG = 200
"""Events from which on a stream counts as long: what a rule costs per stream no longer weighs on its events."""


Validators = dict[str, jsonschema.Draft202012Validator]


def plain_validators(protocol: str) -> Validators:
    """One validator per kind of event, compiled once, as a careful user of the usual stack would."""
    folder = catalogue.data_folder("schemas") / protocol
    files = {path.name: orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}
    kinds = files.pop("index.json")["kinds"]
    registry = Registry().with_resources((file["$id"], Resource.from_contents(file)) for file in files.values())
    return {kind: jsonschema.Draft202012Validator(files[name], registry=registry) for kind, name in kinds.items()}


def plain(body: bytes, validators: Validators, protocol: str) -> int:
    """The usual stack on one body; the number of its events."""
    kind_of = catalogue.protocol(protocol).kind_of
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)
    count = 0
    for event in EventSource(response).iter_sse():
        count += 1
        if event.data == "[DONE]":
            continue
        try:
            data = json.loads(event.data)
        except ValueError:
            continue
        validator = validators.get(kind_of(event.event if event.event != "message" else "", data))
        if validator is not None:
            list(validator.iter_errors(data))
    return count


def floor(body: bytes, protocol: str) -> int:
    """Split, parsed and validated with the quickest that this project uses, and nothing else; the number of events."""
    speaking = catalogue.protocol(protocol)
    kind_of, is_valid = speaking.kind_of, speaking.schemas.is_valid
    events, _ = decode(body)
    for event in events:
        try:
            data = orjson.loads(event.raw)
            check = is_valid.get(kind_of(event.name, data))
            if check is not None:
                check(data)
        except ValueError:
            continue
    return len(events)


def whole(recording: Recording, protocol: str) -> int:
    """The whole check of one recording; the number of its events."""
    return library.check(recording, protocol, "strict").events


def streams_of(folder: Path, protocol: str) -> list[tuple[Path, Recording]]:
    """The streams of a folder that speak this protocol."""
    from conformance.edge.load import find

    loaded = ((path, recording) for path in find([str(folder)]) for recording in library.load(path))
    return [
        (path, recording)
        for path, recording in loaded
        if recording.status == 200 and library.protocol_of(recording).name == protocol
    ]


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def side_by_side(works: Sequence[Callable[[Any], object]], items: Sequence[Any], repeat: int) -> list[float]:
    """The seconds that each work takes for all items: medians of `repeat`, summed up.

    The works take turns every few items, so that each has the machine's fast and slow moments alike.
    """
    for work in works:
        for item in items:
            work(item)
    gc.collect()
    gc.freeze()  # as `conformance check` does: what is loaded stays, and the collector passes it by, for both
    total = [0.0] * len(works)
    for start in range(0, len(items), TURN):
        some = items[start : start + TURN]
        for number, times in enumerate(zip(*(_turn(works, some) for _ in range(repeat)), strict=True)):
            total[number] += median(times)
    return total


def _turn(works: Sequence[Callable[[Any], object]], some: Sequence[Any]) -> list[float]:
    return [timed(lambda work=work: [work(item) for item in some]) for work in works]


def measure(streams: list[tuple[Path, Recording]], protocol: str, repeat: int) -> list[tuple[str, list[float]]]:
    """(what, [usual stack, check, floor]) in microseconds per event; no floor where files are read."""
    validators = plain_validators(protocol)
    recordings = [recording for _, recording in streams]
    files = list(dict.fromkeys(path for path, _ in streams))
    events = sum(whole(recording, protocol) for recording in recordings)
    long = [recording for recording in recordings if whole(recording, protocol) >= LONG]
    long_events = sum(whole(recording, protocol) for recording in long)

    def plain_file(path: Path) -> None:
        with path.open("rb") as file:
            content = yaml.load(file, Loader=yaml.CSafeLoader)
        for interaction in content["interactions"]:
            body = interaction["response"]["body"]["string"]
            plain(body if isinstance(body, bytes) else body.encode(), validators, protocol)

    def whole_file(path: Path) -> None:
        for recording in library.load(path):
            whole(recording, protocol)

    works: list[Callable[[Recording], object]] = [
        lambda one: plain(one.body, validators, protocol),
        lambda one: whole(one, protocol),
        lambda one: floor(one.body, protocol),
    ]
    lines = [(f"all {len(recordings)} streams", side_by_side(works, recordings, repeat), events)]
    if long:
        lines.append((f"{len(long)} of {LONG}+ events", side_by_side(works, long, repeat), long_events))
    lines.append(("with the YAML file", side_by_side([plain_file, whole_file], files, max(3, repeat // 2)), events))
    return [(what, [seconds / count * 1e6 for seconds in times]) for what, times, count in lines]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--protocol", default="openai-chat")
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder; name one that holds cassettes")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    protocol = options.protocol
    streams = streams_of(options.folder, protocol)
    if not streams:
        parser.error(f"{options.folder} holds no stream of {protocol}")
    events = sum(whole(recording, protocol) for _, recording in streams)
    size = sum(len(recording.body) for _, recording in streams)
    rules = len(catalogue.rules_of(protocol))
    print(f"{len(streams)} streams, {events:,} events, {size / events:.0f} bytes per event, {rules} rules")
    versions = ", ".join(f"{name} {version(name)}" for name in ("httpx-sse", "jsonschema", "jsonschema-rs", "orjson"))
    print(f"Python {platform.python_version()}, {platform.machine()}, one core; {versions}\n")
    print(f"{'µs per event':<20}{'usual stack':>14}{'check':>10}{'ratio':>10}{'floor':>10}{'ratio':>10}")
    for what, (slow, fast, *least) in measure(streams, protocol, options.repeat):
        below = "".join(f"{one:>10.2f}{slow / one:>9.0f}x" for one in least)
        print(f"{what:<20}{slow:>14.1f}{fast:>10.2f}{slow / fast:>9.0f}x{below}")


if __name__ == "__main__":
    main()
