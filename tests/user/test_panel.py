"""A panel of biases: a move sets the bias, the network goes on, what it does is redrawn, and a page can show it."""

from __future__ import annotations

import re
import shutil
import sys

import nbformat
import pytest
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, ms, mV, nA, pA, second
from nbclient import NotebookClient

from brianhw import Board, DynapSE1
from brianhw.errors import ParameterError, UnitError, UnknownNameError
from brianhw.panel import bias_panel


def panel(chip=None, **options):
    chip = chip or DynapSE1()
    group = chip.population(5, name="cells")
    spikes, state = SpikeMonitor(group), StateMonitor(group, "Isoma_mem", record=[0])
    network = Network(group, spikes, state)
    network.run(0 * ms)
    return bias_panel(chip.core(0), network, spikes, state, **options)


def test_a_move_sets_the_bias_and_the_network_goes_on():
    made = panel(step=10 * ms)
    made.sliders["Isoma_const"].value = 1e-9  # as by hand
    assert float(made.core.value("Isoma_const")) == 1e-9
    assert float(made.network.t_) == pytest.approx(0.010)
    assert made.labels["Isoma_const"].value == "1 nA"


def test_a_move_changes_rate_and_curves():
    made = panel(step=50 * ms, window=50 * ms)
    made.advance()
    before = made.view.value
    assert made.rates() == {"cells": 0}
    made.set("Isoma_const", 2 * nA)
    made.set("Isoma_const", 2.1 * nA)
    spikes = sum(float(time) >= 0.1 - 1e-9 for time in made._monitors[0].t)
    assert made.rates()["cells"] == pytest.approx(spikes / 5 / 50e-3)
    assert spikes > 0
    assert made.view.value != before
    assert made.view.value.count("<polyline") == 2  # the rate, and the membrane current


def test_playing_goes_on_with_each_tick():
    made = panel(step=5 * ms)
    for tick in (1, 2, 3):
        made.play.value = tick
    assert float(made.network.t_) == pytest.approx(0.015)


def test_a_board_goes_to_the_nearest_code_and_shows_it():
    made = panel(Board(1, mismatch=None))
    made.set("IF_DC_P", 200 * pA)
    code = made.core.codes["IF_DC_P"]
    assert code.current == pytest.approx(200e-12, rel=0.01)
    assert made.labels["IF_DC_P"].value == f"({code.coarse}, {code.fine}) = {code.current * 1e12:.3g} pA"


def test_what_a_core_refuses_is_said_beside_the_slider():
    made = panel(Board(1, mismatch=None), biases=["Isoma_dpi_tau"])
    made.set("Isoma_dpi_tau", 20000 * nA)
    assert "IF_TAU1_N sets Isoma_dpi_tau from 1 pA to 2.4 nA; 20 uA was asked" in made.labels["Isoma_dpi_tau"].value
    assert float(made.network.t_) == 0


def test_curves_are_drawn_from_lowest_to_highest():
    made = panel()
    made.advance()
    drawn = re.findall(r'points="([^"]*)"', made.view.value)[1]
    heights = [float(point.split(",")[1]) for point in drawn.split()]
    assert min(heights) == 1.0
    assert max(heights) == 89.0


def test_usual_biases_are_chosen_or_those_named():
    assert "Isoma_dpi_tau" in panel().sliders
    assert list(panel(biases=["Iampa_w0"]).sliders) == ["Iampa_w0"]
    assert "IF_TAU1_N" in panel(Board(1, mismatch=None)).sliders


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"biases": ["Iampa"]}, UnknownNameError, "bias that is a current 'Iampa'"),
        ({"step": 5 * mV}, UnitError, "step is a time above zero"),
        ({"window": 0 * ms}, UnitError, "window is a time above zero"),
    ],
)
def test_a_panel_says_what_it_cannot_show(change, error, match):
    with pytest.raises(error, match=match):
        panel(**change)


def test_a_panel_is_of_a_core_a_network_and_monitors():
    chip = DynapSE1()
    with pytest.raises(ParameterError, match="is of a core"):
        bias_panel(chip, Network())
    with pytest.raises(ParameterError, match="needs the Network"):
        bias_panel(chip.core(0), None)
    with pytest.raises(ParameterError, match="draws SpikeMonitors"):
        bias_panel(chip.core(0), Network(), SpikeGeneratorGroup(1, [], [] * second))
    made = panel()
    with pytest.raises(UnitError, match="takes a current"):
        made.set("Isoma_const", 3)
    with pytest.raises(UnknownNameError, match="slider"):
        made.set("Isoma_th", 3 * pA)


def test_without_ipywidgets_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ParameterError, match=r"pip install 'brianhw\[notebooks\]'"):
        bias_panel(DynapSE1().core(0), Network())


# -- in a notebook ----------------------------------------------------------------------------------

CELLS = [
    """
from brian2 import *
prefs.codegen.target = "numpy"
from brianhw import DynapSE1
from brianhw.panel import bias_panel
chip = DynapSE1()
cells = chip.population(3, name="cells")
spikes = SpikeMonitor(cells)
network = Network(cells, spikes)
network.run(0*ms)
panel = bias_panel(chip.core(0), network, spikes, step=50*ms, window=100*ms)
panel
""",
    """
panel.advance()
quiet = panel.rates()["cells"]
panel.sliders["Isoma_const"].value = 2e-9
panel.play.value += 1
assert quiet == 0 < panel.rates()["cells"]
assert "at most" in panel.view.value
""",
]


def test_a_slider_moves_in_a_notebook():
    cells = [nbformat.v4.new_code_cell(each) for each in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    NotebookClient(notebook, timeout=120).execute()  # raises what a cell raises
    shown = notebook.cells[0].outputs[0].data
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "<polyline" in shown["text/html"]


# -- in a browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("there is no Chromium")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.mark.parametrize(
    ("width", "text", "page"), [(1280, "rgb(0, 0, 0)", "white"), (390, "rgb(238, 238, 238)", "black")]
)
def test_a_page_shows_the_panel_in_its_own_colours_without_overflow(browser, tmp_path, width, text, page):
    """The sliders themselves need a kernel and the widgets' own scripts; a page without has what they are at."""
    made = panel(Board(1, mismatch=None))
    made.advance()
    file = tmp_path / "panel.html"
    view = '<meta name="viewport" content="width=device-width">'
    file.write_text(f'{view}<body style="color:{text};background:{page}">{made._repr_html_()}</body>')
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    browser.get(file.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    strokes = browser.execute_script(
        "return [...document.querySelectorAll('polyline')].map(each => getComputedStyle(each).stroke)"
    )
    assert strokes == [text, text]
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('svg, table')].map(each => each.getBoundingClientRect().width)"
    )
    assert min(sizes) > 100
    assert browser.execute_script("return getComputedStyle(document.querySelector('td')).color") == text
