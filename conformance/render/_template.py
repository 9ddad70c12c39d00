"""A page from its template in `templates/`, every value escaped.

Law: the one place that loads the template engine, and only when a page is asked for.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The page, with a final newline."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("conformance", "render/templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["digest"] = _digest
    return environment.get_template(template).render(values) + "\n"


def _digest(script: str) -> str:
    """The hash by which a page's policy lets its own script run, and no other (CSP `sha256-...`)."""
    return b64encode(sha256(script.encode("utf-8")).digest()).decode()
