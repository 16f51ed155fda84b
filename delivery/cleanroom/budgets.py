"""Privacy budgets: reserved under a row lock before anything runs, of all buyers and of the one who asks; the database holds the line.

A budget belongs to a product and a year, so that a new version or another room does not fill it again. Whole millionths, no rounding.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from delivery.models import PrivacyBudget, Room, RoomQuery
from evidence.prepared import ask, prepared
from kit.coverage import covers
from kit.rejected import Rejected

__all__ = ["as_epsilon", "budgets_of", "give_back", "reserve", "year_of"]

_LOCAL = ZoneInfo("Asia/Shanghai")


def year_of(at: datetime) -> int:
    """This will name the budget year."""
    return at.astimezone(_LOCAL).year


def as_epsilon(micro: int) -> str:
    """This will write millionths as a number.

    >>> as_epsilon(250_000), as_epsilon(1_000_000)
    ('0.25', '1')
    """
    return f"{micro / 1_000_000:.6f}".rstrip("0").rstrip(".")


def budgets_of(room: Room, buyer: str, *, year: int) -> tuple[PrivacyBudget, PrivacyBudget]:
    """This will return the budgets of all buyers and of this one as they stand; unsaved ones where nobody has asked yet."""
    product = room.version.listing.product_id
    rows = {one.buyer: one for one in _budgets(product, year, buyer)}
    return (rows.get("") or PrivacyBudget(product_id=product, year=year, limit_micro=room.epsilon_all_micro),
            rows.get(buyer) or PrivacyBudget(product_id=product, year=year, buyer=buyer, limit_micro=room.epsilon_buyer_micro))


def _locked(room: Room, buyer: str, *, year: int) -> list[PrivacyBudget]:
    """Both rows, locked, that of all buyers first: whoever comes second waits here and sees what the first has taken."""
    product = room.version.listing.product_id
    if len(held := _budgets_to_move(product, year, buyer)) == 2:
        return held
    PrivacyBudget.objects.bulk_create([
        PrivacyBudget(product_id=product, year=year, buyer="", limit_micro=room.epsilon_all_micro),
        PrivacyBudget(product_id=product, year=year, buyer=buyer, limit_micro=room.epsilon_buyer_micro)], ignore_conflicts=True)
    return _budgets_to_move(product, year, buyer)


def _moved(held: list[PrivacyBudget], epsilon_micro: int) -> list[PrivacyBudget]:
    """Both rows moved by one statement, under the lock they were read with; the table's check refuses what would overdraw them."""
    ask("UPDATE delivery_privacybudget SET granted_micro = granted_micro + %s WHERE id = ANY(%s) RETURNING id",
        [epsilon_micro, [one.pk for one in held]])
    for one in held:
        one.granted_micro += epsilon_micro
    return held


@prepared
def _budgets(product: int, year: int, buyer: str) -> QuerySet[PrivacyBudget]:
    return PrivacyBudget.objects.filter(Q(buyer="") | Q(buyer=buyer), product=product, year=year)


@prepared
def _budgets_to_move(product: int, year: int, buyer: str) -> QuerySet[PrivacyBudget]:
    return PrivacyBudget.objects.select_for_update(no_key=True).filter(Q(buyer="") | Q(buyer=buyer), product=product, year=year).order_by(
        "buyer")


@covers("F8", "I21", "T62")
def reserve(room: Room, buyer: str, epsilon_micro: int, *, year: int) -> list[PrivacyBudget]:
    """This will take the epsilon from both budgets in the caller's transaction; ``delivery.budget.short`` where either lacks it."""
    held = _locked(room, buyer, year=year)
    for one in held:
        if one.left_micro < epsilon_micro:
            code = "delivery.budget.short" if one.buyer else "delivery.budget.short_of_all"
            raise Rejected(code, asked=as_epsilon(epsilon_micro), left=as_epsilon(one.left_micro), limit=as_epsilon(one.limit_micro),
                           year=year)
    return _moved(held, epsilon_micro)


@covers("F8", "I21")
def give_back(query: RoomQuery) -> list[PrivacyBudget]:
    """This will put a question's epsilon back, in the transaction that ends it; only for one that provably read nothing."""
    return _moved(_locked(query.room, query.buyer, year=query.year), -query.epsilon_micro)
