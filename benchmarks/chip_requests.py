"""Random requests of chips against a book kept by hand: ``python benchmarks/chip_requests.py --sequences 200``.

Nothing is timed: this is the long form of ``tests/properties/test_chip_requests.py``. It prints how many requests were
met, which refusals were foretold, and stops at the first that the book does not expect, with the seed that repeats it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from brian2 import BrianLogger, prefs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from chip_requests import CHIPS, make_requests  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=100, help="for each chip")
    parser.add_argument("--requests", type=int, default=40, help="in each sequence")
    parser.add_argument("--first", type=int, default=0, help="seed of the first sequence")
    options = parser.parse_args()
    prefs.codegen.target = "numpy"
    BrianLogger.suppress_name("unused_brian_object")  # most sequences are not run
    for chip in CHIPS:
        met, refusals = 0, Counter[str]()
        for seed in range(options.first, options.first + options.sequences):
            try:
                done = make_requests(chip, seed, options.requests, run=seed % 10 == 0)
            except BaseException:
                print(f"{chip}, seed {seed}:", file=sys.stderr)
                raise
            met += done.met
            refusals += done.refusals
        print(f"{chip}: {met} requests met, refused as foretold: {dict(refusals)}", flush=True)


if __name__ == "__main__":
    main()
