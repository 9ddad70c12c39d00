"""vcrpy with times: suites on vcrpy and pytest-recording record what `conformance` can judge.

    my_vcr = conformance.vcr.VCR(record_mode="once")         # instead of vcr.VCR(...)
    conformance.vcr.install()                                # for `vcr.use_cassette(...)`
    conformance.vcr.install(vcr)                             # in pytest_recording_configure(config, vcr)

Law: vcrpy's public ways alone: a serializer, a persister, matchers, the configuration of a cassette; clients are
overheard only while a cassette is open. A body is kept after content coding, as everywhere here. docs/vcrpy.md says
what vcrpy cannot record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

try:
    import vcr as vcrpy  # type: ignore[import-untyped]
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("conformance.vcr needs vcrpy: pip install 'llm-stream-conformance[vcr]'.") from error
from vcr.persisters.filesystem import CassetteNotFoundError, FilesystemPersister  # type: ignore[import-untyped]
from vcr.request import Request as VcrRequest  # type: ignore[import-untyped]
from vcr.serialize import deserialize, serialize  # type: ignore[import-untyped]
from vcr.serializers import jsonserializer, yamlserializer  # type: ignore[import-untyped]

from .edge import meter, meter_aiohttp, meter_httpclient, meter_httpcore
from .edge.form import headers_of
from .edge.plaincassette import PlainError, decoded, encoded
from .edge.redact import redact_uri
from .edge.redact_plain import redact_interaction, redact_plain_body, redact_plain_headers
from .edge.store import store

__all__ = ["VCR", "Persister", "Serializer", "install"]

_METERS = (meter_httpcore, meter_httpclient, meter_aiohttp)
_THEIRS = {"yaml": yamlserializer, "json": jsonserializer}
_SEEING = ("uri", "url", "path", "query", "headers", "body", "raw_body")
"""Matchers of vcrpy that may look at a secret."""


def VCR(*, redact: bool = True, known: Iterable[str] = (), **options: Any) -> vcrpy.VCR:  # noqa: N802 (stands for vcr.VCR)
    """A `vcr.VCR(**options)` with `install(redact=..., known=...)` done."""
    return install(vcrpy.VCR(**options), redact=redact, known=known)


def install(vcr: vcrpy.VCR | None = None, *, redact: bool = True, known: Iterable[str] = ()) -> vcrpy.VCR:
    """Has a VCR record times and reads, keep them when it saves, and save no secret; returns it.

    Without `vcr` it is the one behind `vcr.use_cassette`. `known` are exact keys; `redact=False` leaves secrets to
    vcrpy's own filters. Doing it twice is doing it once.
    """
    vcr = vcrpy.default_vcr if vcr is None else vcr
    if isinstance(vcr.persister, Persister):
        return vcr
    secrets = tuple(known) if redact else None
    for form in _THEIRS:
        vcr.register_serializer(form, Serializer(form, secrets))
    vcr.register_persister(Persister(vcr.persister))
    if secrets is not None:
        for name in _SEEING:
            vcr.register_matcher(name, _blind(vcr.matchers[name], secrets))
    vcr.get_merged_config = _listening(vcr.get_merged_config)
    return vcr


class Serializer:
    """A cassette's values as text and back, for `VCR.register_serializer`: vcrpy's format with readable bodies.

    `response.recording` is kept while it is true of its body. `known`: exact keys to take out beside what looks like a
    secret; None: nothing is taken out.
    """

    def __init__(self, form: str, known: Iterable[str] | None = ()) -> None:
        """`form`: `yaml` or `json`."""
        self._form = form
        self._known = None if known is None else tuple(known)

    def serialize(self, cassette_dict: dict[str, Any]) -> str:
        """The text of a cassette. Values that no cassette of ours holds are written as vcrpy writes them."""
        tree = cassette_dict
        if self._known is not None:
            clean = [redact_interaction(item, self._known) for item in tree["interactions"]]
            tree = {**tree, "interactions": clean}
        try:
            return encoded(tree, self._form).decode("utf-8")
        except PlainError:
            text: str = _THEIRS[self._form].serialize(tree)
            return text

    def deserialize(self, cassette_string: str) -> dict[str, Any]:
        """The values of a cassette, as vcrpy reads them; bodies of JSON that are no text are bytes again."""
        return decoded(_THEIRS[self._form].deserialize(cassette_string))


class Persister:
    """Files for `VCR.register_persister`: UTF-8 everywhere, replaced whole or not at all.

    Cassettes are loaded by the persister that was there before, and saved by it where it saves in its own way.
    """

    def __init__(self, before: Any = FilesystemPersister) -> None:
        self._before = before

    def load_cassette(self, cassette_path: Any, serializer: Any) -> Any:
        """What vcrpy asks of a persister: requests, responses, and metadata where there are any."""
        meter.put(None)  # what was overheard before is no response of this file
        if self._before is not FilesystemPersister:
            return self._before.load_cassette(cassette_path, serializer)
        path = Path(cassette_path)
        if not path.is_file() or not (raw := path.read_bytes()).strip():
            raise CassetteNotFoundError
        return deserialize(raw.decode("utf-8"), serializer)

    def save_cassette(self, cassette_path: Any, cassette_dict: Any, serializer: Any) -> None:
        """Writes a cassette. Raises StorageError."""
        if self._before.save_cassette is not FilesystemPersister.save_cassette:
            self._before.save_cassette(cassette_path, cassette_dict, serializer)
            return
        text = serialize(cassette_dict, serializer)
        Path(cassette_path).parent.mkdir(parents=True, exist_ok=True)
        store(cassette_path, [text.encode("utf-8")])


def _listening(merged: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The configuration of a cassette, with clients overheard while it is open."""

    @wraps(merged)
    def get_merged_config(**options: Any) -> dict[str, Any]:
        config = merged(**options)
        patches = [patch for one in _METERS for patch in one.patches()]
        theirs = config["before_record_response"]
        config["custom_patches"] = (*config["custom_patches"], *patches)
        config["before_record_response"] = lambda response: theirs(_timed(response))
        return config

    return get_merged_config


def _timed(response: dict[str, Any]) -> dict[str, Any]:
    """The response with `recording`, if it is one that was overheard just now."""
    body = response.get("body", {})
    exchange = meter.take()
    if exchange is None or "recording" in response or not isinstance(body.get("string"), bytes):
        return response
    heard = meter.describe(exchange, body["string"], headers_of(response["headers"], ()))
    fields = {name: heard.headers.get_all(name) for name, _ in heard.headers}
    return {**response, "headers": fields, "body": {"string": heard.body}, "recording": heard.recording}


def _blind(matcher: Callable[[Any, Any], Any], known: tuple[str, ...]) -> Callable[[Any, Any], Any]:
    """A matcher to which requests are equal that differ in their secrets alone: a cassette holds none."""

    @wraps(matcher)
    def match(first: VcrRequest, second: VcrRequest) -> Any:
        return matcher(_clean(first, known), _clean(second, known))

    return match


def _clean(request: VcrRequest, known: tuple[str, ...]) -> VcrRequest:
    headers: Mapping[str, Any] = redact_plain_headers(request.headers, known)
    body = redact_plain_body(request.body, known)
    return VcrRequest(request.method, redact_uri(request.uri, known), body, headers)
