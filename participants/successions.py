"""Succession 承继 (R39, B8): an organisation merges, splits, dissolves or goes bankrupt, and its rights and duties pass in one act.

A case is filed with its documents, put to decision by the registrar (the compliance desk) and decided by the authority. Agreed,
every room moves its own rows in that transaction (``estates``), the money is posted, the predecessor is closed: all of it or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.queries import balance
from participants.admission_moves import move as move_admission
from participants.approvals import ask_approval, decide_approval
from participants.capabilities import hold_capability
from participants.estates import Held, Obstacle, Passing, followers, hindrances, rows_of, winders
from participants.events import succession_moved
from participants.models import (
    Admission,
    AdmissionStatus,
    Approval,
    ApprovalStatus,
    Membership,
    Organization,
    SecurityReview,
    SecurityReviewStatus,
    Succession,
    SuccessionHeir,
    SuccessionKind,
    SuccessionMove,
    SuccessionPart,
    SuccessionStatus,
)
from participants.notices import notify
from participants.ownership import venue_side
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import holding_organization, house_venue, open_holds, venue_organization
from participants.roles import OrganizationKind, Standing
from participants.states import SUCCESSION

__all__ = ["DECIDE", "MONEY", "apportion", "decide_succession", "file_succession", "hands_over", "named_first", "of_the_house",
           "passed_on", "passing_of", "propose_succession", "standing_in_the_way", "successor_of",
           "tell_succession", "withdraw_succession"]

DECIDE = "participants.succession.decide"
#: the unit of an organisation's free money
MONEY = "CNY"
_WORST = [Standing.GOOD, Standing.WATCH, Standing.RESTRICTED, Standing.SUSPENDED]


def tell_succession(held: Succession, act: str, *, actor: Actor, at: datetime, moves: int = 0, money_fen: int = 0,
                    transfer_hash: str = "") -> None:
    """This will record a step of a case."""
    heirs = sorted(held.heirs.values_list("organization__code", flat=True))
    record(succession_moved(act)(
        subject=held.code, predecessor=held.predecessor.code, heirs=heirs, succession_kind=held.kind, reason=held.reason, moves=moves,
        money_fen=money_fen, transfer_hash=transfer_hash, agreement_sha256=held.agreement.sha256, extract_sha256=held.extract.sha256),
        actor=actor, at=at)


def _locked(succession: Succession) -> Succession:
    return Succession.objects.select_for_update(of=("self",), no_key=True).select_related("predecessor__venue", "agreement", "extract").get(
        pk=succession.pk)


def _move(held: Succession, act: str) -> None:
    held.status = advance(SUCCESSION, SuccessionStatus(held.status), act, subject=held.code, code="participants.succession.illegal_move")


@covers("R39", "B8")
@operation("participants.succession.file")
def file_succession(*, predecessor: Organization, heirs: Sequence[Organization], kind: str, agreement: Deposit | None,
                    extract: Deposit | None, note: str = "", disposal_plan: str = "", actor: Actor, clock: Clock) -> Succession:
    """This will open a case: by a successor, by the organisation that ends, or by the desk for an administrator in bankruptcy.

    ``participants.succession.incomplete`` names what lacks: both documents; one heir in a merger, two or more in a split.
    """
    at = clock.now()
    parties = {predecessor.pk, *(one.pk for one in heirs)}
    require(actor, "participants.succession.file", subject=Organization.objects.get(pk=actor.organization_id) if
            actor.organization_id in parties else predecessor, at=at)
    many = len({one.pk for one in heirs})
    wrong = {SuccessionKind.MERGER: many != 1, SuccessionKind.SPLIT: many < 2}.get(SuccessionKind(kind), many > 1)
    own_will = kind == SuccessionKind.LEAVING  # filed by its own act (``leaving``)
    if wrong or own_will or predecessor.pk in {one.pk for one in heirs} or any(of_the_house(one) for one in (predecessor, *heirs)):
        raise Rejected("participants.succession.heirs", kind=SuccessionKind(kind).label)
    if agreement is None or extract is None:
        raise Rejected("participants.succession.incomplete")
    if closed := next((one for one in (predecessor, *heirs) if one.closed_at), None):
        raise Rejected("participants.organization.closed", organization=closed.short_name)
    made = Succession(code=new_code("SUC"), predecessor=predecessor, kind=kind, note=note.strip()[:4000], agreement=agreement,
                      extract=extract, disposal_plan=disposal_plan.strip()[:4000], filed_by=actor.code, filed_for_id=actor.organization_id,
                      filed_at=at)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as taken:
        raise Rejected("participants.succession.under_way", organization=predecessor.short_name) from taken
    for one in heirs:
        SuccessionHeir.objects.create(succession=made, organization=one)
    tell_succession(made, "file", actor=actor, at=at)
    for one in sorted((predecessor, *heirs), key=lambda party: party.pk):
        notify(organization=one, kind="participants.succession.filed", tone="wait", subject=made.code, at=at,
               href=f"/desk/successions/{made.code}/",
               text=(f"“{predecessor.short_name}”的{SuccessionKind(kind).label}承继 {made.code} 已申报，由登记部门核对、监管机构决定。",
                     f"The succession {made.code} to “{predecessor.short_name_en or predecessor.short_name}” is filed; the registrar "
                     "checks it and the authority decides."))
    return made


def of_the_house(one: Organization) -> bool:
    """This will tell whether it is the house's own: venue, authorities and the shelf of imported catalogues do not pass on or leave."""
    return one.kind in {OrganizationKind.VENUE, OrganizationKind.AUTHORITY} or one.pk in {
        venue_organization(house_venue()).pk, holding_organization().pk}


@covers("R39", "B8")
@operation("participants.succession.apportion")
def apportion(*, succession: Succession, parts: Mapping[str, str], actor: Actor, clock: Clock) -> Succession:
    """This will write a split's table anew: unit -> code of the heir. Each unit goes to exactly one heir (unique key)."""
    at = clock.now()
    held = _locked(succession)
    require(actor, "participants.succession.prepare", subject=held, at=at)
    if held.status != SuccessionStatus.FILED or held.kind != SuccessionKind.SPLIT or _asked(held):
        raise Rejected("participants.succession.illegal_move", subject=held.code, state=held.get_status_display(), open_actions="-")
    heirs = {one.organization.code: one for one in held.heirs.select_related("organization")}
    if unknown := sorted(set(parts.values()) - set(heirs)):
        raise Rejected("participants.succession.not_an_heir", organization=", ".join(unknown))
    SuccessionPart.objects.filter(succession=held).delete()
    lines = [SuccessionPart(succession=held, unit=unit, heir=heirs[code]) for unit, code in sorted(parts.items())]
    SuccessionPart.objects.bulk_create(lines)
    tell_succession(held, "apportion", actor=actor, at=at)
    return held


@operation("participants.succession.withdraw")
def withdraw_succession(*, succession: Succession, actor: Actor, clock: Clock) -> Succession:
    """This will take a case back before it is decided."""
    at = clock.now()
    held = _locked(succession)
    require(actor, "participants.succession.prepare", subject=held, at=at)
    _move(held, "withdraw")
    if _asked(held):
        raise Rejected("participants.succession.waits_for_second", subject=held.code)
    held.save(update_fields=["status"])
    tell_succession(held, "withdraw", actor=actor, at=at)
    return held


def _asked(held: Succession) -> Approval | None:
    return Approval.objects.filter(act=DECIDE, subject=held.code, status=ApprovalStatus.PENDING).first()


@covers("R39", "I18")
@operation("participants.succession.propose")
def propose_succession(*, succession: Succession, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will put a case to the authority, by the registrar who has checked documents, table and obstacles."""
    at = clock.now()
    require(actor, "participants.succession.propose", at=at)
    held = _locked(succession)
    advance(SUCCESSION, SuccessionStatus(held.status), "begin", subject=held.code, code="participants.succession.illegal_move")
    if len(reason.strip()) < 2:
        raise Rejected("participants.succession.reason")
    _refuse_hindered(passing_of(held, at))
    return ask_approval(act=DECIDE, subject=held.code, payload={"reason": reason.strip()[:2000]}, actor=actor, at=at)


@covers("R39", "B8", "I18")
@operation("participants.succession.decide")
def decide_succession(*, succession: Succession, agree: bool, reason: str, actor: Actor, clock: Clock) -> Succession:
    """This will decide a case, by the authority; agreed, everything passes in this transaction and the predecessor is closed."""
    at = clock.now()
    require(actor, DECIDE, at=at)
    held = _locked(succession)
    asked = _asked(held)
    if asked is None:
        raise Rejected("participants.succession.not_proposed", subject=held.code)
    if not agree and len(reason.strip()) < 2:
        raise Rejected("participants.succession.reason")
    decide_approval(approval=asked, approve=agree, reason=reason, actor=actor, at=at)
    held.reason, held.decided_at, held.decided_by = reason.strip()[:2000] or str(asked.payload["reason"]), at, actor.code
    if not agree:
        _move(held, "refuse")
        held.save()
        tell_succession(held, "refuse", actor=actor, at=at)
        _news(held, at)
        return held
    _carry_out(held, actor=actor, at=at)
    return held


def passing_of(held: Succession, at: datetime) -> Passing:
    """This will gather what a case passes on, and to whom: the one heir, or the heir its unit's line names."""
    heirs = [one.organization for one in held.heirs.select_related("organization__venue").order_by("organization__code")]
    lines = {one.unit: one.heir.organization for one in held.parts.select_related("heir__organization")}

    def heir_of(unit: str) -> Organization | None:
        return heirs[0] if len(heirs) == 1 else lines.get(unit)

    rows = rows_of(held.predecessor)
    kept = [one for _, one in rows if one.live or not one.other or (heir := heir_of(one.unit)) is None or heir.pk != one.other]
    return Passing(held, held.predecessor, heir_of, at, kept, [one for kind, one in rows if one.live and not kind.ends])


@covers("R39", "B8")
def standing_in_the_way(passing: Passing) -> list[Obstacle]:
    """This will list what lacks: units without an heir, what each room wants settled, conduct and reviews still open."""
    held, found = passing.succession, list[Obstacle]()
    units = {one.unit for one in passing.held} | ({MONEY} if _money(passing.predecessor) else set())
    if held.kind == SuccessionKind.SPLIT:
        found += [Obstacle(unit, ("分立方案没有指定由谁承继", "the table of the split names no heir for it"))
                  for unit in sorted(units) if passing.heir_of(unit) is None]
        found += [Obstacle(unit, ("分立方案列了已不存在的项目", "the table names what is not there any more"))
                  for unit in sorted(set(held.parts.values_list("unit", flat=True)) - units)]
    elif not held.heirs.exists():
        found += [Obstacle(one.code, ("无人承继，应先办结", "nobody takes it over: finish it first")) for one in passing.unended]
    found += [Obstacle(one.code, ("对方就是承继方，应先了结", "its other side is the heir: settle it first")) for one in passing.held
              if one.other and (heir := passing.heir_of(one.unit)) is not None and heir.pk == one.other]
    if not held.heirs.exists() and _money(passing.predecessor):
        found.append(Obstacle(passing.predecessor.code, ("账户仍有余额，应先清算提取", "money is left: it has to be paid out first")))
    if SecurityReview.objects.filter(organization=passing.predecessor, status=SecurityReviewStatus.OPEN).exists():
        found.append(Obstacle(passing.predecessor.code, ("安全审查尚未结束", "its security review is still open")))
    return found + _of_the_venues_side(passing) + _held_by_order(passing) + hindrances(passing)


@covers("R53", "R39")
def _of_the_venues_side(passing: Passing) -> list[Obstacle]:
    """The venue and its side take over nothing of a merchant or a buyer: what they may not hold, list or bid for does not reach them so."""
    side = venue_side(passing.predecessor.venue, passing.at)
    heirs = {heir.pk: heir for one in passing.held if (heir := passing.heir_of(one.unit)) is not None}
    return [Obstacle(heir.code, (f"{heir.short_name} 属于交易场所一方，不得承继权利、挂牌和交易（数据二十条 第九条）",
                                 f"{heir.short_name_en or heir.short_name} is on the venue's side: no right or listing passes to it"))
            for _, heir in sorted(heirs.items()) if heir.pk in side or heir.is_venue_affiliate]


#: a desk's order over a capability, which follows what it was ordered about
_ORDERED = "desk"


@covers("R39", "A3")
def _held_by_order(passing: Passing) -> list[Obstacle]:
    """A capability held for a cause of the organisation's own (a listed name, an interim measure) is cleared up first, not shed."""
    own = [one for one in open_holds(passing.predecessor, at=passing.at) if one.reason_code not in {_ORDERED, "security_review"}]
    return [Obstacle(passing.predecessor.code, (f"权能“{one.get_capability_display()}”因“{one.reason}”暂停，应先了结",
                                                f"its capability “{one.capability}” is on hold ({one.reason}): that is settled first"))
            for one in own]


def _refuse_hindered(passing: Passing) -> None:
    if found := standing_in_the_way(passing):
        first = found[0]
        raise Rejected("participants.succession.hindered", count=len(found), subject=first.subject, zh=first.text[0], en=first.text[1])


def _money(organization: Organization) -> int:
    return balance(ledger.account(organization.code, AccountKind.AVAILABLE)).posted_fen


def _carry_out(held: Succession, *, actor: Actor, at: datetime) -> None:
    """All rooms, the money, the closing: one transaction. Everyone concerned is locked first, in the order of their keys."""
    keys = [held.predecessor_id, *held.heirs.values_list("organization_id", flat=True)]
    list(Organization.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    passing = passing_of(held, at)
    _refuse_hindered(passing)
    _move(held, "begin")
    held.save()
    tell_succession(held, "begin", actor=actor, at=at)
    moves = hands_over(passing)
    money, digest = 0, ""
    if held.heirs.exists():
        for room in followers():
            room(passing)
        money, digest = _pass_money(passing)
        _inherit_standing(passing)
        _inherit_holds(passing)
    else:
        for room in winders():
            room(passing)
    _close(passing)
    _move(held, "finish")
    held.save(update_fields=["status"])
    tell_succession(held, "finish", actor=actor, at=at, moves=moves, money_fen=money, transfer_hash=digest)
    _news(held, at)


def hands_over(passing: Passing) -> int:
    """This will pass every owner column that was found, table by table, each row with the record of its move."""
    groups: dict[tuple[str, str, int], list[Held]] = defaultdict(list)
    for one in passing.held:
        if (heir := passing.heir_of(one.unit)) is not None:
            groups[one.table, one.column, heir.pk].append(one)
    with connection.cursor() as cursor:
        for (table, column, heir_key), rows in groups.items():
            cursor.execute("SELECT participants_hand_over(%s, %s, %s, %s, %s, %s)",
                           [passing.succession.code, table, column, sorted(one.key for one in rows), passing.predecessor.pk, heir_key])
    return sum(len(rows) for rows in groups.values())


def _pass_money(passing: Passing) -> tuple[int, str]:
    """What is free on the predecessor's account goes to the heir of the money; the two legs sum to nothing."""
    heir = passing.heir_of(MONEY)
    if heir is None or not (fen := _money(passing.predecessor)):
        return 0, ""
    old, new = ledger.accounts((passing.predecessor.code, AccountKind.AVAILABLE), (heir.code, AccountKind.AVAILABLE))
    ledger.lock([old, new])
    done = ledger.transfer(kind="succession", legs=[ledger.Leg(old, -fen), ledger.Leg(new, fen)], subject=passing.succession.code,
                           at=passing.at)
    return fen, done.hash


def _inherit_standing(passing: Passing) -> None:
    """A fall in standing is no debt that a merger sheds: each heir stands no better than who it takes over."""
    from participants.operations import set_standing

    ends = passing.predecessor
    for one in [row.organization for row in passing.succession.heirs.select_related("organization").order_by("organization_id")]:
        if _WORST.index(Standing(ends.standing)) > _WORST.index(Standing(one.standing)):
            set_standing(organization=one, standing=ends.standing, band=max(ends.band, one.band), cause_code=passing.succession.code,
                         reason=f"承继 {ends.code}", actor=SYSTEM, at=passing.at)


@covers("R39", "A3")
def _inherit_holds(passing: Passing) -> None:
    """What the desk ordered stays ordered: each heir's capability is on hold for the same cause and term, until the desk lifts it there."""
    ordered = [one for one in open_holds(passing.predecessor, at=passing.at) if one.reason_code == _ORDERED]
    for heir in [row.organization for row in passing.succession.heirs.select_related("organization").order_by("organization_id")]:
        for one in ordered:
            hold_capability(organization=heir, capability=one.capability, reason_code=_ORDERED, until=one.until,
                            reason=f"{one.reason}（承继 {passing.succession.code}）", basis=one.basis or passing.succession.code,
                            actor=SYSTEM, at=passing.at)


def _close(passing: Passing) -> None:
    """Nobody acts for it any more: admissions and memberships end with their keys, and the organisation is closed for good."""
    from participants.people import _end

    ends, at = passing.predecessor, passing.at
    for admission in Admission.objects.select_for_update(of=("self",), no_key=True).filter(
            organization=ends, status=AdmissionStatus.ADMITTED).select_related("organization").order_by("pk"):
        move_admission(admission, "leave", actor=SYSTEM, at=at, effective_to=at, reason=passing.succession.code)
    for member in Membership.objects.filter(in_force(at), organization=ends).order_by("pk"):
        _end(membership=member, reason=passing.succession.code, actor=SYSTEM, at=at)
    ends.closed_at = at
    ends.save(update_fields=["closed_at"])


def _news(held: Succession, at: datetime) -> None:
    done, parties = held.status == SuccessionStatus.DONE, {one.organization_id: one.organization for one in held.heirs.select_related(
        "organization")}
    if not done:
        parties[held.predecessor_id] = held.predecessor
    zh = f"承继 {held.code} 已完成，权利义务已全部移转。" if done else f"承继 {held.code} 不予同意：{held.reason}"
    en = f"The succession {held.code} is " + ("done: every right and duty has passed." if done else f"refused: {held.reason}")
    for _, one in sorted(parties.items()):
        notify(organization=one, kind=f"participants.succession.{held.status}", tone="ok" if done else "bad", subject=held.code,
               href=f"/desk/successions/{held.code}/", at=at, text=(zh, en))


def successor_of(organization: Organization) -> Succession | None:
    """This will return the case by which an organisation ended, if it has."""
    return Succession.objects.filter(predecessor=organization, status=SuccessionStatus.DONE).prefetch_related("heirs__organization").first()


def passed_on(table: str, column: str, key: int) -> SuccessionMove | None:
    """This will return the newest move of a row's owner, with its case and who it came from; None where it never passed."""
    rows = SuccessionMove.objects.filter(table=table, column=column, row=key).select_related("succession", "before").order_by("-pk")
    return rows.first()


def named_first(table: str, column: str, keys: Collection[int]) -> dict[int, str]:
    """This will tell whom rows named before any succession, by key: what was hashed or divided then speaks of that organisation."""
    moves = SuccessionMove.objects.filter(table=table, column=column, row__in=keys).order_by("-pk")
    return dict(moves.values_list("row", "before__code"))
