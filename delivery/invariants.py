"""What must hold of deliveries and the access they grant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from delivery.states import ALGORITHM, DELETION, DELIVERY, GRANT, JOB, RATING, REFERRAL
from evidence.invariants import every_move_is_told

__all__: list[str] = []

every_move_is_told(
    "delivery_delivery", DELIVERY, {act: f"delivery.delivery.{word}" for act, word in {
        "deliver": "delivered", "redeliver": "delivered", "accept": "accepted", "reject": "rejected", "concede": "failed",
        "lapse": "failed", "stop": "failed", "cancel": "cancelled"}.items()}, births={"opened": "delivery.delivery.opened"})
every_move_is_told(
    "delivery_accessgrant", GRANT, {act: f"delivery.grant.{word}" for act, word in {
        "exhaust": "used", "expire": "expired", "revoke": "revoked"}.items()},
    births={"active": "delivery.grant.issued"}, besides={("active", "delivery.grant.used"): "active"})  # all uses but the last
every_move_is_told(
    "delivery_deletiontask", DELETION, {"confirm": "delivery.deletion.confirmed", "miss": "delivery.deletion.missed"},
    births={"open": "delivery.deletion.opened"})
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
