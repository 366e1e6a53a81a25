"""The C++ compiler: which one, what it is exactly, which flags it takes, and how it builds a shared library.

Nothing here imports Brian2 or NumPy.
"""

from brianhw.device.compiler.compiler import Compiler
from brianhw.device.compiler.finding import find, trouble_with
from brianhw.device.compiler.flags import SUFFIX, Profile
from brianhw.device.compiler.processes import GET_COMPILER, interrupt

__all__ = ["GET_COMPILER", "SUFFIX", "Compiler", "Profile", "find", "interrupt", "trouble_with"]
