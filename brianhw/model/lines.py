"""Lines of Brian2 text, without parsing them: put together, and asked for the names in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import dedent

__all__ = ["assigned_in", "defined_in", "in_sections", "joined", "names_in", "trimmed", "unshared"]

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def trimmed(text: str) -> str:
    """Return *text* without common indentation and empty ends."""
    return dedent(text).strip("\n").rstrip()


def joined(*texts: str) -> str:
    """Return the *texts* that are not empty, one below the other."""
    return "\n".join(text for text in texts if text)


def in_sections(*parts: tuple[str, str]) -> str:
    """Return the bodies of (title, body) that are not empty, each under its title, with an empty line between."""
    return "\n\n".join(joined(f"# {title}" if title else "", body) for title, body in parts if body)


def names_in(statements: str) -> set[str]:
    """Return the names that *statements* contain, comments left out."""
    code = "\n".join(line.split("#")[0] for line in statements.splitlines())
    return {name for name in IDENTIFIER.findall(code) if name not in {"and", "or", "not"}}


def assigned_in(statements: str) -> set[str]:
    """Return the names that *statements* give a value, which need not be defined elsewhere."""
    return set(re.findall(r"(?m)^\s*([A-Za-z_]\w*)\s*=(?!=)", statements))


def defined_in(equations: str) -> set[str]:
    """Return the names that the lines of *equations* define."""
    names = set()
    for line in equations.splitlines():
        found = re.match(r"\s*(?:d(\w+)/dt\s*=|(\w+)\s*[=:])", line)
        if found:
            names.add(found[1] or found[2])
    return names


def unshared(equations: str, names: Iterable[str]) -> str:
    """Return *equations* in which no subexpression that depends on *names* is flagged as shared any more."""
    varying = set(names)
    lines = equations.splitlines()
    found = True
    while found:
        found = False
        for number, line in enumerate(lines):
            shared = re.match(r"(\s*(\w+)\s*=([^:#]*):[^(#]*)\(shared\)(.*)", line)
            if shared and varying & set(IDENTIFIER.findall(shared[3])):
                lines[number] = f"{shared[1]}{shared[4]}"
                varying.add(shared[2])
                found = True
    return "\n".join(lines)
