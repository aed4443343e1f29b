"""Freed memory is kept for the next allocation. In a process of its own: it holds for all of it."""

import subprocess
import sys

PROGRAM = """
import ctypes, resource
from workers.training.memory import keep_freed_memory

library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    memory = library.malloc(64_000_000)
    ctypes.memset(memory, 1, 64_000_000)
    library.free(memory)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
print(faults(), faults())
"""


def test_memory_that_was_freed_is_not_mapped_again() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    first, second = map(int, ran.stdout.split())
    assert second < first / 10
