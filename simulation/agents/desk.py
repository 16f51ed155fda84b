"""The desks: registry and review; what waits is taken up within the day, by whoever holds the office.

An amber version is the compliance officer's, a red one goes through two different regulators (lifecycles §1).
"""

from __future__ import annotations

from functools import partial

from listings.models import Condition, Registration, Review
from listings.operations import accept_registration, claim_review, decide_condition, decide_review, pass_registration
from listings.states import ConditionStatus, RegistrationStatus, ReviewStatus
from simulation.market import Market
from simulation.times import Window

__all__ = ["Desk"]

#: Who decides a review row, by what it needs.
_REVIEWERS = {"compliance_officer": "compliance", "review_first": "regulator", "review_second": "regulator2"}
_REASONS = {
    "compliance_officer": "已核对来源说明、字段与样本，未见个人信息，用途条款完整。",
    "review_first": "已核对权利来源与公开条款，内容与登记一致。",
    "review_second": "复核一致：分级适当，交付方式与用途条款相符。",
}


class Desk:
    """Everything that waits for an office; ``spares`` names titles that stay waiting (the demo shows what lies under review)."""

    def __init__(self, market: Market, *, spares: frozenset[str] = frozenset(), returns: frozenset[str] = frozenset()) -> None:
        self.market, self.spares, self.returns = market, spares, returns

    def plan(self, window: Window) -> None:
        """This will plan what the desks decide in the window."""
        self._registrations(window)
        self._reviews(window)
        self._conditions(window)

    # ---- registry --------------------------------------------------------------------------------------------------------

    def _registrations(self, window: Window) -> None:
        waiting = Registration.objects.filter(status__in=[RegistrationStatus.APPLIED, RegistrationStatus.IN_REVIEW]).order_by("pk")
        for one in waiting.select_related("product"):
            window.plan(partial(self._examine, one))

    def _examine(self, one: Registration) -> None:
        officer = self.market.actors["compliance"]
        if one.status == RegistrationStatus.APPLIED:
            self.market.act(accept_registration, registration=one, actor=officer)
        self.market.act(pass_registration, registration=one, actor=officer)

    # ---- review ----------------------------------------------------------------------------------------------------------

    def _reviews(self, window: Window) -> None:
        rows = Review.objects.filter(status__in=[ReviewStatus.WAITING, ReviewStatus.ASSIGNED]).order_by("pk")
        for row in rows.select_related("version"):
            if row.version.file_name not in self.spares:
                window.plan(partial(self._review, row))

    def _review(self, row: Review) -> None:
        reviewer = self.market.actors[_REVIEWERS[row.needs]]
        if row.status == ReviewStatus.WAITING and self.market.act(claim_review, review=row, actor=reviewer) is None:
            return
        verdict, reason = ("approve", _REASONS[row.needs])
        if row.version.file_name in self.returns and row.version.number == 1:
            verdict, reason = "return", "请补充采样方法与缺失值说明，并在说明中写明更新频率。"
        self.market.act(decide_review, review=row, verdict=verdict, rules=["NL-R-06" if row.version.stage == "raw" else "NL-P-05"],
                        reason=reason, actor=reviewer)

    # ---- conditions ------------------------------------------------------------------------------------------------------

    def _conditions(self, window: Window) -> None:
        """What was handed in is looked at; what the record shows is decided with the version."""
        rows = Condition.objects.filter(status=ConditionStatus.PROVIDED).exclude(proof="record").order_by("pk")
        for one in rows:
            window.plan(partial(self.market.act, decide_condition, condition=one, met=True, reason="已核对样张，与说明一致。",
                                actor=self.market.actors["compliance"]))
