"""Asking an agreement whether an act is permitted now: its state first, then its policy; a refusal names the clause (F5, F6)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from evidence.prepared import prepared
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.roles import OrganizationKind
from trading.agreeing.machine import Asked, Judged, judge, policy_of
from trading.agreeing.terms import Terms, read_terms
from trading.agreeing.wording import clause_named
from trading.models import Agreement, Ground, Trade
from trading.states import AgreementStatus

__all__ = ["deed_of", "place_of", "refusal_for_use", "refusal_to_deliver", "refuse_unless_permitted", "verdict"]

#: While a notice runs both go on performing, unless the law forbids it.
_PERFORMED = (AgreementStatus.IN_FORCE, AgreementStatus.TERMINATING)

_STATES = {AgreementStatus.DRAFTED: ("待签", "not signed by both"), AgreementStatus.SUSPENDED: ("中止", "suspended"),
           AgreementStatus.TERMINATING: ("依法终止中", "being ended by law"), AgreementStatus.ENDED: ("终止", "over"),
           AgreementStatus.LAPSED: ("未签失效", "lapsed unsigned")}


def deed_of(trade: Trade) -> Agreement | None:
    """The agreement of a trade; None for trades reported from elsewhere or made before agreements were drawn."""
    return _deed.first(trade.pk)


@prepared
def _deed(trade: int) -> QuerySet[Agreement]:
    return Agreement.objects.select_related("trade__buyer", "trade__seller").filter(trade=trade).order_by("pk")


def place_of(buyer: Organization, terms: Terms) -> str:
    """The country a buyer uses it in: at home, or, abroad, the first licensed country that is not this one."""
    if buyer.kind != OrganizationKind.FOREIGN:
        return "CN"
    return next((one.split("-")[0] for one in terms.regions if not one.startswith(("CN", "*"))), "abroad")


def verdict(deed: Agreement, terms: Terms, asked: Asked, *, at: datetime) -> Judged:
    """This will judge one act by the policy rendered from the terms as they were signed, whatever the listing says today (R35)."""
    return judge(policy_of(terms), asked, target=terms.version, at=at)


def refuse_unless_permitted(deed: Agreement, terms: Terms, *, at: datetime) -> None:
    """This will refuse a signature under terms that would deny the buyer's very first use of what was agreed."""
    found = verdict(deed, terms, _first_use(deed, terms), at=at)
    if not found.permitted:
        raise _refused(deed, terms, found)


def _first_use(deed: Agreement, terms: Terms) -> Asked:
    return Asked(terms.buyer, purpose="".join(terms.purposes[:1]), place=place_of(deed.trade.buyer, terms))


@covers("F2", "F5", "F6", "R42", "T63")
def refusal_for_use(trade: Trade, *, at: datetime, calls: int = 1, rows: int = 0, purpose: str = "") -> Rejected | None:
    """This will tell what the agreement has against the buyer's using it now; None where nothing."""
    deed = deed_of(trade)
    if deed is None:
        return None
    if deed.status not in _PERFORMED or (deed.status == AgreementStatus.TERMINATING and deed.ground == Ground.LAW):
        return Rejected("trading.agreement.not_in_force", agreement=deed.code, state=_STATES[AgreementStatus(deed.status)])
    terms = read_terms(deed.terms)
    # the buyer's rights passed on with its trade (R39): whoever holds them now is the recipient the terms name
    asked = Asked(terms.buyer, purpose=purpose or "".join(terms.purposes[:1]), place=place_of(deed.trade.buyer, terms), calls=calls,
                  rows=rows)
    found = verdict(deed, terms, asked, at=at)
    return None if found.permitted else _refused(deed, terms, found)


def refusal_to_deliver(trade: Trade) -> Rejected | None:
    """This will tell what the agreement has against handing over now: nothing while it waits for the seller, whose delivery binds it."""
    deed = deed_of(trade)
    if deed is None or (deed.status in (*_PERFORMED, AgreementStatus.DRAFTED) and deed.ground != Ground.LAW):
        return None
    return Rejected("trading.agreement.not_in_force", agreement=deed.code, state=_STATES[AgreementStatus(deed.status)])


def _refused(deed: Agreement, terms: Terms, found: Judged) -> Rejected:
    clause = clause_named(terms, found.clause)
    if clause is None:
        return Rejected("trading.agreement.not_permitted", agreement=deed.code, rule=found.clause or "".join(found.faults) or "-")
    return Rejected("trading.agreement.clause", agreement=deed.code, number=clause.number, clause=clause.text)
