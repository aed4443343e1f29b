"""How often each fault is injected: a little in `make test`, a lot in `make chaos`."""

import os


def count(fault: str, small: int, large: int) -> int:
    """TCLSEARCH_CHAOS_F1=200 for one fault, TCLSEARCH_CHAOS=large for all of them."""
    given = os.environ.get(f"TCLSEARCH_CHAOS_{fault}")
    if given is not None:
        return int(given)
    return large if os.environ.get("TCLSEARCH_CHAOS") == "large" else small
