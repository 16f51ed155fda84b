"""Merger, split, dissolution, bankruptcy (R39, B8, M10): every right and duty passes in one transaction, or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from delivery.models import Delivery
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Balance, Posting
from ledger.operations import Leg, account, transfer
from ledger.queries import balance
from listings.content import hash_of_content
from listings.models import Consent, Listing, PropertyRight, RegistrationCertificate
from listings.queries import tradable
from listings.rights import grant_right
from participants import estates, successions
from participants.capabilities import hold_capability, lift_capability
from participants.estates import rows_of
from participants.models import CapabilityHold, Membership, Notice, Organization, Succession, SuccessionMove
from participants.queries import may
from participants.roles import Role
from participants.successions import passing_of
from settlement.models import Settlement
from tests.factories import make_actor, make_organization, make_person, make_user
from tests.ledger.books import acting
from tests.listings.worlds import make_deposit, make_right
from tests.settlement.estates import World, carried_out, filed, make_world, proposed, supply
from tests.trading.worlds import declare, make_listing
from trading.models import Auction, Bidder, Trade, TradeReport

pytestmark = pytest.mark.django_db


def owned(of: Organization) -> set[tuple[str, str, int]]:
    return {(one.table, one.column, one.key) for _, one in rows_of(of)}


def faults() -> set[tuple[str, str]]:
    """What the checker finds, save of moves of objects that a world wrote as rows, of which no fact tells."""
    rows = ("ADM-", "DCL-", "RGT-", "CRT-", "REG-", "LST-", "LSV-")
    return {(one.id, one.text) for one in check_all().violations if one.id != "I17" or not one.text.startswith(rows)}


def free(of: Organization) -> int:
    return balance(account(of.code, AccountKind.AVAILABLE)).posted_fen


@covers("R39", "B8", "M10")
def test_m10_a_merger_moves_every_right_and_every_duty_to_the_successor_in_one_act() -> None:
    world = make_world()
    before, money, theirs = owned(world.ends), free(world.ends), free(world.heir)
    written = faults()
    tables = {table for table, _, _ in before}
    assert {"listings_propertyright", "listings_registrationcertificate", "listings_listing", "listings_listingversion", "listings_consent",
            "trading_auction", "trading_bidder", "trading_trade", "trading_tradereport", "delivery_delivery", "settlement_settlement",
            "compliance_filing", "listings_contributor"} <= tables
    case = carried_out(filed(world))
    case.refresh_from_db()
    assert case.status == "done"
    assert owned(world.ends) == set() and before <= owned(world.heir)
    assert (free(world.ends), free(world.heir)) == (0, theirs + money)
    assert SuccessionMove.objects.filter(succession=case).count() == len(before)
    told = Record.objects.filter(kind="participants.succession.carried_out", subject=case.code).get()
    assert told.payload["moves"] == len(before)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert faults() - written == set()


@covers("R39", "B8", "M10")
def test_what_was_under_way_goes_on_with_the_successor() -> None:
    world = make_world()
    carried_out(filed(world))
    assert tradable(Listing.objects.get(pk=world.listing.pk), at=MARKET_CLOCK.now()) == ""
    assert Auction.objects.get(pk=world.lot.pk).seller_id == world.heir.pk
    mine = Bidder.objects.get(auction=world.foreign, organization=world.heir)
    reserved = balance(account(world.heir.code, AccountKind.AVAILABLE)).reserved_fen
    assert mine.deposit_fen and reserved == mine.deposit_fen, "the deposit stands reserved on the successor's account"
    assert Delivery.objects.get(pk=world.bought.pk).buyer_id == world.heir.pk
    assert Trade.objects.get(pk=world.unpaid.pk).seller_id == world.heir.pk
    settlement = Settlement.objects.get(trade=world.due)
    assert world.heir.code in settlement.parties and world.ends.code not in settlement.parties
    assert TradeReport.objects.get(pk=world.report.pk).reporter_id == world.heir.pk
    assert Consent.objects.get(product=world.listing.product).organization_id == world.heir.pk
    assert Record.objects.filter(kind="listings.consent.passed_on").count() == 1


@covers("R39")
def test_what_was_said_stays_as_it_was_said() -> None:
    """Hashes of versions and certificates speak of who made them; the successor stands in the moves beside."""
    world = make_world()
    version = Listing.objects.get(pk=world.listing.pk).version
    before = hash_of_content(version)
    certificate = RegistrationCertificate.objects.get(product=world.listing.product)
    content = (certificate.content, certificate.content_hash)
    carried_out(filed(world))
    version.refresh_from_db()
    certificate.refresh_from_db()
    assert version.organization_id == certificate.organization_id == world.heir.pk
    assert hash_of_content(version) == before and (certificate.content, certificate.content_hash) == content


@covers("R39")
def test_the_predecessor_is_closed_for_good() -> None:
    world = make_world()
    carried_out(filed(world))
    world.ends.refresh_from_db()
    assert world.ends.closed_at == MARKET_CLOCK.now()
    assert {may(world.ends, one, at=MARKET_CLOCK.now()) for one in ("list", "bid", "deliver", "withdraw")} == {
        "participants.organization.closed"}
    assert not world.ends.memberships.filter(effective_to__isnull=True).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(Role.BUYER, organization=world.ends, person=make_person())
    with pytest.raises(Rejected, match=r"closed|under_way"):
        filed(world)


def states() -> dict[str, Any]:
    return {"ledger": list(Balance.objects.order_by("pk").values_list("pk", "posted_fen", "reserved_fen")),
            "moves": SuccessionMove.objects.count(), "rights": sorted(PropertyRight.objects.values_list("pk", "organization_id")),
            "trades": sorted(Trade.objects.values_list("pk", "seller_id", "buyer_id"))}


def _break_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last room's mover fails: its settlement cannot be written."""

    def fails(passing: Any) -> None:
        raise RuntimeError("the last mover fails")

    monkeypatch.setitem(estates._FOLLOWS, "settlement.accounts", fails)


@covers("M10", "R39")
def test_m10_when_the_last_mover_fails_nothing_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    case = proposed(filed(world))
    before, written = (states(), owned(world.ends)), faults()
    _break_last(monkeypatch)
    with pytest.raises(RuntimeError), transaction.atomic():
        successions.decide_succession(succession=case, agree=True, reason="同意", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    case.refresh_from_db()
    assert case.status == "filed" and (states(), owned(world.ends)) == before
    assert faults() == written


@contextmanager
def _taken_back() -> Iterator[None]:
    """What the naive run left behind is taken back, so that the test ends clean."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def naive_carry_out(case: Any) -> None:
    """Room by room, each in a transaction of its own, the state of the case in one before: what went before the failure stays."""
    passing = passing_of(case, MARKET_CLOCK.now())
    with transaction.atomic():
        successions.decide_approval(approval=successions._asked(case), approve=True, reason="同意", actor=make_actor(Role.REGULATOR),  # type: ignore[arg-type]
                                    at=MARKET_CLOCK.now())
        type(case).objects.filter(pk=case.pk).update(status="moving")
    for room in ("compliance", "listings"):
        with transaction.atomic():
            successions.hands_over(replace(passing, held=[one for one in passing.held if one.table.startswith(room)]))
    with transaction.atomic():
        raise RuntimeError("the next room fails")


@covers("M10")
def test_the_naive_way_leaves_half_of_it_behind_and_the_database_lets_nobody_keep_it() -> None:
    world = make_world()
    case = proposed(filed(world))
    with _taken_back():
        with acting(), pytest.raises(RuntimeError):
            naive_carry_out(case)
        assert PropertyRight.objects.filter(organization=world.heir).exists()
        assert Trade.objects.filter(seller=world.ends).exists()
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit asks


@covers("R39", "I18")
def test_nobody_decides_alone_and_nothing_moves_without_the_second_person() -> None:
    world = make_world()
    case = filed(world)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    with pytest.raises(Rejected, match="not_proposed"):
        successions.decide_succession(succession=case, agree=True, reason="同意", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    proposed(case)
    with pytest.raises(Rejected, match="denied"):
        successions.decide_succession(succession=case, agree=True, reason="同意", actor=officer, clock=MARKET_CLOCK)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE participants_succession SET status = 'moving' WHERE id = %s", [case.pk])
    refused = successions.decide_succession(succession=case, agree=False, reason="协议未生效", actor=make_actor(Role.REGULATOR),
                                            clock=MARKET_CLOCK)
    assert refused.status == "refused" and Organization.objects.get(pk=world.ends.pk).closed_at is None


@covers("R39")
@pytest.mark.parametrize("statement", [
    "UPDATE listings_listing SET organization_id = %(heir)s WHERE id = %(listing)s",
    "UPDATE listings_propertyright SET organization_id = %(heir)s",
    "UPDATE trading_auction SET seller_id = %(heir)s WHERE id = %(lot)s",
    "UPDATE delivery_delivery SET buyer_id = %(heir)s",
    "UPDATE settlement_settlement SET parties = ARRAY['X', 'Y']",
    "UPDATE trading_bidder SET deposit = gen_random_uuid() WHERE deposit IS NOT NULL",
    "UPDATE participants_organization SET closed_at = now() WHERE id = %(heir)s",
])
def test_the_database_lets_no_owner_change_but_by_a_succession(statement: str) -> None:
    world = make_world()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"heir": world.heir.pk, "listing": world.listing.pk, "lot": world.lot.pk})


@covers("R39")
def test_the_hand_over_serves_a_case_in_course_only() -> None:
    world = make_world()
    case = filed(world)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT participants_hand_over(%s, 'listings_listing', 'organization_id', %s, %s, %s)",
                       [case.code, [world.listing.pk], world.ends.pk, world.heir.pk])


@covers("R39")
def test_what_stands_in_the_way_is_named_before_anything_moves() -> None:
    world = make_world()
    stranger = make_organization(Role.DATA_MERCHANT, admitted=False)
    case = successions.file_succession(
        predecessor=world.ends, heirs=(stranger,), kind="merger", agreement=filed_paper(world), extract=filed_paper(world),
        actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    found = successions.standing_in_the_way(passing_of(case, MARKET_CLOCK.now()))
    assert world.listing.code in {one.subject for one in found}, "the successor may not list"
    with pytest.raises(Rejected, match="hindered"):
        proposed(case)


@covers("R53", "R39")
def test_nothing_passes_to_the_venue_or_its_side_and_the_database_hands_nothing_over_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    world: Any = World()
    world.listing = supply(world)
    declare(make_listing(world.heir))
    case = filed(world)
    Organization.objects.filter(pk=world.heir.pk).update(is_venue_affiliate=True)
    found = successions.standing_in_the_way(passing_of(case, MARKET_CLOCK.now()))
    assert [one.subject for one in found if "R53" in one.text[0] or "交易场所一方" in one.text[0]] == [world.heir.code]
    with pytest.raises(Rejected, match="hindered"):
        proposed(case)
    # the naive way asks nobody and moves the rows: each owner column of supply is refused below it
    monkeypatch.setattr(successions, "standing_in_the_way", lambda passing: [])
    with pytest.raises(IntegrityError, match="venue's side"), transaction.atomic():
        carried_out(case)
    assert PropertyRight.objects.filter(organization=world.ends).exists() and not PropertyRight.objects.filter(organization=world.heir,
        product=world.listing.product).exists(), "all of it or nothing"


@covers("R53")
@pytest.mark.parametrize("statement", [
    "UPDATE listings_propertyright SET organization_id = %(heir)s WHERE product_id = %(product)s",
    "UPDATE listings_listing SET organization_id = %(heir)s WHERE product_id = %(product)s",
    "UPDATE listings_registrationcertificate SET organization_id = %(heir)s WHERE product_id = %(product)s"])
def test_no_owner_column_of_supply_takes_an_organisation_of_the_venues_side(statement: str) -> None:
    world: Any = World()
    world.listing = supply(world)
    Organization.objects.filter(pk=world.heir.pk).update(is_venue_affiliate=True)
    with pytest.raises(IntegrityError, match="venue's side"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"heir": world.heir.pk, "product": world.listing.product_id})


@covers("R39", "A3")
@pytest.mark.parametrize("capability", ["bid", "deliver"])
def test_an_heir_that_may_not_bid_or_deliver_takes_over_no_bidding_and_nothing_still_to_be_delivered(capability: str) -> None:
    world = make_world()
    case, at = filed(world), MARKET_CLOCK.now()
    assert not [one for one in successions.standing_in_the_way(passing_of(case, at)) if "资格" in one.text[0]]
    hold_capability(organization=world.heir, capability=capability, reason_code="desk", reason="待核", actor=SYSTEM, at=at)
    found = {one.subject for one in successions.standing_in_the_way(passing_of(case, at)) if "资格" in one.text[0]}
    assert world.foreign.code in found if capability == "bid" else Delivery.objects.filter(code__in=found, seller=world.ends).exists()


@covers("R39", "A3")
def test_a_desks_hold_passes_to_the_heir_and_a_hold_of_the_organisations_own_is_settled_first() -> None:
    world: Any = World()
    world.listing = supply(world)
    declare(make_listing(world.heir))
    at = MARKET_CLOCK.now()
    hold_capability(organization=world.ends, capability="withdraw", reason_code="desk", reason="账户信息待核", basis="登记规则 第3条",
                    actor=SYSTEM, at=at)
    own = hold_capability(organization=world.ends, capability="bid", reason_code="compliance.interim_measure", reason="临时措施",
                          actor=SYSTEM, at=at)
    case = filed(world)
    with pytest.raises(Rejected, match="hindered"):
        proposed(case)
    lift_capability(hold=own, reason="期满", actor=SYSTEM, at=MARKET_CLOCK.now())
    assert may(world.heir, "withdraw", at=MARKET_CLOCK.now()) == ""
    carried_out(case)
    held = CapabilityHold.objects.get(organization=world.heir, lifted_at__isnull=True)
    assert (held.capability, held.reason_code, held.basis) == ("withdraw", "desk", "登记规则 第3条")
    assert may(world.heir, "withdraw", at=MARKET_CLOCK.now()) != "", "a merger sheds no order"


@covers("R39")
def test_a_split_gives_each_unit_to_exactly_one_successor_and_leaves_nothing_over() -> None:
    world = make_world()
    second = make_organization(Role.DATA_MERCHANT, Role.BUYER)
    declare(make_listing(second))
    case = filed(world, "split", world.heir, second)
    units = sorted({one.unit for _, one in rows_of(world.ends)} | {successions.MONEY})
    with pytest.raises(Rejected, match="hindered"):
        proposed(case)
    half = {unit: (world.heir if n % 2 else second).code for n, unit in enumerate(units)}
    successions.apportion(succession=case, parts={key: half[key] for key in units[:-1]}, actor=world.successor, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="hindered"):
        proposed(case)
    successions.apportion(succession=case, parts=half, actor=world.successor, clock=MARKET_CLOCK)
    before, written = owned(world.ends), faults()
    carried_out(case)
    assert owned(world.ends) == set() and before <= owned(world.heir) | owned(second)
    assert owned(world.heir) & before and owned(second) & before
    assert Posting.objects.aggregate(fen=Sum("amount_fen"))["fen"] == 0
    assert faults() - written == set()


@covers("R39", "R29")
def test_where_nobody_takes_over_people_are_told_listings_end_and_important_data_needs_a_plan() -> None:
    world: Any = World()
    world.listing = supply(world)
    written = faults()
    case = successions.file_succession(
        predecessor=world.ends, heirs=(), kind="bankruptcy", agreement=filed_paper(world), extract=filed_paper(world),
        actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="hindered"):
        proposed(case)  # its money is not paid out yet
    with acting():
        own, bank, fen = account(world.ends.code, AccountKind.AVAILABLE), account("BANK", AccountKind.BANK), free(world.ends)
        transfer(kind="payout", subject=case.code, at=MARKET_CLOCK.now(), legs=[Leg(own, -fen), Leg(bank, fen)])
    carried_out(case)
    drain()
    listing = Listing.objects.get(pk=world.listing.pk)
    assert listing.status == "delisted" and not PropertyRight.objects.filter(organization=world.ends, status="active").exists()
    assert Consent.objects.get(product=listing.product).status == "expired"
    assert faults() - written == set()


@covers("R39", "R27", "B9")
def test_whoever_consented_is_told_who_goes_on_with_the_data() -> None:
    world: Any = World()
    world.listing = supply(world)
    consent = Consent.objects.get(product=world.listing.product)
    declare(make_listing(world.heir))
    mine = Membership.objects.get(person=consent.subject, role=Role.DATA_SUBJECT).organization
    carried_out(filed(world))
    notice = Notice.objects.get(organization=mine, kind="listings.consent.passed_on")
    assert "承继方继续履行" in notice.text_zh and "withdrawn at any time" in notice.text_en
    assert consent.subject.name not in notice.text_zh, "it names nobody"


@covers("R39")
def test_important_data_that_nobody_takes_over_hinders_the_end_until_a_disposal_plan_is_filed() -> None:
    world: Any = World()
    weighty = make_listing(world.ends, grade="important")
    make_listing(world.ends)

    def hindered(plan: str) -> list[str]:
        case = successions.file_succession(
            predecessor=world.ends, heirs=(), kind="bankruptcy", agreement=filed_paper(world), extract=filed_paper(world),
            disposal_plan=plan, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
        found = successions.standing_in_the_way(passing_of(case, MARKET_CLOCK.now()))
        Succession.objects.filter(pk=case.pk).update(status="withdrawn")
        return [one.subject for one in found if "disposal plan" in one.text[1]]

    assert hindered("") == [weighty.code], "the ordinary listing asks for none"
    assert hindered("重要数据移交主管部门指定机构，余者销毁密钥") == []


@covers("R39", "R37")
def test_a_grant_to_an_organisation_that_has_ended_is_refused_in_words() -> None:
    world: Any = World()
    parent = make_right(make_listing().product, "use", sublicence_depth=2)
    carried_out(filed(world))
    giving = make_actor(Role.DATA_MERCHANT, organization=parent.organization)
    with pytest.raises(Rejected, match=r"organization\.closed") as refused:
        grant_right(parent=parent, to=Organization.objects.get(pk=world.ends.pk), actor=giving, clock=MARKET_CLOCK)
    assert "ended by a succession" in refused.value.text("detail", "en")


def filed_paper(world: Any) -> Any:
    return make_deposit(world.ends, "裁定书.pdf")


#: Where an organisation stands for good: who did something, what was said or counted, what ends with it.
HISTORY = {
    "participants": "its own members, papers, notices, stakes and successions",
    "compliance.controlmatch": "of its name", "compliance.savedview": "whose desk keeps it", "compliance.creditrecord": "append-only",
    "compliance.dispute.arbitrator": "who was chosen to judge",
    "compliance.dispute.proposed_by": "follows", "compliance.exportedperson": "copied: each person counts once",
    "compliance.exportcomment": "who spoke",
    "compliance.engagement": "ended first", "compliance.serviceoffer": "ended first", "compliance.restoration": "who asked",
    "delivery.algorithm": "whose text was reviewed", "delivery.output": "whose people made it", "delivery.outputopinion": "who judged",
    "delivery.runnerkey": "whose runner signed; a successor registers its own",
    "delivery.rating": "who said it of whom", "listings.question.asked_by": "who asked", "listings.watch": "ends with it",
    "listings.pilotbuyer": "who bought", "listings.sharedispute": "who spoke", "compliance.selfreport": "append-only",
    "compliance.diligencerecord": "append-only", "compliance.casepaper": "who handed it in",
    "compliance.jointcase": "which authorities worked it", "compliance.jointopinion": "who spoke",
    "compliance.covenant": "who published and signed what: a successor signs anew, a breach stays with who signed",
    "compliance.disputemediator": "who was named to mediate", "compliance.responsibilityreport": "of its own year",
    "trading.venuepilotparty": "who took part",
    "listings.admittedbuyer": "an authorisation names one unit and passes to nobody",
    "listings.correction.suggested_by": "who suggested", "listings.importbatch": "append-only", "listings.qualityreport": "who measured",
    "listings.optout.trustee": "who spoke for the person",
    "trading.subscription": "runs out: its orderer acts for the former party",
    "trading.framework": "who agreed; orders pass on as trades",
    "trading.trialuse": "who tried",
    "trading.cart": "promises nothing and lapses",
    "trading.rfqinvitation": "who was asked", "trading.tradestate": "follows", "settlement.share": "what was paid",
    "settlement.poolshare": "what was paid", "settlement.contribution": "who reckoned",
    "settlement.donationpledge": "a promise of its own, which ends with it",
    "settlement.payout": "who took it out: its reserve stays in the account until the bank's word",
    "settlement.receipt": "who paid and was paid, as it was written",
    "settlement.refundrequest": "who asked it of whom; its lines name the accounts it goes to and comes from",
    "settlement.subsidy": "who was granted it; it is paid to the order's client",
}


@covers("R39")
def test_every_column_that_names_an_organisation_is_moved_or_is_history() -> None:
    """A new table whose rows have an owner is noticed here: it registers an estate and an owner guard, or says that it is history."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT t.tgrelid::regclass::text, a.attname FROM pg_trigger t JOIN pg_attribute a ON a.attrelid = t.tgrelid "
                       "AND a.attnum = ANY (t.tgattr) WHERE t.tgname LIKE '%%\\_owner'")
        guarded = set(cursor.fetchall())
    open_ones = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            name = f"{model._meta.label_lower}.{field.name}"
            if field.related_model is Organization and (model._meta.db_table, field.column) not in guarded:
                open_ones += [name] if not any(name.startswith(one) for one in HISTORY) else []
    assert open_ones == []
