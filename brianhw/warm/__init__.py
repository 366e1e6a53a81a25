"""Scripts started by a process that has imported everything already: ``brianhw run --warm``.

A script of Brian2 spends a second or more on imports. A server of the user's own, which the first warm start leaves
behind, has done them; for each script it makes a copy of itself (``fork``), which takes the caller's folder,
environment, arguments, input and output and is a process of its own. Nothing depends on it: where there is no server,
or one that was started with another environment or another version, the script starts as ever.
"""

from brianhw.warm.client import run_warm

__all__ = ["run_warm"]
