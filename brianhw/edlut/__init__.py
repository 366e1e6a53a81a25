"""EDLUT's Python interface on brianhw: ``import brianhw.edlut as pyedlut``.

Scripts written for EDLUT run as compiled code, and bad input raises instead of ending the process.
"""

from brianhw.edlut.simulation import PyModelDescription, PySimulation_API
from brianhw.errors import EdlutError, EdlutWarning

__all__ = ["EdlutError", "EdlutWarning", "PyModelDescription", "PySimulation_API"]
