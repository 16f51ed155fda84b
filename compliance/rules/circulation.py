"""The eight cells of circulation mode × channel as data: what each admits and needs (R43). A plain table and plain questions to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import yaml

from compliance.rules.vocabulary import DATA
from compliance.taxonomy import Channel, CirculationMode
from kit.coverage import covers
from kit.rejected import Rejected

__all__ = ["Act", "Circulation", "Flow", "Licence", "circulation", "flow_of", "read_circulation", "refuse_unless_admitted"]

Pair = tuple[str, str]
_SALES = {"fixed", "auction", "negotiated"}
_MODES: Mapping[str, Pair] = {"open": ("开放", "Open"), "share": ("共享", "Share"), "exchange": ("交换", "Exchange"),
                             "trade": ("交易", "Trade")}
_CHANNELS: Mapping[str, Pair] = {"on": ("场内", "on the exchange"), "off": ("场外", "off the exchange")}


@dataclass(frozen=True)
class Act:
    """Something people do with a listing or a report, and the operation that does it."""

    operation: str
    text: Pair


@dataclass(frozen=True)
class Licence:
    """A licence of open data: its address and its name."""

    href: str
    text: Pair


@dataclass(frozen=True)
class Flow:
    """One cell: the acts it admits, the ways of sale, and what it needs of order, money, filing and review."""

    mode: str
    channel: str
    acts: tuple[str, ...]
    sales: tuple[str, ...]
    order: str
    money: str
    filing: str
    review: str
    text: Pair
    basis: Pair

    @property
    def key(self) -> str:
        return f"{self.mode}-{self.channel}"

    @property
    def name(self) -> Pair:
        """What the cell is called, in both languages."""
        mode, channel = _MODES[self.mode], _CHANNELS[self.channel]
        return f"{mode[0]}·{channel[0]}", f"{mode[1]}, {channel[1]}"


@dataclass(frozen=True)
class Circulation:
    """The whole table with its words."""

    acts: Mapping[str, Act]
    orders: Mapping[str, Pair]
    monies: Mapping[str, Pair]
    filings: Mapping[str, Pair]
    reviews: Mapping[str, Pair]
    licences: Mapping[str, Licence]
    flows: Mapping[tuple[str, str], Flow]


def _words(rows: Mapping[str, Any]) -> dict[str, Pair]:
    return {name: (row["zh"], row["en"]) for name, row in rows.items()}


def read_circulation(document: Mapping[str, Any]) -> Circulation:
    """This will read the table strictly: every cell once, known words only, each with its text and clause in both languages."""
    acts = {name: Act(row["operation"], (row["zh"], row["en"])) for name, row in document["acts"].items()}
    words = {name: _words(document[name]) for name in ("orders", "monies", "filings", "reviews")}
    licences = {name: Licence(row["href"], (row["zh"], row["en"])) for name, row in document["licences"].items()}
    flows: dict[tuple[str, str], Flow] = {}
    for row in document["cells"]:
        flow = Flow(row["mode"], row["channel"], tuple(row["acts"]), tuple(row["sales"]), row["order"], row["money"], row["filing"],
                    row["review"], (row["zh"], row["en"]), (row["basis"], row["basis_en"]))
        unknown = [*(set(flow.acts) - set(acts)), *(set(flow.sales) - _SALES),
                   *(value for field, value in (("orders", flow.order), ("monies", flow.money), ("filings", flow.filing),
                                                ("reviews", flow.review)) if value not in words[field])]
        if unknown or not all((*flow.text, *flow.basis)):
            raise ValueError(f"cell {flow.key}: {unknown or 'text and clause are needed'}")
        if (flow.mode, flow.channel) in flows:
            raise ValueError(f"cell {flow.key} stands twice")
        flows[flow.mode, flow.channel] = flow
    if missing := set(product(CirculationMode.values, Channel.values)) ^ set(flows):
        raise ValueError(f"cells missing or unknown: {sorted(missing)}")
    return Circulation(acts, words["orders"], words["monies"], words["filings"], words["reviews"], licences, flows)


@cache
def circulation() -> Circulation:
    """This will return the table that ships with the product."""
    return read_circulation(yaml.safe_load((DATA / "circulation.yaml").read_text(encoding="utf-8")))


@covers("R43")
def flow_of(mode: str, channel: str) -> Flow:
    """This will return one cell of the table."""
    return circulation().flows[mode, channel]


@covers("R43")
def refuse_unless_admitted(mode: str, channel: str, act: str, **params: Any) -> Flow:
    """This will return the cell that admits an act, or refuse the act by the cell's name."""
    flow = flow_of(mode, channel)
    if act not in flow.acts:
        admitted = [circulation().acts[one].text for one in flow.acts]
        raise Rejected("compliance.circulation.not_admitted", cell=flow.name, act=circulation().acts[act].text, article=flow.basis,
                       admitted=("、".join(zh for zh, _ in admitted), ", ".join(en for _, en in admitted)), key=flow.key, **params)
    return flow
