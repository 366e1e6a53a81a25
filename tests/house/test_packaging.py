"""The three ways to have the package: a wheel, an editable install, a checkout that is not installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import brianhw
from paths import CHECKOUT

SOURCES = ["pyproject.toml", "README.md", "LICENSE", "brianhw", "equations", "parameters"]
USE = """
import sys
from brianhw.examples import examples, find
assert len(examples()) > 20 and find("stdp_window").title
import brianhw.equations.dpi, brianhw.parameters.dynapse1, brianhw.compat
from brianhw import chips, DynapSE1
from brianhw.chips.bias_map import BiasMap
assert len(BiasMap.load().lines) == 25
shims = brianhw.compat.available()
assert shims == ("dynapse_simulator", "dynapsetorch", "edlut", "spinnaker", "spynnaker"), shims
print(brianhw.__file__, brianhw.equations.__file__, brianhw.parameters.__file__, sep="\\n")
"""
NO_BARE_NAMES = """
from importlib.util import find_spec
found = [name for name in ("equations", "parameters", "DynapSE", "tests", "docs") if find_spec(name)]
assert not found, found
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**variables, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip_options() -> list[str]:
    """Return what makes pip take everything from this environment, if its setuptools is new enough to build."""
    release = int(metadata.version("setuptools").split(".")[0])
    return ["--no-deps", "--quiet", "--disable-pip-version-check"] + ["--no-build-isolation"] * (release >= 77)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout: building leaves files behind, and old ones would end up in the wheel."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", *pip_options(), "--wheel-dir", folder, sources, cwd=folder)
    (built,) = folder.glob("brianhw-*.whl")
    return built


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Python in a new environment that has all packages of this one except brianhw, as links."""
    environment, packages = tmp_path / "environment", tmp_path / "packages"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    packages.mkdir()
    for entry in {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}:
        for package in [*entry.iterdir(), *_also_on_the_path(entry)]:
            link = packages / package.name
            if "brianhw" not in package.name and package.suffix != ".pth" and not link.exists():
                link.symlink_to(package)
    (site,) = environment.glob("lib/python*/site-packages")  # lib64 is a link to it
    # read in alphabetical order: setuptools' own file, for distutils on Python 3.12, needs the packages before it
    (site / "a-packages.pth").write_text(f"{packages}\n", encoding="utf-8")
    for file in Path(sysconfig.get_path("purelib")).glob("distutils-precedence.pth"):
        shutil.copy(file, site)
    return environment / "bin" / "python"


def _also_on_the_path(folder: Path) -> list[Path]:
    """Return the packages in folders that .pth files of *folder* name."""
    found: list[Path] = []
    for file in folder.glob("*.pth"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("import") and (folder / line.strip()).is_dir():
                found.extend((folder / line.strip()).iterdir())
    return found


def install(python: Path, *what: str | Path) -> None:
    run(sys.executable, "-m", "pip", "--python", python, "install", *pip_options(), *what, cwd=python.parent)


def modules_in(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.py")}


def test_the_package_under_test_is_this_checkout() -> None:
    """An older install, or one with modules that are gone, would be tested in place of the code that is read."""
    again = "the installed package is not this checkout: rm -rf build && pip install '.[test]'"
    package = Path(brianhw.__file__).parent
    installed = modules_in(package)
    written = modules_in(CHECKOUT / "brianhw")
    if (package / "equations").is_dir():
        for folder in ("equations", "parameters"):
            written |= {f"{folder}/{name}": text for name, text in modules_in(CHECKOUT / folder).items()}
    assert sorted(installed) == sorted(written), again
    assert [name for name in written if installed[name] != written[name]] == [], again


# -- the wheel --------------------------------------------------------------------------------------


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    top = {name.split("/")[0] for name in names}
    assert top == {"brianhw", f"brianhw-{brianhw.__version__}.dist-info"}
    expected = {
        "brianhw/py.typed",
        "brianhw/chips/dynapse1_biases.toml",
        "brianhw/compat/dynapse_simulator/DynapSE.py",
        "brianhw/compat/spynnaker/pyNN/spiNNaker.py",
    }
    for folder, inside in (
        ("brianhw", "brianhw"),
        ("equations", "brianhw/equations"),
        ("parameters", "brianhw/parameters"),
    ):
        expected |= {
            f"{inside}/{file.relative_to(CHECKOUT / folder).as_posix()}" for file in (CHECKOUT / folder).rglob("*.py")
        }
    device = CHECKOUT / "brianhw" / "device"
    cpp = [file for pattern in ("*.cpp", "*.h") for file in device.rglob(pattern)]
    expected |= {f"brianhw/device/{file.relative_to(device).as_posix()}" for file in cpp}
    gallery = CHECKOUT / "brianhw" / "gallery"
    expected |= {f"brianhw/gallery/{file.relative_to(gallery).as_posix()}" for file in gallery.rglob("*.rst")}
    in_package = {name for name in names if name.startswith("brianhw/")}
    assert in_package == expected


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        text = archive.read(name).decode()
    assert "License-Expression: CECILL-2.1" in text
    assert "Requires-Python: >=3.11" in text
    assert re.search(r"Requires-Dist: numpy<2\.4; python_version < .3\.13.", text)


def test_an_installed_wheel_works_from_any_folder_and_adds_no_other_name(
    wheel: Path, python: Path, tmp_path: Path
) -> None:
    install(python, wheel)
    files = run(python, "-c", USE + NO_BARE_NAMES, cwd=tmp_path).split()
    environment = python.parent.parent
    assert all(environment in Path(file).parents for file in files)
    assert run(python.with_name("brianhw"), "--version", cwd=tmp_path) == f"brianhw {brianhw.__version__}\n"


# -- without a wheel --------------------------------------------------------------------------------


def test_an_editable_install_works_from_any_folder_and_adds_no_other_name(
    sources: Path, python: Path, tmp_path: Path
) -> None:
    install(python, "--editable", sources)
    files = run(python, "-c", USE + NO_BARE_NAMES, cwd=tmp_path).split()
    assert files == [str(sources / folder / "__init__.py") for folder in ("brianhw", "equations", "parameters")]


def test_a_checkout_that_is_not_installed_works_from_any_folder(sources: Path, python: Path, tmp_path: Path) -> None:
    files = run(python, "-c", USE, cwd=tmp_path, PYTHONPATH=str(sources)).split()
    assert files == [str(sources / folder / "__init__.py") for folder in ("brianhw", "equations", "parameters")]


def test_the_command_works_in_a_checkout_that_is_not_installed(sources: Path, python: Path) -> None:
    assert run(python, "-m", "brianhw", "--version", cwd=sources) == f"brianhw {brianhw.__version__}\n"


# -- what is written twice --------------------------------------------------------------------------


def project() -> dict[str, object]:
    with open(CHECKOUT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)


def test_every_folder_with_modules_is_a_package_of_the_wheel() -> None:
    folders = {
        f"{name}.{'.'.join(file.parent.relative_to(folder).parts)}".rstrip(".")
        for name, folder in (
            ("brianhw", CHECKOUT / "brianhw"),
            ("brianhw.equations", CHECKOUT / "equations"),
            ("brianhw.parameters", CHECKOUT / "parameters"),
        )
        for file in folder.rglob("*.py")
        if not {CHECKOUT / "brianhw" / each for each in ("compat", "gallery", "command")} & set(file.parent.parents)
    }
    assert sorted(folders) == project()["tool"]["setuptools"]["packages"]


def test_the_citation_names_the_version() -> None:
    assert f"version: {brianhw.__version__}\n" in (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8")


def test_every_name_of_the_package_can_be_had() -> None:
    for name in dir(brianhw):
        getattr(brianhw, name)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Chips'"):
        brianhw.Chips  # noqa: B018
