"""Many random models and expressions, on Brian2's NumPy target and on the device; prints what differs.

python benchmarks/random_models.py [--first 0] [--number 50] [--mode fast strict]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from random_models import compare, compare_expressions  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=50)
    parser.add_argument("--mode", nargs="+", choices=["fast", "strict"], default=["fast", "strict"])
    asked = parser.parse_args()
    count = {"equal": 0, "different": 0, "refused by NumPy": 0}
    for seed in range(asked.first, asked.first + asked.number):
        for mode in asked.mode:
            for kind in (compare_expressions, compare):
                found = kind(seed, mode)
                count["refused by NumPy" if found is None else "different" if found else "equal"] += 1
                for line in found or []:
                    print(f"{kind.__name__}({seed}, {mode!r}): {line}", flush=True)
    print(", ".join(f"{number} {name}" for name, number in count.items()))


if __name__ == "__main__":
    main()
