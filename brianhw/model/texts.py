"""Brian2 text taken apart and put together, without parsing it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from textwrap import dedent

__all__ = [
    "IDENTIFIER",
    "as_term",
    "assigned_in",
    "defined",
    "initial_text",
    "joined",
    "lines",
    "names_in",
    "unshared",
    "zero_of",
]

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def lines(text: str) -> str:
    return dedent(text).strip("\n").rstrip()


def joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def zero_of(unit: str) -> str:
    """Return zero in a unit, or in one of Brian2's types, which no number can be multiplied by."""
    return {"integer": "0", "boolean": "False"}.get(unit, f"0*{unit}")


def unshared(equations: str, names: Iterable[str]) -> str:
    """Return *equations* in which no subexpression that depends on *names* is flagged as shared any more."""
    varying = set(names)
    found_lines = equations.splitlines()
    found = True
    while found:
        found = False
        for number, line in enumerate(found_lines):
            shared = re.match(r"(\s*(\w+)\s*=([^:#]*):[^(#]*)\(shared\)(.*)", line)
            if shared and varying & set(IDENTIFIER.findall(shared[3])):
                found_lines[number] = f"{shared[1]}{shared[4]}"
                varying.add(shared[2])
                found = True
    return "\n".join(found_lines)


def defined(equations: str) -> set[str]:
    """Return the names that the lines of *equations* define, without parsing them."""
    names = set()
    for line in equations.splitlines():
        found = re.match(r"\s*(?:d(\w+)/dt\s*=|(\w+)\s*[=:])", line)
        if found:
            names.add(found[1] or found[2])
    return names


def as_term(expression: str) -> str:
    """Return *expression* such that a sign before it holds for all of it."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:  # Brian2 says what is wrong with it when the whole is parsed
        return expression
    is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Sub))
    return f"({expression})" if is_sum else expression


def initial_text(initial: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in initial.items())


def names_in(statements: str) -> set[str]:
    code = "\n".join(line.split("#")[0] for line in statements.splitlines())
    return {name for name in IDENTIFIER.findall(code) if name not in {"and", "or", "not"}}


def assigned_in(statements: str) -> set[str]:
    """Return the names that statements give a value, which need not be defined elsewhere."""
    return set(re.findall(r"(?m)^\s*([A-Za-z_]\w*)\s*=(?!=)", statements))
