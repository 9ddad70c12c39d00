"""`prometheus`: an engine's `/metrics`: running returns to rest, the abort counter rises, generated tokens stop.

Law: the names are data (`metrics.toml`, or the target's own); the text is parsed by the client library of Prometheus.
A gauge that is named and not there makes the observer blind: zero is no answer that nobody gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import UsageError
from .. import tomlfile
from . import Spec
from ._fetch import BlindError, getter
from ._gauges import Gauges, Reading

_COUNTED = ("running", "tokens", "aborted", "completed")
Wanted = str | Mapping[str, Any]


def observer(spec: Spec) -> Gauges:
    """Looks at `url`, by default /metrics of the target, under the names of `engine`, or its own."""
    names = {**_engine(spec.data.get("engine")), **{name: spec.data[name] for name in _COUNTED if name in spec.data}}
    if "running" not in names:
        hint = f"Name an engine ({', '.join(engines())}), or the gauges in `running`."
        raise UsageError("The observer prometheus knows no gauge of running requests.", hint)
    page = getter(spec, "/metrics")
    label = f"prometheus ({spec.data['engine']})" if "engine" in spec.data else "prometheus"
    return Gauges(label, lambda: reading(page.text(), names, page.bare), spec, page.close)


def engines() -> dict[str, Mapping[str, Any]]:
    """What is known of each engine, by its name."""
    return tomlfile.read(Path(__file__).with_name("metrics.toml"))


def _engine(name: str | None) -> Mapping[str, Any]:
    if name is not None and name not in engines():
        raise UsageError(f"No metrics of {name!r} are known.", f"There are: {', '.join(engines())}; or name `running`.")
    return engines()[name] if name else {}


def reading(text: bytes, names: Mapping[str, Any], where: str) -> Reading:
    """What a page of metrics says under these names. Raises BlindError where it cannot be read, or lacks one."""
    from prometheus_client.parser import text_string_to_metric_families

    try:
        own = _lines(text.decode(), names)
        samples = [one for family in text_string_to_metric_families(own) for one in family.samples]
    except ValueError as error:
        raise BlindError(f"{where} is no page of metrics ({error})") from error
    values = {key: _sum(names[key], samples) for key in _COUNTED if key in names}
    running = values.get("running")
    if running is None:
        raise BlindError(f"{where} has no {' or '.join(map(_named, names['running']))}: is this the right engine?")
    return Reading(running, values.get("tokens"), values.get("aborted"), values.get("completed"))


def _lines(text: str, names: Mapping[str, Any]) -> str:
    """The lines that speak of what is wanted: to parse all that an engine says would hold up the client."""
    wanted = [_named(one) for key in _COUNTED if key in names for one in names[key]]
    return "".join(line for line in text.splitlines(keepends=True) if any(name in line for name in wanted))


def _sum(wanted: Iterable[Wanted], samples: Iterable[Any]) -> float | None:
    """The sum of all samples that are wanted; None where there is none."""
    found = [sample.value for sample in samples if any(_is(sample, one) for one in wanted)]
    return sum(found) if found else None


def _is(sample: Any, wanted: Wanted) -> bool:
    labels = {} if isinstance(wanted, str) else wanted.get("labels", {})
    name = _named(wanted)
    named = sample.name in (name, f"{name}_total")  # the parser gives every counter the ending of OpenMetrics
    return named and all(sample.labels.get(key) == value for key, value in labels.items())


def _named(wanted: Wanted) -> str:
    return wanted if isinstance(wanted, str) else str(wanted["name"])
