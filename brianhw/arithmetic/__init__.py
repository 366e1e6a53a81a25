"""Number formats of chips, bit exact, for NumPy arrays, Cython and C++ alike."""

from brianhw.arithmetic import s1615
from brianhw.arithmetic.translation import IntegerFunction, integer_function

__all__ = ["IntegerFunction", "integer_function", "s1615"]
