"""PyTorch as a target of Brian2's code generation: statements become assignments to local names, none in place.

Brian2 takes what is repeated out of its statements, and rearranges them, before it hands them to a target. Because
the same statements are translated, a twin does the arithmetic of Brian2's NumPy code in the same order.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from brian2.codegen.codeobject import CodeObject
from brian2.codegen.generators.base import CodeGenerator
from brian2.codegen.statements import Statement
from brian2.codegen.translation import get_identifiers
from brian2.parsing.rendering import NumpyNodeRenderer

from brianhw.errors import TwinError

__all__ = ["FULL", "TorchCodeObject", "TorchGenerator"]

#: What an array is called, in code, that is read by an index: the whole of it.
FULL = "_twin_all_"
ADDING = {"+=": "", "-=": "-"}


class _Renderer(NumpyNodeRenderer):
    """Expressions as PyTorch wants them where operators would not do."""

    functions = {"Div": "_twin_divide", "Pow": "_twin_power", "Mod": "_twin_mod", "FloorDiv": "_twin_floor_divide"}

    def render_BinOp(self, node: ast.BinOp) -> str:  # noqa: N802 - Brian2 looks for this name
        name = self.functions.get(type(node.op).__name__)
        if name is None:
            return str(super().render_BinOp(node))
        return f"{name}({self.render_node(node.left)}, {self.render_node(node.right)})"


class _ConditionRenderer(_Renderer):
    """A condition as a number, 0 or 1, with a derivative by what is compared."""

    signs = {"Gt": ">", "GtE": ">=", "Lt": "<", "LtE": "<="}

    def condition(self, node: ast.expr) -> str:
        if isinstance(node, ast.BoolOp):
            parts = [f"({self.condition(each)})" for each in node.values]
            if isinstance(node.op, ast.And):
                return " * ".join(parts)
            return "1 - " + " * ".join(f"(1 - {part})" for part in parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return f"1 - ({self.condition(node.operand)})"
        sign = self.signs.get(type(node.ops[0]).__name__) if isinstance(node, ast.Compare) else None
        if sign is None:
            return f"_twin_number({self.render_node(node)})"
        assert isinstance(node, ast.Compare)
        left, right = self.render_node(node.left), self.render_node(node.comparators[0])
        first, second = (left, right) if sign[0] == ">" else (right, left)
        return f"_twin_step(({left}) {sign} ({right}), ({first}) - ({second}))"


class TorchGenerator(CodeGenerator):
    """Statements of a block, one line each.

    Names are those of the equations. Besides them, resets and pathways know ``_twin_spike``: 1 where there
    is a spike. Arrays that are read by an index are there as a whole, too, and are added to as a whole.
    """

    class_name = "torch"

    def translate_expression(self, expr: str, renderer: type[_Renderer] = _Renderer) -> str:
        found = renderer(auto_vectorise=self.auto_vectorise)
        if isinstance(found, _ConditionRenderer):
            return found.condition(ast.parse(expr.strip(), mode="eval").body)
        return str(found.render_expr(expr))

    def translate_one_statement_sequence(self, statements: Sequence[Statement], scalar: bool = False) -> list[str]:
        if not scalar:
            self._refuse_order(statements)
        lines: list[str] = []
        loaded: set[str] = set()
        conditions = self.get_conditional_write_vars()
        for statement in statements:
            in_place = statement.op in ADDING and self._is_indexed(statement.var)
            condition = conditions.get(statement.var)
            needed = {*get_identifiers(statement.expr), *([] if in_place else [statement.var])}
            for name in sorted((needed | {condition} if condition else needed) - loaded):
                if self._is_indexed(name):
                    lines.append(f"{name} = _twin_gather({FULL}{name}, {self.variable_indices[name]})")
                    loaded.add(name)
            lines.append(self._line(statement, condition, scalar))
            if self._is_indexed(statement.var):
                loaded.discard(statement.var)
        return lines

    def _refuse_order(self, statements: Sequence[Statement]) -> None:
        """Raise if a statement reads what synapses change in their neurons: the next synapse would find it changed."""
        changed = {each.var for each in statements if each.op != ":=" and self._is_indexed(each.var)}
        for each in statements:
            if changed & set(get_identifiers(each.expr)):
                raise TwinError(
                    f"{self.name}: '{each.var} {each.op} {each.expr}' reads what these statements change. "
                    "Where spikes reach several synapses at once, Brian2 goes from one to the next; a twin takes them "
                    "together. Write what synapses add, without reading what they change."
                )

    def _is_indexed(self, name: str) -> bool:
        """Whether the values of a name are those of other objects, at an index."""
        return name in self.variables and self.variable_indices[name] not in ("_idx", "0")

    def _line(self, statement: Statement, condition: str | None, scalar: bool) -> str:
        name, operator = statement.var, statement.op
        if name == "_cond" and self.template_name == "threshold":
            return f"_cond = {self.translate_expression(statement.expr, _ConditionRenderer)}"
        value = self._value(statement)
        if operator == ":=" or name not in self.variables or scalar:
            return f"{name} = {value}" if operator in (":=", "=") else f"{name} = {name} {operator[0]} ({value})"
        if self._is_indexed(name):
            return self._into_others(statement, value, condition)
        if operator != "=":
            value = f"{name} {operator[:-1]} ({value})"
        if condition is not None:
            value = f"_twin_where({condition}, {value}, {name})"
        if self.template_name in ("reset", "synapses"):
            value = f"_twin_at_spikes(_twin_spike, {value}, {name})"
        return f"{name} = {value}"

    def _value(self, statement: Statement) -> str:
        """Return the value of a statement; NumPy's makes two branches of a boolean factor where that is simpler."""
        flags = statement.used_boolean_variables
        if flags is not None and len(flags) == 1 and statement.complexity_std > sum(statement.complexities.values()):
            branches = {bool(given[0][1]): text for given, text in statement.boolean_simplified_expressions.items()}
            parts = [self.translate_expression(branches[answer]) for answer in (True, False)]
            return f"_twin_where({flags[0]}, {parts[0]}, {parts[1]})"
        return self.translate_expression(statement.expr)

    def _into_others(self, statement: Statement, value: str, condition: str | None) -> str:
        """Return what adds a value for each synapse to its neurons."""
        name, operator = statement.var, statement.op
        if operator not in ADDING:
            raise TwinError(
                f"{self.name}: '{name} {operator} {statement.expr}' sets a neuron's variable from its synapses; a twin "
                "adds to them: += and -=."
            )
        value = f"{ADDING[operator]}({value})"
        spike = "_twin_spike" if condition is None else f"_twin_spike * {condition}"
        return f"{FULL}{name} = _twin_add_at({FULL}{name}, {self.variable_indices[name]}, {spike}, {value})"


class _Template:
    """What stands around the statements in other targets: nothing."""

    variables: tuple[str, ...] = ()
    iterate_all = ("_idx",)
    allows_scalar_write = True
    template_source = ""

    def __call__(self, scalar_code: Mapping[Any, list[str]], vector_code: Mapping[Any, list[str]], **_: Any) -> str:
        return "\n".join([*scalar_code[None], "# for each neuron or synapse", *vector_code[None]])


class _Templates:
    stateupdate = threshold = reset = synapses = summed_variable = _Template()


class TorchCodeObject(CodeObject):
    """A block of statements, as text; :mod:`brianhw.torch.blocks` makes functions of them."""

    class_name = "torch"
    generator_class = TorchGenerator
    templater = _Templates

    def __init__(
        self,
        owner: Any,
        code: str,
        variables: Mapping[str, Any],
        variable_indices: Mapping[str, str],
        template_name: str,
        template_source: str,
        compiler_kwds: Mapping[str, Any],
        name: str = "torch_code_object*",
    ) -> None:
        super().__init__(
            owner,
            code,
            variables,
            variable_indices,
            template_name,
            template_source,
            compiler_kwds=compiler_kwds,
            name=name,
        )

    @classmethod
    def is_available(cls) -> bool:
        return True

    def compile(self) -> None:
        """Leave the text as it is."""

    def compile_block(self, block: str) -> None:
        """Leave the text as it is."""

    def run_block(self, block: str) -> None:
        """Refuse: a twin runs it."""
        raise TwinError(f"{self.name} is run by a twin only.")
