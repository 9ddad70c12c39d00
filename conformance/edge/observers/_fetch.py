"""Getting what an observer reads: one GET after the other, on one connection.

Law: bounded in time and size. What goes wrong is a BlindError whose words say why nothing could be seen.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from ..recorder import Options, tls_context
from ..transport import environment_proxy
from . import Spec

TIMEOUT = 5.0
"""Seconds for one look."""
MAX_BYTES = 8 * 2**20


class BlindError(Exception):
    """An observer cannot see. The text says why."""


def getter(spec: Spec, path: str) -> Getter:
    """For `url` of the observer, or this path of the target's own server, which may ask for the target's key."""
    target = spec.target
    url = spec.data.get("url") or origin(target.url) + path
    own = replace(target, url=url).request(b"", {"Accept": "*/*"}).headers if origin(url) == origin(target.url) else ()
    return Getter(url, spec.options, list(own))


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Getter:
    """Asks one URL again and again."""

    def __init__(self, url: str, options: Options, headers: list[tuple[str, str]] | None = None) -> None:
        self.url = url
        parsed = httpx.URL(url)
        self._client = httpx.Client(
            headers=headers,
            verify=tls_context(options.insecure, options.ca_file),
            proxy=environment_proxy(parsed),
            trust_env=False,
            timeout=min(TIMEOUT, options.idle),
        )

    def get(self, url: str | None = None) -> tuple[int, bytes]:
        """Status and body. Raises BlindError where no answer came."""
        try:
            with self._client.stream("GET", url or self.url) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise BlindError(f"{self.bare} sent more than {MAX_BYTES:,} bytes")
                return answer.status_code, bytes(body)
        except httpx.HTTPError as error:
            raise BlindError(f"{self.bare} did not answer ({error or type(error).__name__})") from error

    def text(self) -> bytes:
        """The body of a successful answer. Raises BlindError for any other."""
        status, body = self.get()
        if status != 200:
            raise BlindError(f"{self.bare} answered with status {status}")
        return body

    @property
    def bare(self) -> str:
        """The URL without what may be secret in it."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()
