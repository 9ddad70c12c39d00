"""What recordings show of a provider, as the draft of a dialect: traits as habits, repeated findings as deviations.

Law: pure, and a draft. Counts are facts, the reasons are for a person to write: nothing here says why a server does so.
Runs must have been judged strictly, else what a dialect already waives is not seen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .finding import Level, Outcome, Run, Verdict
from .recording import Recording

LEAST = 3
"""Streams that must show a trait before its value is called a habit."""
REPEATED = 2
"""Streams that must break a rule before it is called a deviation."""
MOST_VALUES = 2
"""Values that a habit may have; what varies more is none."""
MOST_MEMBERS = 16
SPLIT = "usage.asked"
"""What is asked for decides where usage comes: a trait that varies is looked at on each side of it."""
ASKED_FOR = frozenset(
    {
        SPLIT, "model.answered", "finish.reasons", "termination.finish-reason", "termination.stop-reason", "items",
        "lifecycle", "resumed", "background", "choices.order", "tools.plan", "tools.server-tools", "content-filter",
        "shape.block-types", "tool-calls.per-delta", "http.version", "http.month", "timing.delivery", "timing.head",
    }
)  # fmt: skip
"""Traits that tell of the request, the model's answer or the network, more than of the server."""

_NOWHERE = (".invalid", ".test", ".example")
_LOCAL = ("localhost", "127.0.0.1", "[::1]")

Judged = tuple[Recording, Run]
Traits = Mapping[str, object]
Table = dict[str, Any]


def draft(title: str, judged: Iterable[Judged], title_of: Callable[[str], str]) -> Table:
    """The dialect that these runs show, as `schemas/dialect.json` wants it. `title_of` gives the title of a rule."""
    pairs = [(recording, run) for recording, run in judged if run.events]
    spoken = sorted({run.protocol for _, run in pairs if run.protocol and run.protocol != "unknown"})
    by_protocol = {name: [run for _, run in pairs if run.protocol == name] for name in spoken}
    found: Table = {"title": title, "protocols": spoken, **_asked(pairs)}
    found["expect"] = [item for name in spoken for item in _habits(name, [run.traits for run in by_protocol[name]])]
    found["deviation"] = list(_deviations([run for _, run in pairs], title_of))
    return {key: value for key, value in found.items() if value}


def _asked(pairs: Sequence[Judged]) -> Table:
    """Hosts, endpoints and models, where the recordings agree on them."""
    hosts = sorted({recording.request.host for recording, _ in pairs if not recording.request.host.endswith(_NOWHERE)})
    urls: dict[str, set[str]] = {}
    models: dict[str, dict[str, None]] = {}
    for recording, run in pairs:
        uri, name = recording.request.uri.partition("?")[0], str(run.protocol)
        model = recording.request.json.get("model")
        if uri.startswith(("http://", "https://")) and "@" not in uri and recording.request.host in hosts:
            urls.setdefault(name, set()).add(uri)
        if isinstance(model, str) and model:
            models.setdefault(name, {})[model] = None
    endpoints = {name: next(iter(found)) for name, found in sorted(urls.items()) if len(found) == 1}
    return {
        "hosts": [host for host in hosts if host and host not in _LOCAL],
        "endpoints": endpoints,
        "models": {name: list(found) for name, found in sorted(models.items())},
    }


def _habits(protocol: str, streams: Sequence[Traits]) -> Iterator[Table]:
    for name in sorted({name for traits in streams for name in traits} - ASKED_FOR):
        found = _habit(name, streams)
        if found:
            yield {**found, "protocols": [protocol]}
            continue
        for side in (True, False):
            found = _habit(name, [traits for traits in streams if traits.get(SPLIT) is side])
            if found:
                yield {**found, "protocols": [protocol], "given": {SPLIT: side}}


def _habit(name: str, streams: Sequence[Traits]) -> Table | None:
    """The expectation that this trait's values support, or None. Numbers vary with the answer and support none."""
    values = [traits[name] for traits in streams if name in traits]
    if len(values) < LEAST or any(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    counts = Counter(repr(value) for value in values)
    if all(isinstance(value, list) for value in values):
        members = sorted({str(one) for value in values if isinstance(value, list) for one in value})
        if not members or len(members) > MOST_MEMBERS:
            return None
        return _expectation(name, members, f"{len(values)} of {len(values)} recorded streams")
    if len(counts) > MOST_VALUES or False in values:
        return None
    shares = [f"{value} in {count}" for value, count in counts.most_common()]
    seen = ", ".join(shares) if len(shares) > 1 else str(len(values))
    unlike = {repr(value): value for value in values}
    return _expectation(name, [unlike[key] for key in sorted(unlike)], f"{seen} of {len(values)} recorded streams")


def _expectation(name: str, values: list[Any], see: str) -> Table:
    return {"trait": name, "values": values, "because": "So the recordings show it", "see": see, "observed": True}


def _deviations(runs: Sequence[Run], title_of: Callable[[str], str]) -> Iterator[Table]:
    """The rules that streams break again and again, with the words that were said most often."""
    judged: Counter[str] = Counter()
    broken: dict[str, list[Outcome]] = {}
    for run in runs:
        for outcome in run.outcomes:
            if outcome.verdict in (Verdict.PASS, Verdict.FAIL):
                judged[outcome.rule] += 1
            if outcome.findings and outcome.findings[0].level >= Level.WARNING:
                broken.setdefault(outcome.rule, []).append(outcome)
    for rule, outcomes in sorted(broken.items()):
        if len(outcomes) >= REPEATED:
            said = Counter(outcome.findings[0].message for outcome in outcomes).most_common(1)[0][0]
            see = f"{len(outcomes)} of {judged[rule]} recorded streams"
            yield {"rule": rule, "because": f"{title_of(rule)}: {said}"[:300], "see": see, "observed": True}


# As a file


def as_toml(data: Table, comment: str) -> str:
    """A dialect's data as the text of its file, under a comment."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"{key} = {_value(value)}" for key, value in data.items() if not _is_table(value)]
    for key, value in data.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{_key(name)} = {_value(item)}" for name, item in value.items())]
    for key, value in data.items():
        if _is_table(value) and isinstance(value, list):
            for item in value:
                lines += ["", f"[[{key}]]", *(f"{_key(name)} = {_value(part)}" for name, part in item.items())]
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _value(value: object) -> str:
    """A value as TOML writes it: JSON's strings are TOML's, half a surrogate and U+007F aside."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        whole = value.encode("utf-8", "replace").decode()
        return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
