"""What is left of a loop after whole vector instructions, computed with vector instructions as well.

A loop goes through 64 neurons at a time, since a boolean has one byte. A compiler computes what is left one by one, and
the exponential of one number takes as long as that of eight. So the last neurons, or all of a small group, are copied,
eight at a time, computed together and copied back. The loop itself then needs no second version for what is left, which
takes compilers as long as the first.
"""

from __future__ import annotations

import re

from brianhw.device.code.naming import C_FUNCTIONS

__all__ = ["END", "LOOP", "with_remainder"]

#: Where a template begins and ends a loop over elements that do not depend on each other.
LOOP, END = "// %LOOP%", "// %END%"

_HEAD = "for(int _idx=_first; _idx<_end; _idx++)"
_ELEMENT = re.compile(r"\b_ptr(_array_\w+)\[_idx\]")
_WRITTEN = re.compile(r"^[ \t]*_ptr(_array_\w+)\[_idx\] = ", re.MULTILINE)
_BOOLEAN = re.compile(r"\bchar (\w+ = _few_array_)")
_CALL = re.compile(rf"(?<![\w.])(?:{'|'.join(C_FUNCTIONS)})\(")


def with_remainder(body: str, is_fast: bool) -> str:
    """Return a function that computes all elements of its loop with vector instructions.

    It stays as it is where its loop calls no function of the C library, or goes through a single element.

    Parameters
    ----------
    body : str
        The function.
    is_fast : bool
        Whether its arithmetic is that of vector instructions.
    """
    before, mark, rest = body.partition(LOOP)
    loop, _, after = rest.partition(END)
    elements = list(dict.fromkeys(_ELEMENT.findall(loop)))
    others = _ELEMENT.sub("", loop)
    if not mark or not is_fast or not _CALL.search(loop) or "[" in others:
        return before + loop + after
    own = _BOOLEAN.sub(r"int64_t \1", _ELEMENT.sub(r"_few\1[_event]", loop.partition("{")[2].rpartition("}")[0]))
    together = 16 if re.search(r"\bfloat\b", own) else 8
    lines = [
        "const int _whole = _end & ~63;",
        loop.replace(_HEAD, "for(int _idx = _first & ~63; _idx < _whole; _idx++)"),  # so that nothing is left of it
        f"for(int _begin = _whole; _begin < _end; _begin += {together})",
        "{",
        f"const int _number = std::min({together}, _end - _begin);",
        *(f"brianhw::Wide<decltype(*_ptr{name})> _few{name}[{together}];" for name in elements),
        f"for(int _event = 0; _event < {together}; _event++)",
        "{",
        "const int _idx = _begin + std::min(_event, _number - 1);",
        *(f"_few{name}[_event] = _ptr{name}[_idx];" for name in elements),
        "}",
        f"for(int _event = 0; _event < {together}; _event++)",
        "{",
        "const int _idx = _begin + _event;",
        own,
        "}",
        "for(int _event = 0; _event < _number; _event++)",
        "{",
        *(f"_ptr{name}[_begin + _event] = _few{name}[_event];" for name in dict.fromkeys(_WRITTEN.findall(loop))),
        "}",
        "}",
    ]
    return before + "\n    ".join(lines) + after
