"""The floor's tables: lots, bidders, bids, ticks, awards, trades and reports of trades made elsewhere (竞价、成交、场外备案).

Bids, ticks, awards and trades are append-only; what changes about a trade stands in its side row. Secret values (maxima,
the reserve) stay in these rows and enter the record book as salted commitments only (Auction Law 28).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import CirculationMode
from kit.money import MAX_FEN
from listings.models import Listing, ListingVersion
from listings.plans import plan_in, rates_of
from participants.actors import acting_for
from participants.models import Organization, Venue
from trading.agreement_models import Agreement, Ground, Manner, Signature
from trading.alert_models import DetectorThreshold, SurveillanceAlert
from trading.auctions.slips import MOST_UNITS, SEVERAL
from trading.barter_models import Barter, BarterLeg, BarterOffer, BarterSide, Difference
from trading.challenge_models import Challenge, TrialEntry
from trading.deal_models import Negotiation, NegotiationKind, NegotiationOffer, Quote, Rfq, RfqInvitation
from trading.framework_models import CallOff, Framework, FrameworkItem
from trading.order_models import Cart, CartLine, OrderPaper, TrialUse
from trading.pass_models import BidPass
from trading.plan_models import Subscription, SubscriptionPeriod
from trading.public_models import PublicUse
from trading.shortfall_models import Shortfall
from trading.sides import Side
from trading.standing_models import Standing, Tick, TickKind
from trading.states import ACTIVE_LOTS, AuctionStatus, TradeStatus
from trading.venue_pilot_models import VenuePilot, VenuePilotLot, VenuePilotParty

__all__ = [
    "Agreement", "Auction", "Award", "Barter", "BarterLeg", "BarterOffer", "BarterSide", "Basis", "Bid", "BidPass", "BidVoid", "Bidder",
    "CallOff", "Cart", "CartLine", "Challenge", "Channel", "DetectorThreshold", "Difference", "Framework", "FrameworkItem", "Ground",
    "Halt", "Manner", "Negotiation", "NegotiationKind", "NegotiationOffer", "OrderPaper", "Phase", "PublicUse", "Quote", "Reveal", "Rfq",
    "RfqInvitation", "SealedBid", "Shortfall", "Side", "Signature", "Standing", "Subscription", "SubscriptionPeriod", "SurveillanceAlert",
    "Tick", "TickKind", "Trade", "TradeReport", "TradeState", "TrialEntry", "TrialUse", "VenuePilot", "VenuePilotLot", "VenuePilotParty",
]
#: Formats a lot's row may name. A format that only clears needs no row here; one that runs in the room needs a migration anyway.
LOT_FORMATS = ("english", "first_price", "second_price", "dutch", "hybrid", "posted", "uniform", "pay_as_bid", "vcg", "rsop", "call")

#: Formats whose bids are hashes until the end.
SEALED_FORMATS = ("first_price", "second_price", *SEVERAL)

#: Formats whose bids are opened by their slips, and formats with a falling clock.
OPENED_FORMATS = (*SEALED_FORMATS, "hybrid")
CLOCK_FORMATS = ("dutch", "hybrid")


def known(field: str, values: Any, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


def fen(field: str, name: str, least: int = 0) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (least, MAX_FEN)}), name=name)


class Phase(models.TextChoices):
    """How far an open hybrid lot is; other formats have no phase."""

    CLOCK = "clock", _("时钟")
    SEALED = "sealed", _("封标")
    OPENING = "opening", _("开标")
    BEST = "best", _("最优报价")


class AuctionQuerySet(models.QuerySet["Auction"]):
    def visible_to(self, user: Any) -> AuctionQuerySet:
        """Public from the announcement on; a draft is its seller's."""
        return self.filter(~Q(status=AuctionStatus.DRAFT) | Q(seller_id=acting_for(user)))

    def announced(self) -> AuctionQuerySet:
        return self.exclude(status=AuctionStatus.DRAFT)

    def running(self) -> AuctionQuerySet:
        return self.filter(status__in=ACTIVE_LOTS)


class Auction(models.Model):
    """A lot 竞价标的: one licence of one published listing version, its terms frozen when it is announced.

    What a bid moves is its ``standing``, a row of its own; a bid writes this one only where it moves the end. ``reserve_price_fen`` is
    secret. Lists take ``standing`` along (``select_related``); under the lot's lock it is read after the lock.
    """

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="lots")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="lots", db_index=False)  # lot_of_seller serves it
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="lots")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="lots")
    format = models.CharField(max_length=14, choices=[(one, one) for one in LOT_FORMATS], default="english")
    status = models.CharField(max_length=10, choices=AuctionStatus, default=AuctionStatus.DRAFT)
    status_reason = models.CharField(max_length=400, blank=True)

    start_price_fen = models.BigIntegerField()
    increments = models.JSONField(help_text="rows [below fen or null, step fen, bps of the price]")
    enforces_step = models.BooleanField(default=True, help_text="a bid must reach the next step; only replays do not ask it")
    proxies = models.BooleanField(default=True, help_text="the engine bids for the leader; else open outcry: the price is the last bid")
    reserve_price_fen = models.BigIntegerField(null=True, blank=True, help_text="secret, unless it is told")
    reserve_told = models.BooleanField(default=False, help_text="announced with the terms; else secret (Auction Law 28)")
    reserve_salt = models.BinaryField(null=True, blank=True)
    reserve_commitment = models.CharField(max_length=64, blank=True)
    window_seconds = models.PositiveIntegerField(help_text="a leading bid this near the end moves it")
    extension_seconds = models.PositiveIntegerField()
    extension_cap_seconds = models.PositiveIntegerField(help_text="all extensions together")
    extends_from_bid = models.BooleanField(default=False, help_text="the extension counts from the bid, not from the end")
    run_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="the end counts from the first bid (replays)")
    deposit_bps = models.PositiveIntegerField(help_text="of the start price, never of the reserve")
    deposit_band_bps = models.JSONField(default=dict)
    deposit_minimum_fen = models.BigIntegerField(default=0)
    reveal_hours = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of a sealed lot: the time to open bids after the end")
    clock_step_fen = models.BigIntegerField(null=True, blank=True, help_text="of a Dutch lot: how much the price falls at each step")
    clock_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="of a Dutch lot: how long a step lasts")
    clock_floor_fen = models.BigIntegerField(null=True, blank=True, help_text="of a Dutch lot: the last price asked")
    phase = models.CharField(max_length=8, choices=Phase, blank=True, help_text="of a hybrid lot: how far it is; kept when it has ended")
    sealing_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="of a hybrid lot: the time to seal after the take")
    best_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="of a hybrid lot: the time for the taker's best bid")
    sealing_ends_at = models.DateTimeField(null=True, blank=True, help_text="of a hybrid lot that was taken")
    taker = models.ForeignKey("Bidder", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
                              help_text="of a hybrid lot: who took the clock's price")
    supply = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of a lot of several equal licences: how many")
    items = models.JSONField(default=list, blank=True, help_text="of a lot of bundles: its items, one letter each")
    payment_days = models.PositiveIntegerField(default=5)
    fees = models.JSONField(default=dict, help_text="fees announced with the lot, in bps by side")
    terms_hash = models.CharField(max_length=64)
    cap_fen = models.BigIntegerField(null=True, blank=True, help_text="of a pilot: no bid above what its turnover still allowed")

    announced_at = models.DateTimeField(null=True, blank=True)
    opens_at = models.DateTimeField()
    first_closes_at = models.DateTimeField(help_text="the end as announced (or as moved by a halt)")
    closes_at = models.DateTimeField()
    extensions = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True,
                                  help_text="when a halt lapses into cancellation, or the opening of sealed bids ends")
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = AuctionQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", AuctionStatus.values, "lot_status_known"), known("format", LOT_FORMATS, "lot_format_known"),
            fen("start_price_fen", "lot_start_in_range"),
            fen("reserve_price_fen", "lot_reserve_in_range", 1),
            models.CheckConstraint(condition=Q(reserve_told=False) | Q(reserve_price_fen__isnull=False), name="lot_told_reserve_is_one"),
            fen("cap_fen", "lot_cap_in_range", 1),
            models.CheckConstraint(condition=Q(closes_at__gte=F("first_closes_at")) & Q(first_closes_at__gt=F("opens_at")),
                                   name="lot_times_in_order"),
            models.CheckConstraint(condition=Q(format__in=OPENED_FORMATS, reveal_hours__isnull=False)
                                   | (~Q(format__in=OPENED_FORMATS) & Q(reveal_hours__isnull=True)), name="lot_sealed_has_reveal"),
            models.CheckConstraint(name="lot_dutch_has_clock", condition=Q(
                format__in=CLOCK_FORMATS, reserve_price_fen__isnull=True, clock_step_fen__gt=0, clock_seconds__gt=0, clock_floor_fen__gt=0,
                clock_floor_fen__lte=F("start_price_fen")) | (~Q(format__in=CLOCK_FORMATS) & Q(
                    clock_step_fen__isnull=True, clock_seconds__isnull=True, clock_floor_fen__isnull=True))),
            models.CheckConstraint(name="lot_hybrid_has_phases", condition=Q(
                format="hybrid", phase__in=Phase.values, sealing_seconds__gt=0, best_seconds__gt=0) | (~Q(format="hybrid") & Q(
                    phase="", sealing_seconds__isnull=True, best_seconds__isnull=True, taker__isnull=True, sealing_ends_at__isnull=True))),
            models.CheckConstraint(name="lot_hybrid_taken_once", condition=Q(phase__in=("", "clock"), taker__isnull=True,
                sealing_ends_at__isnull=True) | Q(phase__in=("sealed", "opening", "best"), taker__isnull=False,
                                                  sealing_ends_at__isnull=False)),
            models.CheckConstraint(name="lot_several_says_what", condition=Q(
                format__in=("uniform", "pay_as_bid"), supply__range=(1, MOST_UNITS), items=[]) | Q(
                    format="vcg", supply__isnull=True) & ~Q(items=[]) | Q(supply__isnull=True, items=[]) & ~Q(
                        format__in=("uniform", "pay_as_bid", "vcg"))),
            models.UniqueConstraint(fields=["listing"], condition=Q(status__in=ACTIVE_LOTS), name="lot_one_running_per_listing"),
        ]
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(status="open"), name="lot_closing"),
            models.Index(fields=["opens_at"], condition=Q(status="announced"), name="lot_opening"),
            models.Index(fields=["due_at"], condition=Q(status="halted"), name="lot_halt_due"),
            models.Index(fields=["due_at"], condition=Q(status="revealing"), name="lot_reveal_due"),
            models.Index(fields=["seller", "-id"], name="lot_of_seller"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def seq(self) -> int:
        """The number of the last bid."""
        return self.standing.seq

    @property
    def tick_seq(self) -> int:
        """The number of the last public tick."""
        return self.standing.tick_seq

    @property
    def price_fen(self) -> int | None:
        """What everybody sees; None without a bid."""
        return self.standing.price_fen

    @property
    def leader(self) -> Bidder | None:
        return self.standing.leader

    @property
    def leader_id(self) -> int | None:
        return self.standing.leader_id

    @property
    def announced_reserve_fen(self) -> int | None:  # None where there is none, or it is secret
        return self.reserve_price_fen if self.reserve_told else None

    @property
    def reserve_met(self) -> bool:
        return self.standing.reserve_met


class Bidder(models.Model):
    """An organisation registered for a lot 竞买人: its paddle 号牌 (drawn at random), deposit and own limit."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="bidders")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="biddings")
    paddle = models.PositiveSmallIntegerField()
    deposit_fen = models.BigIntegerField()
    deposit = models.UUIDField(null=True, blank=True, help_text="the pending transfer that reserves it")
    limit_fen = models.BigIntegerField(null=True, blank=True, help_text="the organisation's own limit for this lot")
    registered_at = models.DateTimeField()
    barred_at = models.DateTimeField(null=True, blank=True)
    barred_code = models.CharField(max_length=60, blank=True)
    released_at = models.DateTimeField(null=True, blank=True, help_text="when the deposit went back or was used")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "organization"], name="bidder_once_per_lot"),
            models.UniqueConstraint(fields=["auction", "paddle"], name="bidder_paddle_once"),
            models.UniqueConstraint(fields=["auction", "id"], name="bidder_of_its_lot"),
            fen("deposit_fen", "bidder_deposit_in_range"),
            models.CheckConstraint(condition=Q(deposit_fen=0) | Q(deposit__isnull=False), name="bidder_deposit_reserved"),
        ]


class BidQuerySet(models.QuerySet["Bid"]):
    def standing(self) -> BidQuerySet:
        """Bids that were not voided, in order of arrival."""
        return self.filter(void__isnull=True).order_by("seq")


class Bid(models.Model):
    """One accepted bid 出价; append-only. ``maximum_fen`` is the bidder's secret, committed to in the record book by ``salt``."""

    #: one key of both columns (``bid_by_a_bidder_of_the_lot``) instead of two
    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="bids", db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField()
    bidder = models.ForeignKey(Bidder, on_delete=models.PROTECT, related_name="bids", db_constraint=False)
    maximum_fen = models.BigIntegerField()
    salt = models.BinaryField()
    price_after_fen = models.BigIntegerField()
    leader_after = models.PositiveSmallIntegerField(help_text="paddle")
    closes_after = models.DateTimeField()
    at = models.DateTimeField()
    command = models.UUIDField()

    objects = BidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "seq"], name="bid_seq_once"),
            models.CheckConstraint(condition=Q(maximum_fen__range=(1, MAX_FEN)), name="bid_maximum_in_range"),
            models.CheckConstraint(condition=Q(at__lt=F("closes_after")), name="bid_before_the_end"),
        ]


class BidVoid(models.Model):
    """A bid that no longer counts, and why; append-only."""

    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="void")
    reason_code = models.CharField(max_length=60)
    cause_code = models.CharField(max_length=20, blank=True, help_text="the finding, hold or lot behind it")
    at = models.DateTimeField()


class SealedBid(models.Model):
    """A sealed bid 密封报价: the bidder's own hash of amount and salt; nobody else knows either until it is opened.

    A bidder's newest one counts. ``seq`` breaks ties, so an earlier seal goes before an equal later one.
    """

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="sealed_bids", db_index=False)
    seq = models.PositiveIntegerField()
    bidder = models.ForeignKey(Bidder, on_delete=models.PROTECT, related_name="sealed_bids")
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the salt and the amount in whole fen, written in digits")
    at = models.DateTimeField()
    command = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "seq"], name="sealed_seq_once"),
            models.UniqueConstraint(fields=["auction", "commitment"], name="sealed_hash_once"),
            models.CheckConstraint(condition=Q(commitment__regex=r"^[0-9a-f]{64}$"), name="sealed_is_a_hash"),
        ]


class Reveal(models.Model):
    """What a sealed bid says 开标; the database takes only what hashes to the seal."""

    sealed = models.OneToOneField(SealedBid, on_delete=models.PROTECT, related_name="reveal")
    amount_fen = models.BigIntegerField()
    word = models.CharField(max_length=600, blank=True, help_text="what was sealed where it is more than an amount: how many, bundles")
    salt = models.BinaryField()
    at = models.DateTimeField()
    command = models.UUIDField()

    class Meta:
        constraints = [fen("amount_fen", "reveal_in_range", 1)]


class Halt(models.Model):
    """Why a lot stands still 中止: who ordered it, until when; lapses into cancellation after five days."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="halts")
    reason_code = models.CharField(max_length=60)
    reason = models.TextField()
    ordered_by = models.CharField(max_length=40)
    placed_at = models.DateTimeField()
    until = models.DateTimeField()
    left_seconds = models.PositiveIntegerField(help_text="time the lot still had")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction"], condition=Q(lifted_at__isnull=True), name="halt_one_open")]


class Award(models.Model):
    """Who won a lot at what price; one per lot unit, append-only."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="awards", db_index=False)
    unit = models.PositiveIntegerField(default=1)
    bidder = models.ForeignKey(Bidder, on_delete=models.PROTECT, related_name="awards")
    price_fen = models.BigIntegerField()
    items = models.JSONField(default=list, blank=True, help_text="of a lot of bundles: what was won")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "unit"], name="award_once_per_unit"),
                       fen("price_fen", "award_price_in_range")]


class TradeReport(models.Model):
    """What a party states about a trade made off the exchange 场外交易 (R43, R57); its checking is the filing ``FIL``.

    A statement stands as it was made: one that is mended after the filing was returned is a further row, and the newest is the filing's.
    """

    code = models.CharField(max_length=16, unique=True)
    filing = models.CharField(max_length=16, db_index=True, help_text="code of the filing")
    edition = models.PositiveSmallIntegerField(default=1, help_text="which statement about this contract it is")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="trade_reports")
    reporter = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="trade_reports")
    counterparty = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="trade_reports_named")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="trade_reports")
    mode = models.CharField(max_length=8, choices=CirculationMode, default=CirculationMode.TRADE,
                            help_text="shared, exchanged or traded")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    profile = models.JSONField(default=dict, help_text="category, stage, grade and facts as stated, for the screening")
    price_fen = models.BigIntegerField()
    traded_on = models.DateField()
    contract_sha256 = models.CharField(max_length=64, help_text="hash of the contract deposited or kept by the parties")
    export_case = models.CharField(max_length=16, blank=True, help_text="the cleared export to a buyer abroad")
    screening = models.JSONField(default=dict, help_text="verdict, hits, missing facts and rule set as at the report")
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            fen("price_fen", "report_price_in_range"),
            models.CheckConstraint(condition=Q(mode__in=["exchange", "trade"]) | Q(mode="share", price_fen=0),
                                   name="report_mode_and_money"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")) & ~Q(reporter=F("counterparty")), name="report_two_parties"),
            models.UniqueConstraint(fields=["seller", "buyer", "contract_sha256", "edition"], name="report_once_per_edition"),
        ]


class Channel(models.TextChoices):
    ON_EXCHANGE = "on_exchange", _("场内")
    OFF_EXCHANGE = "off_exchange", _("场外")


class Basis(models.TextChoices):
    """What a trade rests on (I19)."""

    AWARD = "award", _("竞价成交")
    PURCHASE = "purchase", _("定价购买")
    DEAL = "deal", _("协议成交")
    BARTER = "barter", _("互换成交")
    REPORT = "report", _("场外备案")


class TradeQuerySet(models.QuerySet["Trade"]):
    def visible_to(self, user: Any) -> TradeQuerySet:
        """A party's own trades; the public tape shows chosen fields of all."""
        own = acting_for(user)
        return self.filter(Q(seller_id=own) | Q(buyer_id=own))

    def priced(self) -> TradeQuerySet:
        """Trades whose price is what was paid.

        Of a metered one it is the most a period can come to, of a bartered one a declared value that nobody paid: neither says anything
        of prices.
        """
        return self.exclude(basis=Basis.BARTER).filter(Q(version__isnull=True) | Q(version__use_terms__plan__bands__isnull=True))


class Trade(models.Model):
    """A trade 成交; the row never changes. On exchange it has its award or purchase, off exchange its verified filing."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="trades")
    channel = models.CharField(max_length=12, choices=Channel)
    basis = models.CharField(max_length=8, choices=Basis)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sales")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="purchases")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="trades")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="trades")
    award = models.OneToOneField(Award, on_delete=models.PROTECT, null=True, blank=True, related_name="trade")
    report = models.OneToOneField(TradeReport, on_delete=models.PROTECT, null=True, blank=True, related_name="trade")
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by")
    title = models.CharField(max_length=200)
    price_fen = models.BigIntegerField()
    agreement = models.JSONField(help_text="summary of what was agreed: parties, object, version hash, use terms, price, duties")
    agreement_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical summary")
    executed_at = models.DateTimeField()

    objects = TradeQuerySet.as_manager()

    class Meta:
        constraints = [
            known("channel", Channel.values, "trade_channel_known"),
            fen("price_fen", "trade_price_in_range"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="trade_two_parties"),
            models.CheckConstraint(
                name="trade_basis_by_channel",
                condition=Q(channel="on_exchange", basis="award", award__isnull=False, report__isnull=True, version__isnull=False)
                | Q(channel="on_exchange", basis__in=["purchase", "deal", "barter"], award__isnull=True, report__isnull=True,
                    version__isnull=False)
                | Q(channel="off_exchange", basis="report", award__isnull=True, report__isnull=False)),
            models.CheckConstraint(condition=Q(agreement_hash__regex=r"^[0-9a-f]{64}$"), name="trade_has_agreement_hash"),
        ]
        indexes = [models.Index(fields=["-executed_at", "-id"], name="trade_newest"),
                   models.Index(fields=["listing", "-executed_at"], name="trade_of_listing")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.seller_id, self.buyer_id}

    @property
    def pilot(self) -> str:
        """The pilot it was sold under, as was agreed; '' of an ordinary sale."""
        return str(self.agreement.get("pilot", ""))

    @property
    def unit_rates(self) -> tuple[int, int] | None:
        """Of a metered trade the lowest and highest rate of a thousand uses, in fen; None where the price is what was paid."""
        return rates_of(plan_in(self.version.use_terms)) if self.version else None

    @property
    def title_en(self) -> str:
        """The English title of what was traded, where it was listed here; a reported trade has only the title its parties gave it."""
        return self.version.title_en if self.version else ""

    @property
    def titles(self) -> tuple[str, str]:
        """The title in both languages, for notices."""
        return self.title, self.title_en or self.title

    @property
    def served_here(self) -> bool:  # its money and its delivery pass through this house: made here, or filed and booked
        return self.channel == Channel.ON_EXCHANGE or (bool(self.state.services) and self.state.status != TradeStatus.RECORDED)


class TradeState(models.Model):
    """What changes about a trade: its status under the edge trigger, the payment's deadline and money."""

    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, primary_key=True, related_name="state")
    status = models.CharField(max_length=10, choices=TradeStatus)
    due_at = models.DateTimeField(null=True, blank=True, help_text="payment; null where nobody is waited for")
    deposit = models.UUIDField(null=True, blank=True, help_text="the buyer's deposit, still reserved until paid or in default")
    deposit_fen = models.BigIntegerField(default=0)
    funded_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    services_asked = models.CharField(max_length=6, blank=True, choices=Side, help_text="of a filed deal: who asks to have it served here")
    services = models.JSONField(default=dict, blank=True, help_text="of a filed deal that is served here: its charges, as they were booked")
    cancel_asked_by = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [known("status", TradeStatus.values, "trade_status_known")]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="executed"), name="trade_payment_due")]
