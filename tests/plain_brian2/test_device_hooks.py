"""What the device relies on in Brian2 is there. A failure here says what a new Brian2 has changed."""

from __future__ import annotations

import inspect
import re
from importlib.resources import files
from pathlib import Path

import brian2
import pytest
from brian2 import (
    BrianObject,
    Clock,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    get_device,
    ms,
    set_device,
)  # fmt: skip
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.codegen.statements import Statement
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import ArrayVariable, DynamicArrayVariable, VariableView
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import Device
from brian2.groups.group import CodeRunner
from brian2.synapses.synapses import SynapticPathway

import brianhw.device.device as ours
from brianhw.device.mending import caches

TEMPLATES = Path(ours.__file__).parent / "code" / "templates"
CHANGED = f"Brian2 {brian2.__version__} has changed {{}}, on which the brianhw device relies: see brianhw/device/{{}}."


def relies(holds: bool, what: str, where: str) -> None:
    assert holds, CHANGED.format(what, where)


@pytest.mark.parametrize(
    ("owner", "name", "parameters", "where"),
    [
        (Device, "activate", "build_on_run kwargs", "device.py"),
        (Device, "code_object", "owner name abstract_code variables template_name variable_indices codeobj_class "
         "template_kwds override_conditional_write compiler_kwds", "device.py"),
        (Device, "code_object_class", "codeobj_class fallback_pref", "device.py"),
        (Device, "get_array_name", "var access_data", "values.py"),
        (Device, "spike_queue", "source_start source_end", "values.py"),
        (Network, "before_run", "run_namespace", "running/prepare.py"),
        (Network, "after_run", "", "running/simulation.py"),
        (Clock, "_calc_timestep", "target_t", "running/plan.py"),
        (BrianObject, "before_run", "run_namespace", "running/watch.py"),
        (CPPCodeGenerator, "translate_statement", "statement", "code/generator.py"),
        (CPPCodeGenerator, "translate_statement_sequence", "sc_statements ve_statements", "code/generator.py"),
        (SynapticPathway, "initialise_queue", "", "code/codeobject.py"),
        (SynapticPathway, "push_spikes", "", "code/codeobject.py"),
    ],
)  # fmt: skip
def test_a_method_takes_what_it_took(owner: type, name: str, parameters: str, where: str) -> None:
    method = getattr(owner, name, None)
    relies(method is not None, f"{owner.__name__}.{name}", where)
    found = list(inspect.signature(inspect.unwrap(method)).parameters)
    relies([each for each in found if each != "self"] == parameters.split(), f"{owner.__name__}.{name}{found}", where)


def test_a_run_is_handed_to_the_device_with_the_arguments_that_it_takes() -> None:
    run = Network.run.original_function
    taken = set(inspect.signature(ours.BrianHWDevice.network_run).parameters)
    given = set(inspect.signature(getattr(run, "_orig_func", run)).parameters)  # check_units keeps the function there
    relies(given - {"self"} <= taken, f"the arguments of Network.run to {sorted(given)}", "device.py")


def test_objects_have_the_attributes_that_are_read() -> None:
    net = Network()
    group = NeuronGroup(1, "dv/dt = -v/ms : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(group, group, on_pre="v_post += 1")
    spikes = SpikeGeneratorGroup(1, [0], [1] * ms)
    array = TimedArray([1.0], dt=1 * ms)
    for thing, names, where in [
        (net, "_schedule objects sorted_objects t_ _profiling_info", "device.py"),
        (Network, "_globally_stopped _globally_running", "device.py"),
        (group, "_code_objects _contained_objects _clock namespace active clock", "running/watch.py"),
        (group.thresholder["spike"], "codeobj_class abstract_code", "running/prepare.py"),
        (synapses.pre, "queue _delays synapse_sources eventspace_name source", "running/plan.py"),
        (spikes, "_spikes_changed", "running/plan.py"),
        (array, "values implementations", "code/writing.py"),
        (group.clock, "variables epsilon_dt set_interval", "running/plan.py"),
    ]:
        for name in names.split():
            relies(hasattr(thing, name), f"{type(thing).__name__}.{name}", where)
    relies(isinstance(group.thresholder["spike"], CodeRunner), "the class of runners", "running/prepare.py")
    relies(issubclass(DynamicArrayVariable, ArrayVariable), "the classes of variables", "core/arrays.py")


@pytest.mark.parametrize("template", sorted(file.name for file in TEMPLATES.glob("*.cpp")))
def test_our_templates_use_the_variables_that_brian2s_use(template: str) -> None:
    of_brian2 = "stateupdate.cpp" if template == "poisson_input.cpp" else template  # of which Brian2 makes that, too
    theirs = files("brian2.devices.cpp_standalone") / "templates" / of_brian2
    relies(theirs.is_file(), f"the template {template}", f"code/templates/{template}")

    def used(text: str) -> set[str]:
        return {
            name
            for block in re.findall(r"USES_VARIABLES\s*\{(.*?)\}", text, re.S)
            for name in re.findall(r"\w+", block)
        }

    missing = used(theirs.read_text()) - used((TEMPLATES / template).read_text())
    relies(not missing, f"the template {template}: it uses {missing}, too", f"code/templates/{template}")


def test_templates_can_be_derived_and_functions_replaced() -> None:
    relies(callable(CPPStandaloneCodeObject.templater.derive), "Templater.derive", "code/codeobject.py")
    for name in ("rand", "randn", "exp", "exprel", "arctan"):
        relies(name in DEFAULT_FUNCTIONS, f"the function {name}", "code/codeobject.py")


def test_code_is_written_in_the_parts_that_we_replace() -> None:
    for name in "read_arrays declarations statements write_arrays".split():
        relies(hasattr(CPPCodeGenerator, f"translate_to_{name}"), f"translate_to_{name}", "code/generator.py")
    statement = Statement("x", "=", "1", "", dtype=float)
    for name in "var op expr used_boolean_variables boolean_simplified_expressions".split():
        relies(hasattr(statement, name), f"Statement.{name}", "code/generator.py")


def test_statements_can_be_noted_and_done_again() -> None:
    for name in "index_array expression expression_conditional".split():
        method = getattr(VariableView, f"set_with_{name}")
        found = callable(getattr(method, "original_function", None))
        relies(found, f"VariableView.set_with_{name}", "history/entries.py")


def test_caches_are_found() -> None:
    relies(len(caches._caches()) >= 3, "its caches", "mending/caches.py")


def test_what_the_standalone_device_overrides_and_ours_must_not_is_hidden() -> None:
    set_device("brianhw")
    for name in vars(CPPStandaloneDevice):
        overridden = name.startswith(("variableview_", "network_", "synaptic_pathway_", "synapses_"))
        if overridden and hasattr(get_device(), name):
            ours = {"network_run", "network_stop", "variableview_set_with_index_array"}
            relies(name in ours, f"the standalone device: it overrides {name}", "device.py")


def test_a_function_with_code_for_this_device_alone_still_works_on_numpy() -> None:
    # exprel has no code for NumPy until it is used, and Brian2 then lists what it has code for
    group = NeuronGroup(1, "x = exprel(y) : 1\ny : 1\nz : 1", namespace={})
    group.run_regularly("z = exprel(y)")
    Network(group).run(0.1 * ms)
    assert group.z[0] == 1
