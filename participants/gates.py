"""Gates 关口: what an act asks, one question after another, so that the act and the page that explains it ask the same.

An operation lets itself through with ``pass_all``; its "why?" page shows every gate with its answer (capability C7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.permissions import require
from participants.queries import may

__all__ = ["Act", "Gate", "capable", "pass_all", "permitted"]


@dataclass(frozen=True)
class Gate:
    """One question of an act in (zh, en), and what refuses it; None when it is passed."""

    asks: tuple[str, str]
    refusal: Rejected | None = None


@dataclass(frozen=True)
class Act:
    """An act in (zh, en) with its gates, in the order they are asked."""

    name: tuple[str, str]
    gates: tuple[Gate, ...]

    @property
    def refused(self) -> list[Gate]:
        return [gate for gate in self.gates if gate.refusal is not None]

    @property
    def passed(self) -> list[Gate]:
        return [gate for gate in self.gates if gate.refusal is None]


def pass_all(gates: Iterable[Gate]) -> None:
    """This will raise the first refusal; a generator asks nothing behind it."""
    for gate in gates:
        if gate.refusal is not None:
            raise gate.refusal


def permitted(actor: Actor, name: str, *, subject: Any = None, at: datetime) -> Gate:
    """This will ask whether the person holds a role that allows the act."""
    asks = ("您的角色可以这样做", "Your role allows it")
    try:
        require(actor, name, subject=subject, at=at)
    except Rejected as refused:
        return Gate(asks, refused)
    return Gate(asks)


@covers("C7")
def capable(organization: Organization, capability: str, *, at: datetime) -> Gate:
    """This will ask whether the organisation may bid, deliver, list or withdraw now."""
    code = may(organization, capability, at=at)
    return Gate(("机构的准入、信誉与能力都在", "The organisation is admitted, in standing, and not held"),
                Rejected(code, organization=organization.code) if code else None)
