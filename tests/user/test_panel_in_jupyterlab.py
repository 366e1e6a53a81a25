"""The panel of biases in JupyterLab: its sliders are moved as a user moves them, in a browser without a network."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab
import pages

CELL = """
from brian2 import *
prefs.codegen.target = "numpy"
from brianhw import Board
from brianhw.panel import bias_panel
board = Board(seed=1)
cells = board.population(4, core="C0c1", name="cells")
spikes, potential = SpikeMonitor(cells), StateMonitor(cells, "Isoma_mem", record=[0])
network = Network(board.objects, spikes, potential)
network.run(20*ms)
panel = bias_panel(board.core("C0c1"), network, spikes, potential, biases=["IF_DC_P", "IF_TAU1_N", "Isoma_dpi_tau"])
panel
"""


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    if pages.chromium() is None:
        pytest.skip("no Chromium here")
    folder: Path = tmp_path_factory.mktemp("panel")
    with lab.opened(folder, CELL) as open_lab:
        open_lab.run_all()
        open_lab.until(lambda: open_lab.all(".widget-html svg polyline"))
        yield open_lab


def code(panel: lab.Lab, slider: int = 0) -> str:
    return str(panel.all(".widget-hbox .widget-html")[slider].text)


def picture(panel: lab.Lab) -> str:
    return str(panel.driver.execute_script(
        "return [...document.querySelectorAll('.jp-Notebook .widget-html svg')].map(each => each.outerHTML).join()"
    ))  # fmt: skip


def press(panel: lab.Lab, key: str, slider: int = 0) -> float:
    """Press a key on a slider; return after how many seconds its code and the picture were others."""
    before, begin = (code(panel, slider), picture(panel)), time.monotonic()
    panel.all(".noUi-handle")[slider].send_keys(key)
    panel.until(lambda: code(panel, slider) != before[0])
    panel.until(lambda: picture(panel) != before[1])
    return time.monotonic() - begin


def current(panel: lab.Lab) -> float:
    number, prefix = re.search(r"= ([\d.]+) ([pnu])A", code(panel)).groups()
    return float(number) * {"p": 1e-12, "n": 1e-9, "u": 1e-6}[prefix]


def test_in_jupyterlab_a_key_moves_a_slider_and_code_and_picture_follow(panel: lab.Lab) -> None:
    from selenium.webdriver.common.keys import Keys

    before = current(panel)
    took = [press(panel, Keys.ARROW_RIGHT) for _ in range(3)]
    assert current(panel) > before
    assert re.fullmatch(r"\(\d, \d+\) = [\d.]+ [pnu]A", code(panel))
    assert min(took) < 5  # 0.2 s on a quiet machine: 20 ms of network, and the way there and back


def test_in_jupyterlab_a_click_on_a_slider_is_a_move_and_neurons_that_get_enough_spike_in_the_picture(
    panel: lab.Lab,
) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    slider = panel.all(".noUi-target")[0]
    place = round(0.05 * slider.size["width"])  # right of its middle: some nA
    ActionChains(panel.driver).move_to_element_with_offset(slider, place, 0).click().perform()
    panel.until(lambda: 1e-9 < current(panel) < 20e-9)
    press(panel, Keys.ARROW_RIGHT)
    panel.until(lambda: "rate of cells: now 0.0" not in panel.outputs())
    assert re.search(r"rate of cells: now [1-9][\d.]* Hz", panel.outputs())


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_in_jupyterlab_all_of_a_panel_can_be_read(panel: lab.Lab, theme: str) -> None:
    panel.command("apputils:change-theme", theme=theme)
    selector = ", ".join(f".jp-Notebook {each}" for each in (".widget-label", ".widget-html p", ".widget-html-content"))
    script = pages.PALE.replace("const texts = ['p', 'td', 'th', 'pre', 'h1', 'h2'].map(name => 'article ' + name);",
                                f"const texts = [{selector!r}];")  # fmt: skip
    assert script != pages.PALE
    panel.until(lambda: panel.driver.execute_script("return document.body.dataset.jpThemeLight") == str(
        theme.endswith("Light")).lower())  # fmt: skip
    panel.until(lambda: not panel.driver.execute_script(script))


CUT = """
const room = document.querySelector('.jp-Notebook .jp-OutputArea-output').getBoundingClientRect();
const parts = document.querySelectorAll('.jp-Notebook .widget-vbox :is(.widget-label, .widget-html-content, svg, p)');
return [...parts].filter(each =>
    each.scrollWidth > each.clientWidth + 1 && each.tagName !== 'svg'
    || each.getBoundingClientRect().right > room.right + 1
).map(each => each.outerHTML.slice(0, 200));
"""


def test_in_jupyterlab_nothing_of_a_panel_is_cut(panel: lab.Lab) -> None:
    assert panel.driver.execute_script(CUT) == []


def test_in_jupyterlab_what_a_core_refuses_is_said_beside_its_slider_and_not_cut(panel: lab.Lab) -> None:
    from selenium.webdriver.common.keys import Keys

    width = panel.all(".noUi-target")[2].size["width"]
    panel.all(".noUi-handle")[2].send_keys(Keys.END)
    panel.until(lambda: "was asked" in code(panel, 2))
    assert panel.driver.execute_script(CUT) == []
    assert panel.all(".noUi-target")[2].size["width"] == width
