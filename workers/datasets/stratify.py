"""Seeded choices that keep every class's share."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def stratified(labels: NDArray[np.integer], count: int, *, seed: int) -> tuple[Indices, Indices]:
    """`count` positions that keep each class's share of `labels`, and the others; both ascending.

    A class's share is rounded by largest remainder, so it is off by less than one image. The same
    arguments give the same positions on every machine and numpy version.

    Raises:
        ValueError: there are fewer than `count` labels.
    """
    if not 0 <= count <= len(labels):
        raise ValueError(f"cannot choose {count} of {len(labels)} images")
    # RandomState's stream is frozen for good; default_rng's may change between numpy versions.
    random = np.random.RandomState(seed)
    quotas = _quotas(np.bincount(labels), count)
    chosen = np.zeros(len(labels), dtype=bool)
    for label, quota in enumerate(quotas):
        members = np.flatnonzero(labels == label)
        chosen[random.permutation(members)[:quota]] = True
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def _quotas(sizes: NDArray[np.integer], count: int) -> NDArray[np.integer]:
    """`count` shared out in proportion to `sizes`, in whole numbers (largest remainder)."""
    shares = sizes * count
    total = max(int(sizes.sum()), 1)
    quotas = shares // total
    left = count - int(quotas.sum())
    by_remainder = np.argsort(-(shares % total), kind="stable")
    quotas[by_remainder[:left]] += 1
    return quotas
