"""Pages of the model library, made from the models each time that the documentation is built.

Of each file in ``equations/``: what its header says, the mathematics of its models beside their text, their variables
and parameters, the sets of parameters that fit, and what they were verified against (from the tables of ``models.md``).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import brianhw.equations
import brianhw.parameters
from brianhw.equations.receptors import Receptor, exponential_current
from brianhw.model import Block, NeuronModel, SynapseModel
from brianhw.model.mathematics import latex_of, quantities_of

#: What stands above the list of pages.
ABOUT = """A page for each file in `equations/`: the mathematics of its models beside their text, what their names mean,
sets of parameters with their sources, what they were verified against, and where these pages use them.
[Models](../models.md) says how models are put together and used,
[How do I write a model of my own?](../howto/own_model.md) how to add one."""

#: The pages in the order of the sidebar, with names that are short enough for it.
GROUPS: dict[str, dict[str, str]] = {
    "Neurons": {
        "lif": "Leaky integrate-and-fire (LIF)",
        "adex": "Adaptive exponential (AdEx)",
        "izhikevich": "Izhikevich",
        "gif": "Generalised integrate-and-fire (GIF)",
        "hodgkin_huxley": "Hodgkin-Huxley",
        "linear_membrane": "LIF, its step in closed form",
        "lif_stochastic": "LIF that fires by chance",
        "motion_detector": "Motion detector (sEMD)",
    },
    "Receptors, currents and sources": {
        "receptors": "Receptors",
        "nmda": "NMDA",
        "adaptation": "Adaptation by conductances",
        "gap_junction": "Gap junctions",
        "spike_sources": "Random spikes",
    },
    "Synapses that change": {
        "stdp": "Pair STDP",
        "stdp_rules": "STDP: rules and weight dependences",
        "short_term_plasticity": "Tsodyks-Markram",
        "counted_stdp": "STDP that is counted",
        "dopamine": "Dopamine",
    },
    "Circuits of DYNAP-SE": {
        "dpi": "The DPI neuron",
        "dpi_soma": "DPI soma",
        "dpi_synapse": "DPI synapses",
        "dpi_adaptation": "DPI adaptation",
        "dpi_feedback": "DPI positive feedback",
        "dpi_faithful": "The DPI neuron, as in the simulator",
    },
    "Cells and sources of EDLUT": {
        "granule_cell": "Granule cell",
        "purkinje": "Purkinje cell",
        "inferior_olive": "Inferior olive",
        "lif_fractional": "LIF with fractions of a step",
        "lif_adaptive_threshold": "Adaptive threshold (ALIF)",
        "adex_limited": "AdEx with a limited upstroke",
        "izhikevich_stopped": "Izhikevich that waits at its peak",
        "hodgkin_huxley_clipped": "Hodgkin-Huxley within limits",
        "poisson_seeded": "Poisson with a seed",
        "sine_current": "Sinusoidal current",
    },
    "Learning rules of EDLUT": {
        "teaching": "A teacher's events",
        "teaching_rules": "Rules with a teacher",
        "kernel_stdp": "STDP with symmetric kernels",
        "additive_stdp": "STDP by given amounts",
    },
}
#: Where models are used that a reader can follow: folders of the checkout, and where their pages are.
USES = {"brianhw/gallery": "gallery", "tutorials": "tutorials", "docs/howto": "howto"}
CHECKOUT = Path(__file__).resolve().parent.parent

Model = NeuronModel | Block | SynapseModel

#: What a function that makes a model is called with to show one; those that are not named here, with what they need.
EXAMPLES: dict[str, Any] = {
    "name": "exc",
    "target": exponential_current("exc"),
    "port": "I_syn",
    "first": exponential_current("exc"),
    "second": exponential_current("exc2"),
    "inhibition": exponential_current("inh", "-"),
}
#: What makes models of other models, or of an event that only its users know.
UNSHOWN = ("sum_of_currents",)
#: Parts of models, which their models' pages show.
PARTS = ("drawn_spike", "grids", "kernels", "symmetric_kernels", "weight_changes", "stochastic_synapses")


def write(folder: Path, models_page: Path) -> dict[str, dict[str, str]]:
    """Write the pages; return their names by group, each with what it is called in the sidebar."""
    verified = _verified(models_page.read_text(encoding="utf-8"))
    pages = {}
    for info in pkgutil.iter_modules(brianhw.equations.__path__):
        if info.ispkg or info.name in PARTS:
            continue
        module = importlib.import_module(f"brianhw.equations.{info.name}")
        models = dict(_models_of(module))
        title = _title_of(module)
        pages[info.name] = title
        (folder / f"{info.name}.md").write_text("\n".join(_page(module, title, models, verified)), encoding="utf-8")
    grouped = {name for group in GROUPS.values() for name in group}
    others = {name: title for name, title in sorted(pages.items()) if name not in grouped}
    return GROUPS | ({"Others": others} if others else {})


def contents(groups: dict[str, dict[str, str]]) -> str:
    """Return the page that lists the pages."""
    lines = ["# The model library", "", ABOUT, ""]
    for title, names in groups.items():
        lines += [f"## {title}", "", "```{toctree}", ":maxdepth: 1", ""]
        lines += [f"{short} <{name}>" for name, short in names.items()]
        lines += ["```", ""]
    return "\n".join(lines)


def without_title(lines: list[str]) -> None:
    """Take the first sentence out of a docstring if the page has it as its title."""
    first, _, _ = "\n".join(lines).partition("\n\n")
    if ":" not in first:
        del lines[: len(first.splitlines())]


def _title_of(module: Any) -> str:
    first = inspect.getdoc(module).partition("\n\n")[0].replace("\n", " ")
    return first.split(":")[0].rstrip(".")


def _models_of(module: Any) -> Iterator[tuple[str, Model]]:
    """Return the models of a file by how they are written in a script, and what its functions make."""
    for name in _defined_in(module):
        each = getattr(module, name)
        if isinstance(each, Model):
            yield name, each
        elif inspect.isfunction(each) and each.__module__ == module.__name__:
            made = _made_by(each)
            if made is not None:
                yield made


def _defined_in(module: Any) -> Iterator[str]:
    """Return the public names that a file gives to what it makes itself, in their order."""
    for statement in ast.parse(inspect.getsource(module)).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
        names = (getattr(target, "id", getattr(target, "name", "_")) for target in targets)
        yield from (name for name in names if not name.startswith("_"))


def _made_by(function: Any) -> tuple[str, Model] | None:
    """Return a call of a function that makes a model, and the model; nothing if it makes something else."""
    given = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is not inspect.Parameter.empty or parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            continue
        if name not in EXAMPLES or function.__name__ in UNSHOWN:
            return None
        given[name] = EXAMPLES[name]
    made = function(**given)
    if not isinstance(made, Model):
        return None
    written = ", ".join(repr(value) if isinstance(value, str) else name for name, value in given.items())
    return f"{function.__name__}({written})".replace("'", '"'), made


def _verified(page: str) -> dict[str, str]:
    """Return the last column of the tables of *page* by the names in the first."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        for name in re.findall(r"`(\w+)`", cells[0]) if line.startswith("| [`") else ():
            found[name] = cells[-1].rstrip("| ").strip()
    return found


def _page(module: Any, title: str, models: dict[str, Model], verified: dict[str, str]) -> Iterator[str]:
    name = module.__name__.rpartition(".")[2]
    yield from (f"# {title}", "", "```{eval-rst}", f".. automodule:: {module.__name__}", "```", "")
    for written, model in models.items():
        yield from (f"## `{written}`", "")
        yield from _mathematics(model)
        yield from _quantities(model)
        yield from _parameter_sets(model)
        against = verified.get(written.partition("(")[0])
        if against:
            yield from ("### Verified against", "", against, "")
        yield from ("### Text", "", ":::{dropdown} The model as Brian2 gets it")
        yield from ("```text", model.text, "```", ":::", "")
    uses = list(_uses_of(module))
    if uses:
        yield from ("## Where it is used", "", *uses, "")
    yield from ("## Source", "", ":::{dropdown} The file", f"```{{literalinclude}} ../../equations/{name}.py")
    yield from (":language: python", "```", ":::", "")


def _uses_of(module: Any) -> Iterator[str]:
    """Return a link to each example, tutorial and page that names something of this file."""
    names = [name for name in _defined_in(module) if not isinstance(getattr(module, name, ""), str)]
    if not names:
        return
    word = re.compile(rf"\b({'|'.join(names)})\b")
    for folder, place in USES.items():
        for file in sorted((CHECKOUT / folder).rglob("[!.]*")):
            if file.suffix in (".py", ".ipynb", ".md") and word.search(file.read_text(encoding="utf-8")):
                page = file.relative_to(CHECKOUT / folder).with_suffix("").as_posix()
                if ".ipynb_checkpoints" not in page:
                    yield f"- {{doc}}`/{place}/{page}`"


def _mathematics(model: Model) -> Iterator[str]:
    statements = {"at a spike": model.reset} if isinstance(model, NeuronModel | Block) else {}
    if isinstance(model, NeuronModel):
        statements = {"spike where": model.threshold} | statements
    if isinstance(model, SynapseModel):
        statements = {"at a presynaptic spike": model.on_pre, "at a postsynaptic spike": model.on_post}
    if isinstance(model, Receptor) and model.entry:
        statements["at an arrival"] = f"{model.entry} = {model.entry} + weight"
    yield from ("### Mathematics", "")
    lines = list(latex_of(model.equations, **{title: text for title, text in statements.items() if text}))
    if any(r"\left[" in line for line in lines):
        yield from ("[*condition*] is 1 where the condition holds, and 0 elsewhere.", "")
    for line in lines:
        yield from ("$$", line, "$$", "")
    for feed in getattr(model, "feeds", ()):
        yield from (f"`{feed.sign} {feed.expression}` is added to the port `{feed.port}`.", "")


def _quantities(model: Model) -> Iterator[str]:
    yield from ("### Variables and parameters", "", "| name | unit | what it is |", "|---|---|---|")
    for name, unit in getattr(model, "ports", {}).items():
        yield f"| `{name}` | {unit} | input port: the sum of what blocks feed |"
    for each in quantities_of(model.equations):
        meaning = each.meaning or ("" if each.kind == "parameter" else each.kind)
        yield f"| `{each.name}` | {each.unit} | {_escaped(meaning)} |"
    yield ""


def _parameter_sets(model: Model) -> Iterator[str]:
    own = {each.name for each in quantities_of(model.equations) if each.kind == "parameter"}
    fitting = [(name, values) for name, values in _all_sets() if set(values) <= own and 2 * len(values) > len(own)]
    if not fitting:
        return
    yield from ("### Parameter sets", "")
    for name, values in fitting:
        numbers = ", ".join(f"`{key}` = {value}" for key, value in values.items())
        yield from (f"`brianhw.parameters.{name}`", f": {numbers}", "", f"  *{_escaped(values.source)}*", "")


@cache
def _all_sets() -> list[tuple[str, Any]]:
    found = []
    for info in pkgutil.iter_modules(brianhw.parameters.__path__):
        module = importlib.import_module(f"brianhw.parameters.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, brianhw.parameters.ParameterSet) and not name.startswith("_"):
                found.append((f"{info.name}.{name}", value))
    return found


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
