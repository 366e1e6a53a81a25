"""What finding a compiled model in the cache costs: a library of 200 KB alone, and with as much source beside it.

Every byte is digested at every hit, so the digest alone is measured beside it, in turn.

    python benchmarks/cache_hit.py [--bytes 200000] [--repeats 15]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from pathlib import Path
from statistics import median
from timeit import timeit

from brianhw.device.cache import Cache, key_of

CALLS = 20


def measure(size: int, names: list[str], repeats: int) -> tuple[float, float]:
    """Return milliseconds per hit of an entry with *names* of *size* bytes each, and of their digests alone."""
    contents = os.urandom(size)

    def build(folder: Path) -> None:
        for name in names:
            (folder / name).write_bytes(contents)

    with tempfile.TemporaryDirectory() as folder:
        cache, key = Cache(Path(folder)), key_of(contents)
        cache.get(key, build)
        hits, digests = [], []
        for _ in range(repeats):
            hits.append(timeit(lambda: cache.get(key, build), number=CALLS) / CALLS)
            digests.append(timeit(lambda: [hashlib.sha256(contents).digest() for _ in names], number=CALLS) / CALLS)
    return 1e3 * median(hits), 1e3 * median(digests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    for names in (["model.so"], ["model.so", "model.cpp"]):
        hit, digest = measure(options.bytes, names, options.repeats)
        print(f"{' + '.join(names):24} hit {hit:.2f} ms, of it digest {digest:.2f} ms")


if __name__ == "__main__":
    main()
