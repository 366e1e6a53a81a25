from __future__ import annotations
from dataclasses import dataclass
from typing import *
from pyNN.standardmodels import cells as standard, build_translations
from brianhw.equations import LIF, exponential_current, exponential_conductance
class FromPyNN(NamedTuple):
    value: Any
    unit: str
@dataclass(frozen=True)
class Realisation:
    model: Any
    parameters: Any
    states: Any
    receptors: Any
    current_port: str = "I_syn"
def realisation_of(celltype): return celltype.realisation
P={"C_m":FromPyNN("cm","nF"),"g_L":FromPyNN(lambda p:p["cm"]/p["tau_m"],"uS"),"E_L":FromPyNN("v_rest","mV"),"V_th":FromPyNN("v_thresh","mV"),"V_reset":FromPyNN("v_reset","mV"),"t_ref":FromPyNN("tau_refrac","ms"),"I_ext":FromPyNN("i_offset","nA"),"tau_exc":FromPyNN("tau_syn_E","ms"),"tau_inh":FromPyNN("tau_syn_I","ms")}
class IF_curr_exp(standard.IF_curr_exp):
    translations=build_translations(*((n,n) for n in standard.IF_curr_exp.default_parameters))
    realisation=Realisation(LIF+exponential_current("exc")+exponential_current("inh"),P,{"v":("v","mV"),"isyn_exc":("I_exc","nA"),"isyn_inh":("I_inh","nA")},{"excitatory":("I_exc","nA"),"inhibitory":("I_inh","nA")})
class IF_cond_exp(standard.IF_cond_exp):
    translations=build_translations(*((n,n) for n in standard.IF_cond_exp.default_parameters))
    realisation=Realisation(LIF+exponential_conductance("exc")+exponential_conductance("inh"),P|{"E_exc":FromPyNN("e_rev_E","mV"),"E_inh":FromPyNN("e_rev_I","mV")},{"v":("v","mV"),"gsyn_exc":("g_exc","uS"),"gsyn_inh":("g_inh","uS")},{"excitatory":("g_exc","uS"),"inhibitory":("g_inh","uS")})
