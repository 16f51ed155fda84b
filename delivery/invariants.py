"""What must hold of deliveries and the access they grant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from delivery.models import PrivacyBudget, RoomQuery
from delivery.room_models import CHARGED
from delivery.states import ALGORITHM, COHORT, DELETION, DELIVERY, GRANT, JOB, QUERY, RATING, REFERRAL, ROOM
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
every_move_is_told("delivery_cohort", COHORT, {"empty": "delivery.cohort.emptied"}, births={"held": "delivery.cohort.taken"})


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
