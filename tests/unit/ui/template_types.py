"""Reads the templates against the types that they are given, as mypy reads a module.

Every name, field and loop of a template is followed from the records of `station.ui.contents`; what
a record does not have is an error, also in a branch that no test renders.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Union

from jinja2 import Environment, nodes

Type = Any  # a class or a typing form: Python has no better name for both
ANY: Final[Type] = Any
FILTERS: Final[Mapping[str, Type]] = {"length": int, "join": str, "int": int}


@dataclass(frozen=True, slots=True)
class Literal:
    """A mapping that a template writes down itself."""

    keys: frozenset[str]


@dataclass(slots=True)
class Reader:
    """Follows the types through one page or panel and everything that it includes.

    Attributes:
        templates: Where the templates are.
        errors: What was found wrong, with template and line.
        read: Every field that was read, as record and name.
    """

    templates: Environment
    errors: list[str] = field(default_factory=list)
    read: set[tuple[type, str]] = field(default_factory=set)

    def check(self, template: str, given: Mapping[str, Type]) -> None:
        """Read a template whose variables have these types."""
        loader = self.templates.loader
        assert loader is not None
        source, _, _ = loader.get_source(self.templates, template)
        _Scope(self, template, dict(given)).all(self.templates.parse(source).body)


@dataclass(slots=True)
class _Scope:
    reader: Reader
    template: str
    names: dict[str, Type]

    def all(self, body: Iterable[nodes.Node]) -> None:
        for node in body:
            self.statement(node)

    def inner(self, **names: Type) -> _Scope:
        return _Scope(self.reader, self.template, {**self.names, **names})

    # -- statements, by the name of their node -------------------------------------------------

    def statement(self, node: nodes.Node) -> None:
        getattr(self, f"on_{type(node).__name__.lower()}")(node)

    def on_include(self, node: nodes.Include | nodes.Extends) -> None:
        assert isinstance(node.template, nodes.Const)
        self.reader.check(node.template.value, self.names)

    on_extends = on_include

    def on_import(self, node: nodes.Import) -> None:
        self.names[node.target] = ANY

    def on_assign(self, node: nodes.Assign) -> None:
        self.names |= dict(self.bound(node.target, self.type_of(node.node)))

    def on_for(self, node: nodes.For) -> None:
        item = self.item_of(self.type_of(node.iter), node)
        bound = dict(self.bound(node.target, item))
        self.inner(loop=ANY, **bound).all((*node.body, *node.else_))

    def on_with(self, node: nodes.With) -> None:
        inner = self.inner()
        for target, value in zip(node.targets, node.values, strict=True):
            inner.names |= dict(self.bound(target, self.type_of(value)))
        inner.all(node.body)

    def on_macro(self, node: nodes.Macro) -> None:
        self.inner(caller=ANY, **{one.name: ANY for one in node.args}).all(node.body)
        self.names[node.name] = ANY

    def on_if(self, node: nodes.If) -> None:
        self.type_of(node.test)
        self.all((*node.body, *node.elif_, *node.else_))

    def on_callblock(self, node: nodes.CallBlock) -> None:
        self.type_of(node.call)
        self.all(node.body)

    def on_block(self, node: nodes.Block) -> None:
        self.all(node.body)

    def on_output(self, node: nodes.Output) -> None:
        for one in node.nodes:
            self.type_of(one)

    def bound(self, target: nodes.Node, value: Type) -> Iterator[tuple[str, Type]]:
        if isinstance(target, nodes.Name):
            yield target.name, value
        elif isinstance(target, nodes.Tuple):
            parts = typing.get_args(value) or (ANY,) * len(target.items)
            for one, part in zip(target.items, parts, strict=True):
                yield from self.bound(one, part)

    # -- expressions, likewise -----------------------------------------------------------------

    def type_of(self, node: nodes.Node) -> Type:
        known = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if known is not None:
            return known(node)
        types = [self.type_of(one) for one in node.iter_child_nodes()]
        logical = isinstance(node, nodes.Compare | nodes.Not | nodes.Operand)
        return bool if logical or not types else types[-1]

    def of_templatedata(self, node: nodes.TemplateData) -> Type:
        del node
        return str

    def of_const(self, node: nodes.Const) -> Type:
        return type(node.value)

    def of_name(self, node: nodes.Name) -> Type:
        if node.name not in self.names:
            self.wrong(node, f"nothing gives {node.name!r}")
            return ANY
        return self.names[node.name]

    def of_getattr(self, node: nodes.Getattr) -> Type:
        return self.attribute(self.type_of(node.node), node.attr, node)

    def of_getitem(self, node: nodes.Getitem) -> Type:
        owner = _present(self.type_of(node.node))
        self.type_of(node.arg)
        if owner in (ANY, str):
            return owner
        if _made_of(owner) is Mapping:
            return typing.get_args(owner)[1]
        self.wrong(node, f"{owner} has no elements by key")
        return ANY

    def of_call(self, node: nodes.Call) -> Type:
        for one in node.args:
            self.type_of(one)
        called = node.node
        if isinstance(called, nodes.Getattr) and called.attr == "items":
            owner = _present(self.type_of(called.node))
            if _made_of(owner) is Mapping:
                pair: Type = tuple.__class_getitem__(typing.get_args(owner))
                return tuple.__class_getitem__((pair, ...))
        self.type_of(called)
        return ANY

    def of_filter(self, node: nodes.Filter) -> Type:
        assert node.node is not None
        self.type_of(node.node)
        return FILTERS[node.name]

    def of_dict(self, node: nodes.Dict) -> Type:
        keys = (pair.key for pair in node.items)
        return Literal(frozenset(key.value for key in keys if isinstance(key, nodes.Const)))

    def attribute(self, owner: Type, attr: str, node: nodes.Node) -> Type:
        owner = _present(owner)
        if owner is ANY:
            return ANY
        if isinstance(owner, Literal):
            if attr not in owner.keys:
                self.wrong(node, f"the mapping has no {attr!r}")
            return ANY
        if is_dataclass(owner) and isinstance(owner, type):
            self.reader.read.add((owner, attr))
            hints = typing.get_type_hints(owner)
            if attr in {one.name for one in fields(owner)}:
                return hints[attr]
        self.wrong(node, f"{getattr(owner, '__name__', owner)} has no {attr!r}")
        return ANY

    def item_of(self, many: Type, node: nodes.For) -> Type:
        if many is ANY or many is tuple:
            return ANY
        if _made_of(many) is tuple and typing.get_args(many)[-1] is Ellipsis:
            return typing.get_args(many)[0]
        if isinstance(node.iter, nodes.Tuple | nodes.List):
            return str
        self.wrong(node, f"{many} can't be looped over")
        return ANY

    def wrong(self, node: nodes.Node, what: str) -> None:
        self.reader.errors.append(f"{self.template}:{node.lineno}: {what}")


def _made_of(kind: Type) -> object:
    """Return what a typing form was made of: `Mapping` of `Mapping[str, int]`."""
    return typing.get_origin(kind)


def _present(kind: Type) -> Type:
    """Return the type of an optional value that is there: a template asks before it looks."""
    if _made_of(kind) in (Union, UnionType):
        (kind,) = (one for one in typing.get_args(kind) if one is not NoneType)
    return kind
