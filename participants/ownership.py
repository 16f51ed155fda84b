"""Who controls whom (R53, R107): stakes, control along chains, the venue's own side, owners abroad.

Control is more than ``control.share_bps`` of the shares, held by one or by several who are controlled together; it passes down
chains of any length. Bodies of the state are owners but no group: being owned by the same authority connects nobody (Company
Law Art. 265).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from participants.events import AffiliationChanged, StakeDeclared, StakeEnded
from participants.models import Organization, OwnershipStake, Venue
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import LOCAL, parameter
from participants.roles import OrganizationKind
from participants.security_reviews import review_foreign_control

__all__ = ["Stakes", "Turnover", "controllers_of", "declare_stake", "end_stake", "follow_ownership", "venue_side"]

#: one holding: (owner, owned, share in basis points)
Holding = tuple[int, int, int]


@dataclass(frozen=True)
class Turnover:
    """Last year's turnover that decides whether a change of control is filed: all parties together, and each party in China."""

    year: int
    world_fen: int
    china_fen: int
    owner_china_fen: int
    owned_china_fen: int


@dataclass(frozen=True)
class Stakes:
    """The holdings in force, as a graph of keys."""

    holdings: tuple[Holding, ...]
    more_than_bps: int

    def controlled_by(self, seeds: Collection[int]) -> set[int]:
        """This will return everyone the seeds control together, themselves included."""
        group, grown = set(seeds), True
        while grown:
            shares: dict[int, int] = defaultdict(int)
            for owner, owned, share in self.holdings:
                if owner in group and owned not in group:
                    shares[owned] += share
            fresh = {owned for owned, share in shares.items() if share > self.more_than_bps}
            group, grown = group | fresh, bool(fresh)
        return group

    def above(self, key: int) -> set[int]:
        """This will return whoever holds any share of ``key``, directly or through others."""
        found, fresh = set[int](), {key}
        while fresh:
            fresh = {owner for owner, owned, _ in self.holdings if owned in fresh} - found - {key}
            found |= fresh
        return found

    def controllers_of(self, key: int) -> set[int]:
        """This will return whoever controls ``key``, alone and through whom they control."""
        return {one for one in self.above(key) if key in self.controlled_by({one})}


def stakes_at(at: datetime, venue: Venue) -> Stakes:
    """This will read the holdings in force at ``at``, without those of bodies of the state."""
    rows = OwnershipStake.objects.filter(in_force(at)).exclude(owner__kind=OrganizationKind.AUTHORITY)
    return Stakes(tuple(rows.values_list("owner_id", "owned_id", "share_bps")), int(parameter("control.share_bps", venue=venue, at=at)))


@covers("R53", "A4")
def venue_side(venue: Venue, at: datetime) -> set[int]:
    """This will return the keys of the venue's operator, of who controls it, and of all they control."""
    operators = set(Organization.objects.filter(venue=venue, kind=OrganizationKind.VENUE).values_list("pk", flat=True))
    graph = stakes_at(at, venue)
    above = {key for one in operators for key in graph.controllers_of(one)}
    return graph.controlled_by(operators | above)


def controllers_of(organization: Organization, *, at: datetime) -> list[Organization]:
    """This will return the organisations that control this one, in the order of their codes."""
    keys = stakes_at(at, organization.venue).controllers_of(organization.pk)
    return list(Organization.objects.filter(pk__in=keys).order_by("code"))


@covers("R53", "A4", "R107")
@operation("participants.stake.declare")
def declare_stake(*, owner: Organization, owned: Organization, share_bps: int, source: str = "", turnover: Turnover | None = None,
                  actor: Actor, clock: Clock) -> OwnershipStake:
    """This will put a holding on file and follow it: who is on the venue's side, who is controlled from abroad.

    A party that declares that its control changed states last year's turnover of both groups, by which a concentration is filed (R85).
    """
    at = clock.now()
    require(actor, "participants.stake.declare", subject=owned, at=at)
    _lock_graph()
    _refuse_more_than_all(owner, owned, share_bps, at)
    before = stakes_at(at, owned.venue)
    after = Stakes((*before.holdings, (owner.pk, owned.pk, share_bps)), before.more_than_bps)
    gained = owner.kind != OrganizationKind.AUTHORITY and bool(after.controllers_of(owned.pk) - before.controllers_of(owned.pk))
    if gained and actor.organization_id == owned.pk:
        _refuse_unstated(turnover, at)
    stake = OwnershipStake.objects.create(owner=owner, owned=owned, share_bps=share_bps, source=source, effective_from=at,
                                          turnover=asdict(turnover) if gained and turnover else {})
    record(StakeDeclared(subject=owned.code, owner=owner.code, share_bps=share_bps, effective_from=at, control=gained), actor=actor, at=at)
    _follow(owned, at)
    return stake


@covers("R85")
def _refuse_unstated(turnover: Turnover | None, at: datetime) -> None:
    """Each figure is asked for at its field; the group's total in China holds its parties', the world's holds China's."""
    told, faults = turnover or Turnover(0, -1, -1, -1, -1), []
    if told.year != at.astimezone(LOCAL).year - 1:
        faults.append(FieldFault("turnover_year", "range", ("应为上一年度", "It is last year")))
    for name in ("world_fen", "china_fen", "owner_china_fen", "owned_china_fen"):
        if not 0 <= getattr(told, name) <= MAX_FEN:
            faults.append(FieldFault(name, "missing", ("填写上一年度营业额（元）", "State last year's turnover in yuan")))
    if not faults and not told.world_fen >= told.china_fen >= max(told.owner_china_fen, told.owned_china_fen):
        faults.append(FieldFault("china_fen", "range", ("全球合计不小于中国境内合计，境内合计不小于任何一方",
                                                        "The world holds China, and China holds each party")))
    if faults:
        raise Rejected("participants.stake.turnover_missing", errors=faults)


def _refuse_more_than_all(owner: Organization, owned: Organization, share_bps: int, at: datetime) -> None:
    rows = list(OwnershipStake.objects.filter(in_force(at), owned=owned).values_list("owner_id", "share_bps"))
    if any(key == owner.pk for key, _ in rows):
        raise Rejected("participants.stake.on_file", owner=owner.short_name)
    if not 0 < share_bps <= 10_000 - sum(share for _, share in rows):
        raise Rejected("participants.stake.over_all", left=(10_000 - sum(share for _, share in rows)) // 100)


@covers("R53")
@operation("participants.stake.end")
def end_stake(*, stake: OwnershipStake, actor: Actor, clock: Clock) -> OwnershipStake:
    """This will end a holding now and follow it; one that has ended stays as it is."""
    at = clock.now()
    _lock_graph()
    held = OwnershipStake.objects.select_for_update(of=("self",), no_key=True).select_related("owner", "owned").get(pk=stake.pk)
    require(actor, "participants.stake.declare", subject=held.owned, at=at)
    if held.effective_to is not None:
        raise Rejected("participants.stake.ended")
    held.effective_to = at
    held.save(update_fields=["effective_to"])
    record(StakeEnded(subject=held.owned.code, owner=held.owner.code, share_bps=held.share_bps), actor=actor, at=at)
    _follow(held.owned, at)
    return held


def _lock_graph() -> None:
    """One change of the graph at a time: two that cross would each miss what they make together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('participants_ownership', 0))")


def _follow(changed: Organization, at: datetime) -> None:
    follow_affiliation(at=at)
    below = stakes_at(at, changed.venue).controlled_by({changed.pk})
    for one in Organization.objects.filter(pk__in=below).select_related("venue").order_by("pk"):
        review_foreign_control(organization=one, controllers=controllers_of(one, at=at), cause=changed.code, at=at)


@operation("participants.affiliation.follow")
def follow_ownership(*, actor: Actor, clock: Clock) -> int:
    """This will bring the marks of the venue's side in line with the graph; the nightly net, returns how many changed."""
    at = clock.now()
    require(actor, "participants.affiliation.follow", at=at)
    _lock_graph()
    if not (changed := follow_affiliation(at=at)):
        unchanged(at=at)
    return changed


def follow_affiliation(*, at: datetime) -> int:
    """This will mark who is on the venue's side and unmark who no longer is, each with its fact, in the caller's transaction."""
    changed = 0
    for venue in Venue.objects.order_by("pk"):
        side = venue_side(venue, at)
        rows = Organization.objects.select_for_update(no_key=True).filter(venue=venue).exclude(kind=OrganizationKind.VENUE)
        marked = set(rows.filter(is_venue_affiliate=True).values_list("pk", flat=True))
        for one in rows.filter(pk__in=side ^ marked).order_by("pk"):
            one.is_venue_affiliate = one.pk in side
            one.save(update_fields=["is_venue_affiliate"])
            through = sorted(Organization.objects.filter(pk__in=_between(one.pk, side, venue, at)).values_list("code", flat=True))
            record(AffiliationChanged(subject=one.code, is_affiliate=one.is_venue_affiliate, through=through), actor=SYSTEM, at=at)
            changed += 1
    return changed


def _between(key: int, side: set[int], venue: Venue, at: datetime) -> Iterable[int]:
    """Who on the venue's side holds shares of it."""
    return {owner for owner, owned, _ in stakes_at(at, venue).holdings if owned == key and owner in side}
