"""How many files and sockets this process may hold open.

Law: raised as far as the system allows without privileges; where there is no such limit (Windows), nothing is done.
"""

from __future__ import annotations

ENOUGH = 65_536
"""More than any server here needs."""


def raise_files_limit(wanted: int = ENOUGH) -> int:
    """Raises the soft limit of open files towards `wanted`; the limit that holds then."""
    try:
        import resource
    except ImportError:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    aim = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= aim:
        return wanted if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))
    except (OSError, ValueError):  # macOS has a lower limit of its own
        return soft
    return aim
