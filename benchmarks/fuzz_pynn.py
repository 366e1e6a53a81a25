"""Try the PyNN back end with much random input: ``python benchmarks/fuzz_pynn.py [calls] [first seed]``.

Prints each call that is neither refused by one of our errors, with nothing changed, nor makes sense.
"""

from __future__ import annotations

import sys
from pathlib import Path

import brian2

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import brianhw.pynn as sim
from pynn_fuzz import Fuzz

CALLS_PER_SCRIPT = 50


def main(calls: int = 5000, first: int = 1) -> int:
    """Return how many calls went wrong."""
    brian2.prefs.codegen.target = "numpy"
    wrong = []
    for seed in range(first, first + calls // CALLS_PER_SCRIPT):
        fuzz = Fuzz(sim, seed)
        for _ in range(CALLS_PER_SCRIPT):
            said = fuzz.one()
            if said:
                wrong.append(f"seed {seed}: {said}")
                print(wrong[-1], flush=True)
    print(f"{calls} calls, {len(wrong)} wrong")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > 0)
