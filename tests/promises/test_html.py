"""What a notebook shows: escaped, closed, in the reader's colours, and wide tables scroll."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from brian2 import SpikeGeneratorGroup, nA, second

from brianhw import Board, DynapSE1, html
from brianhw.allocation import Plan
from brianhw.allocation.network import PopulationRequest, plan_network
from brianhw.chips import DYNAP_SE1
from brianhw.equations.adex import ADEX
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_current
from brianhw.equations.stdp import pair_stdp
from brianhw.explore import sweep, zipped
from brianhw.explore.grids import grid_of
from brianhw.model import NeuronModel
from brianhw.parameters import lif
from brianhw.spinnaker.compare import Comparison, PopulationComparison


def board():
    made = Board(1, mismatch=None)
    source = SpikeGeneratorGroup(2, [], [] * second)
    cells = made.population(3, name="cells")
    made.connect(source, cells, "AMPA", weight=2)
    return made


def comparison():
    spikes = np.array([0]), np.array([3])
    return Comparison(10.0, 1.0, (PopulationComparison("<b>", 3, 10, 1.0, spikes, spikes),))


def failed():
    def model(x):
        if x < 2:
            raise ValueError("<too small>")
        return {"y": x}

    return sweep(model, {"x": [1, 2]}, device=None, quiet=True, progress=False).sweep


SHOWN = {
    "neuron": lambda: ADEX,
    "block": lambda: exponential_current("exc"),
    "synapse": lambda: pair_stdp("ge", "amp"),
    "parameters": lambda: lif.NEST_DEFAULTS,
    "chip": DynapSE1,
    "board": board,
    "core": lambda: board().core(0),
    "summary": lambda: board().summary(),
    "placement": lambda: Plan(DYNAP_SE1).place("<cells>", 300, spread=True).placements["<cells>"],
    "report": lambda: Plan(DYNAP_SE1).place("<cells>", 3).report(),
    "comparison": comparison,
    "network": lambda: plan_network(Plan(DYNAP_SE1), [PopulationRequest("<cells>", 3)]),
    "description": lambda: DYNAP_SE1,
    "grid": lambda: grid_of({"I_ext": np.arange(9) * nA, "k": [1, 2]}),
    "failures": failed,
}


class Balanced(HTMLParser):
    """Fails where a tag is not closed in order, and gathers the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, ...]] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tuple(self.open))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.filterwarnings("ignore:1 of 2 points failed")
def test_what_is_shown_is_closed_and_scrolls_in_the_readers_colours(name):
    shown = SHOWN[name]()._repr_html_()
    parser = Balanced()
    parser.feed(shown)
    assert parser.open == []
    for path in parser.seen:
        assert path[-1] not in ("table", "pre") or "div" in path
        assert path[-1] in {"p", "div", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre"}
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|white;|black", " ".join(re.findall(r'style="([^"]*)"', shown)))
    assert "overflow-x:auto" in shown


def test_text_is_escaped():
    for made in (
        html.table(["<a>"], [["<b>"]], ["<c>"]), html.paragraph("<d>"), html.bullets(["<e>"]), html.preformatted("<f>"),
    ):  # fmt: skip
        assert not re.search("<[a-f]>", made)
    assert "&lt;cells&gt;" in SHOWN["placement"]()._repr_html_()


def test_a_model_shows_its_text_and_the_unit_of_each_name():
    shown = LIF._repr_html_()
    assert "dv/dt = (g_L*(E_L - v) + I_syn + I_ext)/C_m" in shown
    rows = re.findall(r"<tr>(.*?)</tr>", shown)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    assert ["C_m", "parameter", "F", "constant"] in cells
    assert ["v", "state variable", "V", "unless refractory"] in cells


def test_a_model_with_a_mistake_is_shown_with_the_mistake():
    assert "which nothing defines" in NeuronModel("wrong", "dv/dt = x/second : 1")._repr_html_()


def test_a_grid_says_how_many_points_it_has():
    assert "18 points, all combinations" in grid_of({"a": range(9), "b": [1, 2]})._repr_html_()
    assert "2 points, together" in zipped({"a": [1, 2], "b": [3, 4]})._repr_html_()


def test_failures_of_a_sweep_are_a_table():
    with pytest.warns(UserWarning, match="1 of 2 points failed"):
        shown = failed()._repr_html_()
    assert "<p>1 point failed:" in shown
    assert "&lt;too small&gt;" in shown
