"""How a training process treats the memory it has freed."""

import ctypes

M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next allocation, where it is glibc.

    Otherwise each large tensor is mapped afresh and given back when it is freed. A step of training
    frees all its activations, so that the kernel clears the same pages again and again: up to a third
    of the CPU time, where activations are large. The process stays as large as it was at its largest.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, -1)
