"""The README's snippets run, and the errors it shows are the ones that a reader gets."""

import re
import subprocess
import sys

import pytest

from paths import CHECKOUT, environment_of

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")

REFUSED = """
try:
    {call}
except Exception as error:
    print("REFUSED", type(error).__name__, " ".join(str(error).split()))
"""


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.slow
@pytest.mark.standalone
def test_snippets_run_and_refusals_read_as_shown(tmp_path):
    python = re.findall(r"```python\n(.*?)```", README, re.S)
    [console] = re.findall(r"```\n(>>> .*?)```", README, re.S)
    refusals = re.findall(r">>> (.*)\n(\w+): ((?:.*\n?)(?:  .*\n?)*)", console)
    assert len(python) == 9
    assert len(refusals) == 2
    script = tmp_path / "readme.py"
    script.write_text("\n".join([python[0], *(REFUSED.format(call=call) for call, _, _ in refusals), *python[1:]]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        cwd=tmp_path,
        env=environment_of(MPLBACKEND="Agg"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    shown = [f"REFUSED {kind} {one_line(message)}" for _, kind, message in refusals]
    assert [line for line in done.stdout.splitlines() if line.startswith("REFUSED")] == shown
    assert "80 of 1024 neurons used" in done.stdout


def test_the_twin_of_the_readme_has_a_gradient():
    pytest.importorskip("torch")
    [code] = re.findall(r"```py\n(.*?)```", README, re.S)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["spikes"].shape == (300, 8, 3)
    [parameter] = names["module"].parameters()
    assert (parameter.grad != 0).all()


def test_the_first_page_opens_with_the_two_commands():
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert commands[0].endswith("pip install . && brianhw demo")
    assert commands[1].endswith("pip install '.[test]' && pytest")
    assert README.index(commands[1]) < 400
