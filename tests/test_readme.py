"""The README's snippets run, and the errors it shows are the ones that a reader gets."""

import re
from pathlib import Path

import matplotlib
import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_snippets_run_and_refusals_read_as_shown(monkeypatch):
    matplotlib.use("Agg")
    python = re.findall(r"```python\n(.*?)```", README, re.S)
    [console] = re.findall(r"```\n(>>> .*?)```", README, re.S)
    assert len(python) == 3
    # compiled code has its own tests
    first = python[0].replace('set_device("cpp_standalone")', "prefs.codegen.target = 'numpy'")
    assert first != python[0]
    names: dict[str, object] = {}
    exec(first, names)
    for call, kind, message in re.findall(r">>> (.*)\n(\w+): ((?:.*\n?)(?:  .*\n?)*)", console):
        with pytest.raises(Exception) as refused:
            exec(call, names)
        assert refused.type.__name__ == kind
        assert one_line(str(refused.value)) == one_line(message)
    for snippet in python[1:]:
        exec(snippet, names)


def test_the_first_page_opens_with_the_two_commands():
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert commands[0].endswith("pip install . && brianhw demo")
    assert commands[1].endswith("pip install '.[test]' && pytest")
    assert README.index(commands[1]) < 400
