"""The mathematics of a model, made from its text, says what the text says."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import brianhw.equations
from brianhw.equations import ADEX, DPI_NEURON
from brianhw.model import Block, NeuronModel, SynapseModel
from brianhw.model.mathematics import latex_of, quantities_of


def all_models() -> list[tuple[str, NeuronModel | Block | SynapseModel]]:
    found = []
    for info in pkgutil.iter_modules(brianhw.equations.__path__):
        module = importlib.import_module(f"brianhw.equations.{info.name}")
        found += [
            (f"{info.name}.{name}", each)
            for name, each in vars(module).items()
            if isinstance(each, NeuronModel | Block | SynapseModel)
        ]
    return found


def test_a_differential_equation_is_a_fraction_with_its_condition() -> None:
    (line,) = latex_of("dv/dt = -v/tau_m : volt (unless refractory)\ntau_m : second")
    assert line == r"\frac{dv}{dt} = - \frac{v}{\tau_{m}} \quad \text{unless refractory}"


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("v", "v"), ("tau", r"\tau"), ("I0", "I_{0}"), ("g_L", "g_{L}"), ("V_th", r"V_{\mathrm{th}}"),
        ("Delta_T", r"\Delta_{T}"), ("Isoma_mem", r"\mathrm{Isoma}_{\mathrm{mem}}"), ("tau_w_1", r"\tau_{w\,1}"),
    ],
)  # fmt: skip
def test_names_have_their_index_and_greek_letters(name: str, latex: str) -> None:
    (line,) = latex_of(f"x = {name} : 1")
    assert line == f"x = {latex}"


def test_a_condition_that_counts_is_iverson_s_bracket() -> None:
    (line,) = latex_of("x = int(a > exp(b))*c : 1")
    assert line == r"x = c \, \left[ a > e^{b} \right]"


def test_statements_follow_under_their_title() -> None:
    lines = latex_of("v : volt", threshold="v > 3*mV", reset="v = 0*mV; w += b  # a jump")
    assert lines == [
        r"\text{threshold:} \quad v > 3 \, \mathrm{mV}",
        r"\text{reset:} \quad v \leftarrow 0",
        r"\text{reset:} \quad w \leftarrow b + w",
    ]


def test_equations_stay_in_the_order_of_the_text() -> None:
    begins = [line.split("=")[0].strip() for line in latex_of(ADEX.equations)]
    assert begins == [r"\frac{dv}{dt}", r"\frac{dw}{dt}", r"I_{\mathrm{spike}}", "V"]


def test_quantities_have_units_and_the_comments_beside_them() -> None:
    found = {each.name: each for each in quantities_of(ADEX.equations)}
    assert found["v"] == ("v", "V", "differential equation", "membrane potential")
    assert found["tau_w"] == ("tau_w", "s", "parameter", "adaptation time constant")
    assert {each.unit for each in quantities_of(DPI_NEURON.equations) if each.name == "Isoma_mem"} == {"A"}


@pytest.mark.parametrize(("name", "model"), all_models())
def test_every_model_of_the_library_has_its_mathematics(name: str, model: NeuronModel | Block | SynapseModel) -> None:
    lines = latex_of(model.equations)
    defining = [each for each in quantities_of(model.equations) if each.kind != "parameter"]
    assert len(lines) == len(defining)
    for line in lines:
        assert line.count("{") == line.count("}") and line.count(r"\left") == line.count(r"\right")
