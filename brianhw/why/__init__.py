"""Why neurons are silent: what they are not connected to, what never came, and what keeps them below their threshold.

``why_silent(group)`` looks at Brian2 groups, populations on chips and PyNN populations after a run; ``brianhw why``
does so for all of a script.
"""

from brianhw.why.asking import why_silent
from brianhw.why.explanation import Cause, Explanation, Explanations

__all__ = ["Cause", "Explanation", "Explanations", "why_silent"]
