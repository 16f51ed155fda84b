"""What must hold of deliveries and the access they grant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, Max, OuterRef, Q, Sum

from delivery.models import AccessStop, DataUse, GrantUse, PrivacyBudget, RoomQuery, ServiceCall
from delivery.room_models import CHARGED
from delivery.states import (
    ALGORITHM,
    COHORT,
    DELETION,
    DELIVERY,
    GRANT,
    HOLD,
    JOB,
    KEY,
    OUTPUT,
    QUERY,
    RATING,
    REFERRAL,
    ROOM,
    SERVICE,
    TRACE,
)
from evidence.invariants import Invariant, every_move_is_told, invariant

__all__: list[str] = []

every_move_is_told(
    "delivery_delivery", DELIVERY, {act: f"delivery.delivery.{word}" for act, word in {
        "deliver": "delivered", "redeliver": "delivered", "accept": "accepted", "reject": "rejected", "concede": "failed",
        "lapse": "failed", "stop": "failed", "cancel": "cancelled",
        "offer_part": "part_offered", "agree_part": "accepted", "refuse_part": "rejected", "lapse_part": "rejected",
        "dispute": "disputed", "fail": "failed", "resume": "rejected"}.items()}, births={"opened": "delivery.delivery.opened"})
every_move_is_told(
    "delivery_accessgrant", GRANT, {act: f"delivery.grant.{word}" for act, word in {
        "exhaust": "used", "expire": "expired", "revoke": "revoked"}.items()},
    births={"active": "delivery.grant.issued"}, besides={("active", "delivery.grant.used"): "active"})  # all uses but the last
every_move_is_told(
    "delivery_datakey", KEY, {"expire": "delivery.key.expired", "revoke": "delivery.key.revoked"},
    births={"active": "delivery.key.made"})
every_move_is_told(
    "delivery_deletiontask", DELETION, {"confirm": "delivery.deletion.confirmed", "miss": "delivery.deletion.missed"},
    births={"open": "delivery.deletion.opened"}, besides={("open", "delivery.deletion.reminded"): "open"})
every_move_is_told(
    "delivery_rating", RATING, {act: f"delivery.rating.{word}" for act, word in {
        "hide": "hidden", "show": "shown", "withdraw": "withdrawn"}.items()}, births={"given": "delivery.rating.given"},
    besides={(state, "delivery.rating.replied"): state for state in ("given", "hidden")})
every_move_is_told(
    "delivery_referral", REFERRAL, {act: f"delivery.referral.{word}" for act, word in {
        "send": "sent", "acknowledge": "acknowledged", "close": "closed", "withdraw": "withdrawn"}.items()},
    births={"prepared": "delivery.referral.prepared"})
every_move_is_told(
    "delivery_algorithm", ALGORITHM, {act: f"delivery.algorithm.{word}" for act, word in {
        "secure": "secured", "approve": "approved", "refuse": "refused", "withdraw": "withdrawn", "lapse": "lapsed"}.items()},
    births={"submitted": "delivery.algorithm.submitted"})
every_move_is_told(
    "delivery_computejob", JOB, {act: f"delivery.job.{word}" for act, word in {
        "answer": "done", "fail": "failed", "cancel": "cancelled", "lapse": "lapsed"}.items()},
    births={"queued": "delivery.job.ordered"})
every_move_is_told("delivery_room", ROOM, {"close": "delivery.room.closed"}, births={"open": "delivery.room.opened"})
every_move_is_told(
    "delivery_roomquery", QUERY, {act: f"delivery.query.{word}" for act, word in {
        "start": "started", "answer": "answered", "fail": "failed", "return": "returned", "cancel": "cancelled"}.items()},
    births={"queued": "delivery.query.reserved"})
every_move_is_told(
    "delivery_leaktrace", TRACE, {"take": "delivery.trace.started", "finish": "delivery.trace.finished", "fail": "delivery.trace.failed"},
    births={"queued": "delivery.trace.queued"},
    besides={("running", f"delivery.trace.{word}"): "running" for word in ("resumed", "read")})
every_move_is_told("delivery_cohort", COHORT, {"empty": "delivery.cohort.emptied"}, births={"held": "delivery.cohort.taken"})

every_move_is_told(
    "delivery_output", OUTPUT, {act: f"delivery.output.{word}" for act, word in {
        "release": "released", "withhold": "withheld", "differ": "differed", "withdraw": "withdrawn", "escalate": "escalated",
        "lapse": "withheld"}.items()},
    births={"in_review": "delivery.output.submitted", "stopped": "delivery.output.stopped"}, besides={
        **{(state, f"delivery.output.{word}"): state for state in ("in_review", "escalated") for word in ("opined", "looked")},
        ("differing", "delivery.output.looked"): "differing",
        **{("released", f"delivery.output.{word}"): "released" for word in ("looked", "token_issued")}})

every_move_is_told("delivery_service", SERVICE, {"close": "delivery.service.closed"}, births={"open": "delivery.service.opened"})
every_move_is_told(
    "delivery_servicehold", HOLD, {act: f"delivery.hold.{word}" for act, word in {
        "lift": "lifted", "uphold": "upheld", "lapse": "lapsed"}.items()}, births={"held": "delivery.hold.opened"})


@invariant
class EpsilonIsWhatWasGranted(Invariant):
    """Each budget's epsilon is the sum of its questions' that count, and within its limit; no answer stands outside a budget."""

    id = "I21"

    def check(self) -> Iterator[str]:
        told: dict[tuple[int, int, str], int] = {}
        rows = RoomQuery.objects.filter(status__in=CHARGED).values_list("room__version__listing__product", "year", "buyer").annotate(
            spent=Sum("epsilon_micro"))
        for product, year, buyer, spent in rows:
            for key in ((product, year, buyer), (product, year, "")):
                told[key] = told.get(key, 0) + spent
        for one in PrivacyBudget.objects.order_by("pk").iterator():
            spent = told.pop((one.product_id, one.year, one.buyer), 0)
            if spent != one.granted_micro or spent > one.limit_micro:
                yield f"budget {one}: {one.granted_micro} granted of {one.limit_micro}, its questions come to {spent}"
        for (product, year, buyer), spent in sorted(told.items()):
            yield f"product {product} in {year}, {buyer or 'all'}: {spent} spent without a budget"
        yield from self._by_file()

    def _by_file(self) -> Iterator[str]:
        """Of one file no more is given in a year than its widest room gives, under however many products it is sold."""
        given = RoomQuery.objects.filter(status__in=CHARGED).values("room__file_sha256", "year").order_by("room__file_sha256", "year")
        for row in given.annotate(spent=Sum("epsilon_micro"), most=Max("room__epsilon_all_micro")).filter(spent__gt=F("most")):
            yield f"file {row['room__file_sha256'][:12]} in {row['year']}: {row['spent']} given, its widest room gives {row['most']}"


@invariant
class EveryUseHadItsLicence(Invariant):
    """No token, key or question was used while its delivery was stopped, before its trade was paid, or after its agreement's term."""

    id = "I20"

    def check(self) -> Iterator[str]:
        for name, rows, at, where in (
                ("token", GrantUse.objects.filter(outcome="used"), "at", "grant__delivery"),
                ("call", DataUse.objects.filter(refused=""), "at", "delivery"),
                ("question", RoomQuery.objects.all(), "asked_at", "delivery"),
                ("answer", ServiceCall.objects.all(), "at", "delivery")):
            stopped = AccessStop.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef(at)), delivery=OuterRef(where),
                                                began_at__lt=OuterRef(at))
            paid_later = Q(**{f"{where}__trade__state__funded_at__isnull": True}) | Q(**{f"{where}__trade__state__funded_at__gt": F(at)})
            over = Q(**{f"{where}__trade__deed__term_to__lte": F(at)})
            for one in rows.filter(Exists(stopped) | paid_later | over).values_list("pk", f"{where}__code").order_by("pk").iterator():
                yield f"{name} {one[0]} of {one[1]} was used without a licence at that instant"
