"""Small floors for tests: a listing on sale, funded buyers, a lot announced and opened by the real operations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from compliance.models import Declaration
from compliance.queries import list_version_at
from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger import operations as ledger
from listings.models import Listing, ListingVersion, Part, Registration, RegistrationCertificate
from listings.sharing import Line, propose_shares, sign_shares
from participants.actors import actor_of
from participants.models import Organization
from participants.operations import set_standing
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.listings.worlds import make_product
from trading.gates import of_bidding
from trading.models import Auction, Bidder, PublicUse, Shortfall, Trade, TradeState
from trading.operations import announce_auction, open_auction, place_bid, register_bidder

START = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
TERMS = {"sale_mode": "auction", "price_fen": 1_000_000}


def stand_still(at: datetime = START) -> None:
    """The market clock stands at ``at`` until it is set again (tests run years ahead, so that it never has to go back)."""
    set_market_clock(at, 0)


def move(**by: float) -> datetime:
    at = MARKET_CLOCK.now() + timedelta(**by)
    set_market_clock(at, 0)
    return at


def declare(listing: Listing) -> None:
    """The seller's declaration for all it lists, in force; a seller that has declared before keeps what it said."""
    at, of = MARKET_CLOCK.now(), {"organization": listing.organization, "subject": "", "template": "merchant"}
    if Declaration.objects.filter(**of).exists():
        return
    row = Declaration.objects.create(
        **of, code=new_code("DCL"), template_version="1", template_hash="2" * 64, document_hash="3" * 64, signed_by="PSN-TEST",
        signed_at=at, effective_from=at, effective_to=at + timedelta(days=3650), created_at=at)
    row.status = "in_force"
    row.save(update_fields=["status"])


def shared_by(version: ListingVersion, weights: dict[Organization, int]) -> None:
    """Its price is shared by weight, and every party has signed for it."""
    people = {one: actor_of(make_user(Role.DATA_MERCHANT, organization=one)) for one in weights}
    agreed = propose_shares(version=version, lines=[Line(one, Part.PROCESSING, weight) for one, weight in weights.items()],
                            actor=people[version.organization], clock=MARKET_CLOCK)
    for one in weights:
        if one != version.organization:
            agreed = sign_shares(agreement=agreed, content_hash=agreed.content_hash, actor=people[one], clock=MARKET_CLOCK)


def make_listing(seller: Organization | None = None, **terms: Any) -> Listing:
    """A published version on sale, rows written along the legal moves as the operations would."""
    at, contributors = MARKET_CLOCK.now(), terms.pop("contributors", {})
    product = make_product(seller or make_organization())
    owner = product.organization
    registration = Registration.objects.create(code=new_code("REG"), venue=owner.venue, organization=owner, product=product,
                                               regime="enterprise", created_at=at)
    certificate = RegistrationCertificate.objects.create(
        code=new_code("CRT"), registration=registration, organization=owner, product=product, content={}, content_hash="0" * 64,
        issued_at=at, effective_to=at + timedelta(days=3650))
    listing = Listing.objects.create(code=new_code("LST"), venue=owner.venue, organization=owner, product=product,
                                     certificate=certificate, created_at=at)
    version = ListingVersion.objects.create(**{
        "code": new_code("LSV"), "organization": owner, "listing": listing, "number": 1, "title_zh": product.title_zh,
        "title_en": product.title_en, "category": "enterprise", "stage": "product", "grade": "general", "certificate": certificate,
        "content_hash": "1" * 64, "screening": {"verdict": "pass"}, "created_at": at, "updated_at": at, **TERMS, **terms})
    if contributors:
        shared_by(version, contributors)
    for status in ("submitted", "approved", "published"):
        version.status = status
        version.save(update_fields=["status"])
    declare(listing)
    listing.version, listing.status, listing.listed_at, listing.screened_by = version, "listed", at, list_version_at(at).version
    listing.save(update_fields=["version", "status", "listed_at", "screened_by"])
    return listing


def make_buyer(fen: int = 10_000_000_000) -> Actor:
    """A buyer admitted, signed in and funded."""
    actor = actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER)))
    if fen:
        ledger.fund(organization=actor.organization, amount_fen=fen, reference=f"B{new_code('FND')}", actor=SYSTEM, clock=MARKET_CLOCK)
    return actor


def free_use(trade: Trade) -> PublicUse:
    """A trade's row as that of free public data, its report owed."""
    at = MARKET_CLOCK.now()
    return PublicUse.objects.create(code=new_code("PUB"), trade=trade, purpose="public_governance", task="市交通局：公交线网优化任务",
                                    conditions_sha256="4" * 64, accepted_at=at, due_at=at + timedelta(days=180))


def fell_short(trade: Trade) -> Shortfall:
    """A trade's row as that of a default that was not auctioned again yet."""
    at = MARKET_CLOCK.now()
    return Shortfall.objects.create(code=new_code("SHF"), trade=trade, first_fen=trade.price_fen, fees_fen=0, deposit_fen=0, opened_at=at,
                                    due_at=at + timedelta(days=90))


def stand(party: Actor | Organization, standing: str = "good", band: str = "B") -> None:
    """A finding moved this party's standing."""
    key = party.organization_id if isinstance(party, Actor) else party.pk
    set_standing(organization=Organization.objects.get(pk=key), standing=standing, band=band, cause_code="FND-TEST", reason="测试认定",
                 actor=SYSTEM, at=MARKET_CLOCK.now())


def bought(buyer: Organization, fen: int, at: datetime, *, listing: Listing | None = None, moved: str = "") -> Trade:
    """A trade written as rows, for figures over many: of a listing of its own unless named, undone where ``moved`` says how."""
    listing = listing or make_listing()
    trade = Trade.objects.create(
        code=new_code("TRD"), venue=listing.venue, channel="on_exchange", basis="purchase", seller=listing.organization, buyer=buyer,
        listing=listing, version=listing.version, title="x", price_fen=fen, agreement={}, agreement_hash="2" * 64, executed_at=at)
    TradeState.objects.create(trade=trade, status="executed")
    if moved:
        TradeState.objects.filter(trade=trade).update(status=moved)
    return trade


def seller_of(listing: Listing) -> Actor:
    return actor_of(make_user(Role.DATA_MERCHANT, organization=listing.organization))


def make_lot(listing: Listing | None = None, *, hours: float = 24, spare: timedelta = timedelta(), **terms: Any) -> Auction:
    """A lot announced by its seller, opening after the notice of seven days."""
    listing = listing or make_listing()
    opens = MARKET_CLOCK.now() + timedelta(days=7) + spare
    return announce_auction(listing=listing, opens_at=opens, closes_at=opens + timedelta(hours=hours), actor=seller_of(listing),
                            clock=MARKET_CLOCK, **terms)


def open_lot(*buyers: Actor, hours: float = 24, **terms: Any) -> Auction:
    """A lot open now, with the buyers registered in it."""
    lot = make_lot(hours=hours, **terms)
    for buyer in buyers:
        register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7)
    return open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)


def bid(lot: Auction, buyer: Actor, maximum_fen: int) -> Any:
    return place_bid(lot=lot.code, maximum_fen=maximum_fen, actor=buyer, clock=MARKET_CLOCK)


def first_refused(lot: Auction, buyer: Actor, maximum_fen: int | None) -> str:
    """What the "why?" page names first for this buyer and amount; '' when nothing refuses it."""
    fresh = Auction.objects.select_related("listing", "seller", "venue").get(pk=lot.pk)
    gates = of_bidding(fresh, actor=buyer, maximum_fen=maximum_fen, at=MARKET_CLOCK.now())
    return next((gate.refusal.code for gate in gates if gate.refusal), "")


def paddle(lot: Auction, buyer: Actor) -> int:
    return Bidder.objects.get(auction=lot, organization_id=buyer.organization_id).paddle


def second_hand(first: Trade, code: str) -> None:
    """A hand that writes a trade like the first one straight into the table, past every operation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trading_trade (code, channel, basis, title, price_fen, agreement, agreement_hash, executed_at, buyer_id, "
            "listing_id, seller_id, venue_id, version_id) SELECT %s, channel, basis, title, price_fen, agreement, agreement_hash, "
            "executed_at, buyer_id, listing_id, seller_id, venue_id, version_id FROM trading_trade WHERE id = %s", [code, first.pk])
