"""Learning rules in use as models of the library."""

from __future__ import annotations

from typing import Any

from brianhw.edlut.described import RuleInUse
from brianhw.equations.receptors import Receptor
from brianhw.model import SynapseModel

__all__ = ["rule_model", "set_rule"]


def rule_model(rule: RuleInUse, receptor: Receptor | None, time: str, exact: bool) -> SynapseModel:
    raise NotImplementedError


def set_rule(link: Any, rule: RuleInUse) -> None:
    raise NotImplementedError
