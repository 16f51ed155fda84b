"""A random sample that anyone can draw again: the population is fixed by its hash before the seed chooses among it.

Each subject is ranked by SHA-256(seed, newline, subject); the smallest ranks are the sample. Who names the seed cannot steer it without
changing the population's hash or trying seeds, which is why the seed offered is the sealed head of the log, written after the period ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evidence import queries as evidence
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.audit_events import AuditSampled
from participants.permissions import require

__all__ = ["KINDS", "LARGEST", "Sample", "draw", "draw_sample", "population", "population_hash", "ranked"]

#: The largest sample one act draws: what a person can look through, and what one record holds.
LARGEST = 200
_LONGEST_SEED = 80
#: What is sampled: the fact that puts an object into the population -> its words.
KINDS: dict[str, str | Promise] = {
    "participants.admission.admitted": _("准入的机构"), "listings.listing.approved": _("批准的挂牌"),
    "listings.registration.certified": _("发证的登记"), "compliance.filing.verified": _("核验的场外备案"),
    "trading.trade.executed": _("成交"), "settlement.trade.settled": _("结算的成交"), "delivery.delivery.accepted": _("验收的交付"),
    "settlement.payout.approved": _("批准的提现"), "settlement.refund.posted": _("退款"), "delivery.output.released": _("放行的输出"),
    "compliance.conduct.decided": _("失信认定"), "participants.approval.decided": _("双人审批"), "participants.read.noted": _("查阅"),
}


@dataclass(frozen=True)
class Sample:
    """What was drawn, from how many, and the hash that pins the whole they were drawn from."""

    kind: str
    since: datetime
    until: datetime
    seed: str
    count: int
    hash: str
    drawn: tuple[str, ...]


def population_hash(subjects: Iterable[str]) -> str:
    """This will pin a set of codes: SHA-256 over them, each once, in order, one a line."""
    return hashlib.sha256("\n".join(sorted(set(subjects))).encode()).hexdigest()


def ranked(subjects: Iterable[str], seed: str) -> list[str]:
    """This will put codes into the order in which ``seed`` draws them; the same set and seed give the same order, whatever came first."""
    return sorted(set(subjects), key=lambda one: (hashlib.sha256(f"{seed}\n{one}".encode()).digest(), one))


def population(kind: str, since: datetime, until: datetime) -> set[str]:
    """This will list the objects to which a fact of ``kind`` happened in [since, until)."""
    return set(evidence.records(kind=kind, since=since, until=until).filter(kind=kind).order_by().values_list("subject", flat=True))


def draw(*, kind: str, since: datetime, until: datetime, seed: str, size: int) -> Sample:
    """This will draw ``size`` objects (all of them where there are fewer), and record nothing."""
    subjects = population(kind, since, until)
    return Sample(kind, since, until, seed, len(subjects), population_hash(subjects), tuple(ranked(subjects, seed)[:size]))


@covers("H3", "R97", "I18")
@operation("participants.audit.sample")
def draw_sample(*, kind: str, since: datetime, until: datetime, seed: str, size: int, actor: Actor, clock: Clock) -> Sample:
    """This will draw a sample of one of ``KINDS`` and record it with its seed and its population's hash: nobody draws until it suits.

    Refuses ``participants.audit.sample_kind``, ``sample_size``, ``sample_seed``, ``sample_period`` (still running: its population would
    change) and ``sample_empty``.
    """
    at = clock.now()
    require(actor, "participants.audit.sample", at=at)
    if kind not in KINDS:
        raise Rejected("participants.audit.sample_kind")
    seed = seed.strip()
    if not 1 <= size <= LARGEST:
        raise Rejected("participants.audit.sample_size", most=LARGEST)
    if not 1 <= len(seed) <= _LONGEST_SEED or not seed.isprintable():
        raise Rejected("participants.audit.sample_seed", most=_LONGEST_SEED)
    if not since < until <= at:
        raise Rejected("participants.audit.sample_period")
    made = draw(kind=kind, since=since, until=until, seed=seed, size=size)
    if not made.count:
        raise Rejected("participants.audit.sample_empty", kind=kind)
    record(AuditSampled(subject=actor.organization, object_kind=kind, since=since, until=until, seed=seed, population=made.count,
                        population_hash=made.hash, drawn=list(made.drawn)), actor=actor, at=at)
    return made
