"""Who may import whom: downwards only, so that a chip can be checked without Brian2 and a model without a chip."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SHIMS = {folder for folder in (CHECKOUT / "brianhw" / "compat").iterdir() if folder.is_dir()}
FOLDERS = {"brianhw": CHECKOUT / "brianhw", "equations": CHECKOUT / "equations", "parameters": CHECKOUT / "parameters"}

# Part of the package -> the parts it may import; each may also import itself. `brianhw` is the package's
# own __init__, which imports nothing until it is asked. A new part needs a line here, and a reason.
MAY_IMPORT = {
    "brianhw": set(),
    "errors": set(),
    "device": {"brianhw", "errors"},  # the version, which enters the cache's keys
    "registration": {"device"},
    "timing": {"errors"},  # delays in steps, for plans and for simulations
    "integration": {"errors"},
    "arithmetic": {"errors"},
    "model": {"errors", "integration"},
    "stepped": {"errors", "model"},
    "parameters": {"errors"},
    "equations": {"errors", "model", "arithmetic", "stepped"},  # integer models: SpiNNaker's
    "chips": {"errors"},
    "allocation": {"errors", "chips", "timing"},
    "hardware": {"errors", "chips", "allocation", "equations", "parameters", "model"},
    "plot": {"errors", "chips", "allocation", "hardware"},
    "pynn": {"brianhw", "errors", "device", "equations", "integration", "model", "parameters", "timing"},
    "spinnaker": {
        *("brianhw", "errors", "device", "equations", "integration", "model", "parameters", "pynn"),
        *("arithmetic", "stepped", "allocation", "chips", "timing"),
    },
    "explore": {"brianhw", "errors", "device", "model"},
    "demo": {"errors", "chips", "allocation", "hardware", "equations", "parameters", "model", "plot", "device"},
    "compat": {"errors", "chips", "allocation", "hardware", "equations", "parameters", "model", "spinnaker"},
    "doctor": {"errors", "device"},  # its compiler and cache, the parts that know no Brian2
    "notebooks": {"errors"},
    "scripts": {"errors", "compat", "notebooks"},
    "figures": {"scripts"},
    "cli": {"brianhw", "errors", "chips", "compat", "demo", "device", "doctor", "explore", "scripts"},
    "__main__": {"cli"},
}
# Shims re-export what the library has; they are the only code with the bare names.
MAY_IMPORT["shims"] = set(MAY_IMPORT) | {"shims"}
WITHOUT_BRIAN2 = {
    "brianhw",
    "errors",
    "chips",
    "allocation",
    "timing",
    "doctor",
    "registration",
    "notebooks",
    "scripts",
    "figures",
    "cli",
    "__main__",
}
UNITS_ONLY = {"parameters"}


def part_of(module: str) -> str:
    """Return the part of the package that a module's full name belongs to."""
    return module.split(".")[1] if module.startswith("brianhw.") else module


def imported_modules(source: str) -> list[tuple[int, str]]:
    """Return line and full name of everything that *source* imports, also inside functions.

    Imports for type checkers only are left out: they do not exist when the program runs.
    """
    found = []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module == "brianhw":
                found += [(node.lineno, f"brianhw.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, module))
    return sorted(found)


def faults(part: str, source: str) -> list[str]:
    """Return what is wrong with the imports of a file that belongs to *part*."""
    problems = []
    for line, module in imported_modules(source):
        root = module.split(".")[0]
        if module.startswith("."):
            problems.append(f"line {line}: relative import; write the full name")
        elif root in ("equations", "parameters", "DynapSE") and part != "shims":
            problems.append(f"line {line}: {module}: only the shims may use the bare name; write brianhw.{module}")
        elif root == "brian2" and part in WITHOUT_BRIAN2:
            problems.append(f"line {line}: {part} must work without Brian2")
        elif root == "brian2" and part in UNITS_ONLY and not module.startswith("brian2.units"):
            problems.append(f"line {line}: {part} may import brian2.units only")
        elif root == "brianhw" and not _allowed(part, module):
            problems.append(f"line {line}: {part} must not import {module}")
    return problems


def _allowed(part: str, module: str) -> bool:
    target = part_of(module)
    if target == "__version__":
        target = "brianhw"
    return target == part or target in MAY_IMPORT[part]


def files_with_parts() -> list[tuple[str, Path]]:
    found = []
    for name, folder in FOLDERS.items():
        for file in sorted(folder.rglob("*.py")):
            inside = file.relative_to(folder)
            if SHIMS & set(file.parents):
                part = "shims"
            elif name != "brianhw":
                part = name
            elif inside.parts[0] == "__init__.py":
                part = "brianhw"
            else:
                part = inside.parts[0].removesuffix(".py")
            found.append((part, file))
    return found


@pytest.mark.parametrize(
    ("part", "file"), [pytest.param(*found, id=str(found[1].relative_to(CHECKOUT))) for found in files_with_parts()]
)
def test_imports_point_downwards(part: str, file: Path) -> None:
    assert part in MAY_IMPORT, f"brianhw/{part} is new: say in MAY_IMPORT what it may import"
    assert faults(part, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("chips", "from brianhw.allocation import place"),
        ("chips", "import brian2"),
        ("chips", "def later():\n    from brian2 import ms"),
        ("allocation", "from brianhw.equations.dpi import DPI_NEURON"),
        ("allocation", "from brianhw import hardware"),
        ("equations", "from brianhw.chips import DYNAP_SE1"),
        ("equations", "from equations.dpi import DPI_NEURON"),
        ("hardware", "import parameters"),
        ("hardware", "from . import chip"),
        ("parameters", "from brian2 import NeuronGroup"),
        ("errors", "import brianhw.model"),
        ("model", "if TYPE_CHECKING:\n    pass\nelse:\n    import brianhw.hardware"),
    ],
)
def test_the_check_finds_an_import_that_points_upwards(part: str, source: str) -> None:
    assert len(faults(part, source)) == 1


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("hardware", "from brianhw.chips import DYNAP_SE1\nimport brian2\nimport numpy as np"),
        ("equations", "from brianhw import model"),
        ("equations", "from brianhw.equations.dpi_soma import DPI_SOMA"),
        ("parameters", "from brian2.units import mV, pA"),
        ("chips", "if TYPE_CHECKING:\n    from brian2 import Quantity"),
        ("shims", "from equations.dynapse_eq import *"),
    ],
)
def test_the_check_allows_an_import_that_points_downwards(part: str, source: str) -> None:
    assert faults(part, source) == []


def test_the_parts_form_no_circle() -> None:
    remaining = {part: targets - {part} for part, targets in MAY_IMPORT.items()}
    while remaining:
        lowest = {part for part, targets in remaining.items() if not targets & remaining.keys()}
        assert lowest, f"{sorted(remaining)} import each other in a circle"
        remaining = {part: targets for part, targets in remaining.items() if part not in lowest}


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules and our own that a new Python has after *statement*."""
    code = f"import sys; sys.path.append({str(CHECKOUT)!r}); {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import brianhw",
        "import brianhw.cli, brianhw.compat, brianhw.scripts, brianhw.doctor, brianhw.device.cache",
        "import brianhw.cli; brianhw.cli.main(['cache', 'info'])",
        "dir(__import__('brianhw'))",
    ],
)
def test_the_package_and_its_command_import_neither_brian2_nor_numpy_nor_matplotlib(statement: str) -> None:
    assert not modules_after(statement) & {"brian2", "numpy", "matplotlib", "sympy"}


@pytest.mark.parametrize("part", ["errors", "chips", "allocation"])
def test_chips_are_planned_without_brian2(part: str) -> None:
    assert "brian2" not in modules_after(f"import brianhw.{part}")


def test_a_library_model_is_text_until_it_is_used() -> None:
    assert "brian2" not in modules_after("import brianhw.equations.dpi")
