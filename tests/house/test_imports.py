"""Who may import whom: downwards only, so that a chip can be checked without Brian2 and a model without a chip.

Imports count wherever they stand: in a function, and also where only a type checker reads them.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from paths import CHECKOUT

SHIMS = {folder for folder in (CHECKOUT / "brianhw" / "compat").iterdir() if folder.is_dir()}
FOLDERS = {"brianhw": CHECKOUT / "brianhw", "equations": CHECKOUT / "equations", "parameters": CHECKOUT / "parameters"}

# Room of the package -> the rooms it may import; each may also import itself. A room is a module or a folder of
# modules below `brianhw`; the longest name that a module's begins with is its room. A new one needs a line here, and a
# reason. Lower rooms come first; what stands between two lines of dashes may be used by all below.
MAY_IMPORT: dict[str, set[str]] = {
    "version": set(),
    "errors": set(),
    "html": set(),
    "timing": {"errors"},
    "bars": set(),
    "late": set(),
    "parameters": {"errors", "html"},
    "chips": {"errors", "html"},
    "allocation": {"errors", "html", "timing", "chips"},
    "integration": {"errors"},
    "arithmetic": {"errors"},
    "model": {"errors", "html", "integration"},
    "stepped": {"errors", "model"},
    # integer models: SpiNNaker's; neurons say when they are near a spike
    "equations": {"errors", "integration", "model", "arithmetic", "stepped"},
    # -- the device knows Brian2 only
    "device.cache": {"errors"},
    "device.compiler": {"errors"},
    "device.mending": {"errors"},
    "device.core": {"errors"},
    "device.code": {"device.mending"},
    "device.library": {"version", "errors", "device.cache", "device.compiler", "device.core", "device.code"},
    "device.running": {"errors", "bars", "device.mending", "device.core", "device.code", "device.library"},
    "device.history": {"errors", "device.mending", "device.core"},
    "device": {
        *("errors", "device.mending", "device.core", "device.code"),
        *("device.library", "device.running", "device.history"),
    },
    "runs": set(),
    "registration": {"device", "late", "runs"},
    # -- why neurons are silent, of Brian2's objects and of what chips and PyNN make of them
    "why": {"errors", "html", "runs"},
    # -- the user's chips
    "hardware": {"errors", "html", "chips", "allocation", "equations", "parameters", "model", "why"},
    # -- the PyNN back end: what may be said, what things are, how they are wired, what becomes of them, the script's
    "pynn.checks": {"errors"},
    "pynn.models": {"errors", "timing", "equations", "model", "pynn.checks"},
    "pynn.wiring": {"errors", "pynn.checks"},
    "pynn.building": {"errors", "bars", "device", "device.mending", "model", "pynn.checks", "pynn.models"},
    "pynn": {"errors", "timing", "late", "runs", "pynn.checks", "pynn.models", "pynn.wiring", "pynn.building"},
    "pynn.v04": {"errors", "equations", "pynn", "pynn.checks", "pynn.models", "pynn.wiring"},
    "spinnaker": {
        *("errors", "html", "timing", "chips", "allocation", "arithmetic", "equations"),
        *("pynn", "pynn.checks", "pynn.models", "pynn.building"),
    },
    # -- EDLUT's interface: what may be asked for, what becomes of it, the script's
    "edlut.catalogue": {"errors", "equations", "model", "parameters"},
    "edlut.kinds": set(),
    "edlut.delivery": set(),
    "edlut.described": {"errors", "edlut.catalogue", "edlut.delivery", "edlut.kinds"},
    "edlut.currents": {"edlut.catalogue", "edlut.delivery", "edlut.described"},
    "edlut.building": {
        *("errors", "integration", "device", "equations", "model", "parameters"),
        *("edlut.catalogue", "edlut.delivery", "edlut.described", "edlut.kinds", "edlut.currents"),
    },
    "edlut": {
        *("errors", "edlut.catalogue", "edlut.delivery", "edlut.described", "edlut.kinds", "edlut.currents"),
        "edlut.building",
    },
    "explore.parts": {"model"},
    "explore": {"version", "errors", "html", "bars", "late", "device", "model", "explore.parts"},
    # -- figures: of chips, spikes, and of what models do, which sweeps tell
    "plot": {"errors", "chips", "allocation", "hardware", "model", "explore"},
    # -- differentiable twins
    "torch": {"errors", "chips", "device", "model"},
    # -- at the top
    "panel": {"errors", "html", "hardware"},
    "demo": {"errors", "hardware", "plot", "device"},
    "compat": {"errors", "chips", "allocation", "hardware", "equations", "parameters", "spinnaker", "torch"},
    "new_files": {"errors"},
    "examples": {"errors", "new_files"},
    "command": {"errors", "new_files", "examples"},
    "doctor": {"errors", "device.cache", "device.compiler"},
    "notebooks": {"errors"},
    "scripts": {"errors", "registration", "compat", "notebooks"},
    "figures": {"scripts"},
    "warm": {"version", "errors", "device.cache"},
    "cli": {
        *(
            "version",
            "errors",
            "chips",
            "command",
            "demo",
            "device.cache",
            "doctor",
            "explore",
            "scripts",
            "warm",
            "why",
        ),
    },
    "warm.server": {"cli", "warm"},  # it runs the command in a copy of itself
    "__main__": {"cli"},
}
# The package's own face names what it fetches later; nothing imports it.
MAY_IMPORT["brianhw"] = set(MAY_IMPORT)
# Shims re-export what the library has; they are the only code with the bare names.
MAY_IMPORT["shims"] = set(MAY_IMPORT) | {"shims"}
WITHOUT_BRIAN2 = {
    "timing",
    "brianhw",
    "version",
    "errors",
    "html",
    "chips",
    "allocation",
    "device.cache",
    "device.compiler",
    "doctor",
    "new_files",
    "examples",
    "command",
    "registration",
    "late",
    "notebooks",
    "scripts",
    "figures",
    "warm",
    "cli",
    "__main__",
}
UNITS_ONLY = {"parameters"}


def room_of(module: str) -> str:
    """Return the room that a module's full name belongs to; the package itself is one."""
    parts = module.split(".")
    if parts[0] != "brianhw" or len(parts) == 1:
        return parts[0]
    names = (".".join(parts[1:end]) for end in range(len(parts), 1, -1))
    return next((name for name in names if name in MAY_IMPORT), parts[1])


def imported_modules(source: str) -> list[tuple[int, str]]:
    """Return line and full name of everything that *source* imports, wherever it stands.

    What is imported of a package is taken for a module of it where there is such a module.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            inside = [f"{module}.{alias.name}" for alias in node.names]
            found += [(node.lineno, each if each in FILES or module == "brianhw" else module) for each in inside]
    return sorted(set(found))


def faults(room: str, source: str) -> list[str]:
    """Return what is wrong with the imports of a file that belongs to *room*."""
    problems = []
    for line, module in imported_modules(source):
        root = module.split(".")[0]
        if module.startswith("."):
            problems.append(f"line {line}: relative import; write the full name")
        elif root in ("equations", "parameters", "DynapSE") and room != "shims":
            problems.append(f"line {line}: {module}: only the shims may use the bare name; write brianhw.{module}")
        elif root == "brian2" and room in WITHOUT_BRIAN2:
            problems.append(f"line {line}: {room} must work without Brian2")
        elif root == "brian2" and room in UNITS_ONLY and not module.startswith("brian2.units"):
            problems.append(f"line {line}: {room} may import brian2.units only")
        elif root == "brianhw" and not (room_of(module) == room or room_of(module) in MAY_IMPORT[room]):
            problems.append(f"line {line}: {room} must not import {module}")
    return problems


def modules() -> Iterator[tuple[str, Path]]:
    """Give every module of the package, by its full name, and the shims by that of the package that has them.

    Examples and templates are no modules: they import what a user's script would.
    """
    for name, folder in FOLDERS.items():
        scripts = [file for part in ("gallery", "command/templates") for file in (folder / part).rglob("*.py")]
        for file in sorted(set(folder.rglob("*.py")) - set(scripts)):
            inside = file.relative_to(folder).with_suffix("").parts
            parts = [each for each in (name, *inside) if each != "__init__"]
            yield ".".join(["brianhw", *parts] if name != "brianhw" else parts), file


FILES = {name: file for name, file in modules() if not SHIMS & set(file.parents)}
PLACES = [(room_of(name), file) for name, file in FILES.items()]
PLACES += [("shims", file) for _, file in modules() if SHIMS & set(file.parents)]


@pytest.mark.parametrize(
    ("room", "file"), [pytest.param(*each, id=str(each[1].relative_to(CHECKOUT))) for each in PLACES]
)
def test_imports_point_downwards(room: str, file: Path) -> None:
    assert room in MAY_IMPORT, f"brianhw/{room} is new: say in MAY_IMPORT what it may import"
    assert faults(room, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "source"),
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
        ("model", "if TYPE_CHECKING:\n    import brianhw.hardware"),
        ("device", "from brianhw import __version__"),
        ("device.compiler", "import brian2"),
        ("device.code", "from brianhw.device.library.program import Program"),
        ("pynn.checks", "from brianhw.pynn.simulator import state"),
        ("pynn.models", "def later():\n    from brianhw.pynn import simulator"),
        ("pynn.models", "from brianhw.pynn.wiring.connect import connect"),
        ("pynn.wiring", "import brianhw.pynn"),
        ("pynn.building", "if TYPE_CHECKING:\n    from brianhw.pynn.projections import Projection"),
        ("pynn", "from brianhw.pynn.v04 import Population"),
    ],
)
def test_the_check_finds_an_import_that_points_upwards(room: str, source: str) -> None:
    assert len(faults(room, source)) == 1


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("hardware", "from brianhw.chips import DYNAP_SE1\nimport brian2\nimport numpy as np"),
        ("equations", "from brianhw import model"),
        ("equations", "from brianhw.equations.dpi_soma import DPI_SOMA"),
        ("parameters", "from brian2.units import mV, pA"),
        ("pynn", "from brianhw.pynn.building import network"),
        ("pynn.building", "from brianhw.pynn.models.grid import grid"),
        ("pynn.v04", "import brianhw.pynn as sim"),
        ("shims", "from equations.dynapse_eq import *"),
    ],
)
def test_the_check_allows_an_import_that_points_downwards(room: str, source: str) -> None:
    assert faults(room, source) == []


def circles(imports: Mapping[str, set[str]]) -> list[set[str]]:
    """Return the sets of names that import each other in a circle."""
    reached = {name: set(targets) for name, targets in imports.items()}
    for middle in imports:
        for targets in reached.values():
            if middle in targets:
                targets |= reached[middle]
    found = [{other for other in targets if name in reached.get(other, ())} for name, targets in reached.items()]
    return [each for number, each in enumerate(found) if each and each not in found[:number]]


def test_the_rooms_form_no_circle() -> None:
    assert circles({room: targets - {room} for room, targets in MAY_IMPORT.items()}) == []


def test_the_modules_of_the_package_form_no_circle() -> None:
    imports = {}
    for name, file in FILES.items():
        found = {module for _, module in imported_modules(file.read_text(encoding="utf-8"))}
        imports[name] = found & FILES.keys() - {name}
    imports["brianhw"] = set()  # the names that it fetches later
    assert circles(imports) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]


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
