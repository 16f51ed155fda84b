"""Reading a policy from Turtle or JSON-LD into one small graph: subject -> predicate -> objects.

Only what policies use: prefixes, IRIs, names, literals, lists by comma, nested nodes. Remote contexts are never fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

__all__ = ["ODRL", "RDF_TYPE", "Graph", "Literal", "PolicyFault", "read_graph"]

ODRL = "http://www.w3.org/ns/odrl/2/"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XSD = "http://www.w3.org/2001/XMLSchema#"
MAX_TEXT = 1_000_000


class PolicyFault(ValueError):
    """A policy, request or state that cannot be read, or uses a term we do not judge."""


@dataclass(frozen=True)
class Literal:
    value: str
    datatype: str = ""


Node = str | Literal


@dataclass
class Graph:
    """Triples by subject. Nameless nodes are ``_:1``, ``_:2``, …"""

    triples: dict[str, dict[str, list[Node]]] = field(default_factory=dict)

    def add(self, subject: str, predicate: str, value: Node) -> None:
        self.triples.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def all(self, subject: str, predicate: str) -> list[Node]:
        return self.triples.get(subject, {}).get(predicate, [])

    def typed(self, *kinds: str) -> list[str]:
        """Subjects of one of the types, in order of appearance."""
        return [one for one, rows in self.triples.items() if set(rows.get(RDF_TYPE, [])) & set(kinds)]


def read_graph(text: str) -> Graph:
    """This will read Turtle or JSON-LD; ``PolicyFault`` names what cannot be read."""
    if len(text) > MAX_TEXT:
        raise PolicyFault("a policy has at most a million characters")
    return _from_json(text) if text.lstrip().startswith(("{", "[")) else _Turtle(text).read()


# ---- Turtle ----------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<prefix>@prefix|@base|(?i:PREFIX|BASE)\b)|(?P<iri><[^<>"{}|^`\\\s]*>)|(?P<text>"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<mark>\^\^|[;,.\[\]])|(?P<lang>@[A-Za-z-]+)|(?P<number>[+-]?\d+(?:\.\d+)?)(?=[\s;,.\]])"""
    r"""|(?P<name>[A-Za-z_][\w-]*:[\w.%-]*[\w%-]|[A-Za-z_][\w-]*:|:[\w-]*|_:\w+|a(?=\s)|true\b|false\b)""", re.X)


class _Turtle:
    def __init__(self, text: str) -> None:
        self.tokens = list(self._split(text))
        self.place = 0
        self.prefixes: dict[str, str] = {}
        self.graph = Graph()
        self.blank = count(1)

    @staticmethod
    def _split(text: str) -> Iterator[tuple[str, str]]:
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise PolicyFault(f"line {text.count(chr(10), 0, place) + 1}: cannot read {text[place:place + 20]!r}")
            if found.lastgroup:
                yield found.lastgroup, found[0]
            place = found.end()

    def _take(self, *wanted: str) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise PolicyFault("the text ends in the middle of a statement")
        kind, text = self.tokens[self.place]
        if wanted and kind not in wanted and text not in wanted:
            raise PolicyFault(f"expected {' or '.join(wanted)}, found {text!r}")
        self.place += 1
        return kind, text

    def _next(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def read(self) -> Graph:
        while self.place < len(self.tokens):
            if self.tokens[self.place][0] == "prefix":
                self._prefix()
                continue
            subject = self._node()
            if isinstance(subject, Literal):
                raise PolicyFault("a literal is no subject")
            self._properties(subject)
            self._take(".")
        return self.graph

    def _prefix(self) -> None:
        _, word = self._take("prefix")
        if "base" in word.lower():
            raise PolicyFault("a base address is not supported; write full addresses")
        _, name = self._take("name")
        _, iri = self._take("iri")
        self.prefixes[name.rstrip(":")] = iri[1:-1]
        if word.startswith("@"):
            self._take(".")

    def _properties(self, subject: str) -> None:
        while self._next() not in {".", "]", ""}:
            predicate = self._node()
            while True:
                self.graph.add(subject, str(predicate), self._node())
                if self._next() != ",":
                    break
                self._take(",")
            while self._next() == ";":
                self._take(";")

    def _node(self) -> Node:
        kind, text = self._take()
        if kind == "iri":
            return text[1:-1]
        if kind == "text":
            return self._literal(json.loads(text))
        if kind == "number":
            return Literal(text, XSD + ("decimal" if "." in text else "integer"))
        if text == "[":
            name = f"_:{next(self.blank)}"
            self._properties(name)
            self._take("]")
            return name
        if kind != "name":
            raise PolicyFault(f"unexpected {text!r}")
        return self._named(text)

    def _literal(self, value: str) -> Literal:
        if self._next() == "^^":
            self._take("^^")
            return Literal(value, str(self._node()))
        if self.place < len(self.tokens) and self.tokens[self.place][0] == "lang":
            self._take("lang")
        return Literal(value)

    def _named(self, text: str) -> Node:
        if text == "a":
            return RDF_TYPE
        if text in {"true", "false"}:
            return Literal(text, XSD + "boolean")
        prefix, _, local = text.partition(":")
        if prefix == "_":
            return text
        if prefix not in self.prefixes:
            raise PolicyFault(f"the prefix of {text!r} is not declared")
        return self.prefixes[prefix] + local


# ---- JSON-LD ---------------------------------------------------------------------------------------------------------------

_IDS = ("uid", "@id", "odrl:uid", "id")


def _from_json(text: str) -> Graph:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise PolicyFault(f"not JSON: {fault}") from fault
    graph, blank = Graph(), count(1)
    for one in data if isinstance(data, list) else data.get("@graph", [data]):
        if not isinstance(one, dict):
            raise PolicyFault("a policy is a JSON object")
        _add(graph, one, blank)
    return graph


def _add(graph: Graph, one: dict[str, Any], blank: Iterator[int]) -> str:
    name = next((str(one[key]) for key in _IDS if key in one), f"_:{next(blank)}")
    graph.triples.setdefault(name, {})
    for key, value in one.items():
        if key in {*_IDS, "@context"}:
            continue
        predicate = RDF_TYPE if key in {"@type", "type"} else _term(key)
        for item in value if isinstance(value, list) else [value]:
            graph.add(name, predicate, _value(graph, predicate, item, blank))
    return name


def _value(graph: Graph, predicate: str, item: Any, blank: Iterator[int]) -> Node:
    if isinstance(item, dict):
        if "@value" in item:
            return Literal(str(item["@value"]), _term(str(item.get("@type", ""))))
        return str(item["@id"]) if set(item) == {"@id"} else _add(graph, item, blank)
    if isinstance(item, bool) or not isinstance(item, str):
        return Literal(json.dumps(item))
    if predicate == ODRL + "rightOperand" and (":" not in item or item[:1].isdigit()):
        return Literal(item)
    words = {ODRL + word for word in ("action", "operator", "leftOperand", "conflict")} | {RDF_TYPE}
    return _term(item) if predicate in words else item


def _term(word: str) -> str:
    """A word of the vocabulary by its full address; addresses and other names stay."""
    for prefix, base in (("odrl:", ODRL), ("xsd:", XSD), ("rdf:", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")):
        if word.startswith(prefix):
            return base + word.removeprefix(prefix)
    return word if ":" in word or not word else ODRL + word
