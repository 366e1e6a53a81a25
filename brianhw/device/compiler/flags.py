"""What a compiler is asked for: fast or strict code, in a shared library."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

__all__ = ["CANDIDATES", "SUFFIX", "Profile"]

SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"

# Of each line a compiler gets what it accepts.
COMMON = (
    "-std=c++17",
    "-pipe",
    "-fPIC",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
    "-fno-gnu-unique",
    "-fwrapv",
    "-pthread",
)
SHARED = ("-shared", "-Wl,-Bsymbolic", "-pthread")
# The parts of -ffast-math that vectorisation needs. It is not given as such: it lets the compiler assume that
# nothing is infinite or not a number, which models rely on.
FAST = (
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
    "-freciprocal-math",
    # g++ tests at run time that arrays do not overlap, and by default gives a loop over many arrays up instead
    "--param=vect-max-version-for-alias-checks=1000",
    # g++ takes a tenth to a fifth less time; loops measured were as fast
    "-fno-gcse-after-reload",
    "-fveclib=libmvec",  # clang; g++ takes vector functions from the declarations in glibc's headers
)
# glibc declares its vector functions (exp for eight numbers) only where this macro is, and g++ does not define it
# without -ffinite-math-only.
VECTOR_FUNCTIONS = ("-D__FAST_MATH__=1",)
STRICT = ("-fno-fast-math", "-ffp-contract=off")
NATIVE = ("-march=native", "-mcpu=native")  # the first that is accepted
WIDE = ("-mprefer-vector-width=512",)
NEEDED = ("-shared", "-fPIC")  # without these there is nothing to load
CANDIDATES = tuple(dict.fromkeys((*COMMON, *SHARED, *FAST, *STRICT, *NATIVE, *WIDE)))


@dataclass(frozen=True)
class Profile:
    """What generated code is compiled for.

    Parameters
    ----------
    mode : str
        ``"fast"``: sums may be reordered and divisions turned into products, so that loops use vector
        instructions. ``"strict"``: every operation is rounded as IEEE 754 says, as in NumPy.
    optimise : int
        The level: 3 for speed, 0 to compile quickly.
    extra : tuple of str
        More flags; they come last and win.
    """

    mode: Literal["fast", "strict"] = "fast"
    optimise: int = 3
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in ("fast", "strict"):
            raise ValueError(f"There is no profile {self.mode!r}; known: fast, strict.")
