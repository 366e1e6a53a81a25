from __future__ import annotations
from dataclasses import dataclass
from typing import *
from pyNN.standardmodels import synapses as standard, build_translations
from brianhw.pynn.realisation import FromPyNN
from brianhw.pynn.simulator import state
@dataclass(frozen=True)
class Pathway:
    statements: str
    delay: str
    on: str = "pre"
@dataclass(frozen=True)
class SynapseRealisation:
    equations: str
    pathways: Any
    parameters: Any
    initial: Any
    shared: tuple
    method: str = ""
class StaticSynapse(standard.StaticSynapse):
    translations=build_translations(("weight","weight"),("delay","delay"))
    def _get_minimum_delay(self): return state.dt if state.min_delay=="auto" else state.min_delay
def realise(t,entry,unit):
    return SynapseRealisation("weight : 1",{"transmit":Pathway(f"{entry}_post += weight*{unit}","total")},{"weight":FromPyNN("weight","1")},{},("weight",))
