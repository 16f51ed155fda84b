"""Privacy budgets: reserved under a row lock before anything runs, of all buyers and of the one who asks; the database holds the line.

A budget belongs to a product and a calendar year of the venue. It renews on the first of January, whole, and carries nothing over; a new
version, new data, another room or the same file sold as another product fills nothing, for the persons in it are the same. A stricter
room binds at once, a wider one from the next year on. What the years gave adds up and is shown. Whole millionths, no rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from delivery.models import PrivacyBudget, Room, RoomQuery
from evidence.prepared import ask, prepared
from kit.coverage import covers
from kit.rejected import Rejected

__all__ = ["as_epsilon", "budgets_of", "ever_granted", "give_back", "renews_at", "reserve", "year_of"]

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


def renews_at(year: int) -> datetime:
    """This will tell from when on the next year's budget holds."""
    return datetime(year + 1, 1, 1, tzinfo=_LOCAL)


@covers("W26")
def ever_granted(product: int, buyer: str = "") -> int:
    """This will add up what was granted in all years: the guarantees of the years add up, a new budget takes nothing of the old back."""
    rows = PrivacyBudget.objects.filter(product=product, buyer=buyer)
    return int(rows.aggregate(micro=Sum("granted_micro"))["micro"] or 0)


@prepared
def _over_the_file(file_sha256: str) -> QuerySet[Room]:
    """Every room over these very bytes, whatever product they are sold as; the newest last."""
    return Room.objects.filter(file_sha256=file_sha256).select_related("version__listing").order_by("id")


def _kin(room: Room) -> dict[int, Room]:
    """The product of the room and every other product over the same file, each by one of its rooms: they draw on each other's budgets."""
    found = {one.version.listing.product_id: one for one in _over_the_file(room.file_sha256)}
    return {**found, room.version.listing.product_id: room}


def _seen(room: Room, buyer: str, rows: Iterable[PrivacyBudget], *, year: int) -> list[PrivacyBudget]:
    """The budget of all buyers and that of this one, with what the room gives at most and what the same file gave elsewhere."""
    product, every = room.version.listing.product_id, list(rows)
    own = {one.buyer: one for one in every if one.product_id == product}
    bounds = {"": room.epsilon_all_micro} | ({buyer: room.epsilon_buyer_micro} if buyer else {})
    found = [own.get(name) or PrivacyBudget(product_id=product, year=year, buyer=name, limit_micro=bound) for name, bound in bounds.items()]
    for one in found:
        one.bound_micro = bounds[one.buyer]
        one.elsewhere_micro = sum(each.granted_micro for each in every if each.buyer == one.buyer and each.product_id != product)
    return found


def budgets_of(room: Room, buyer: str, *, year: int) -> tuple[PrivacyBudget, PrivacyBudget]:
    """This will return the budgets of all buyers and of this one as they stand; unsaved ones where nobody has asked yet."""
    everyone, *own = _seen(room, buyer, _budgets_over(list(_kin(room)), year, buyer), year=year)
    return everyone, own[0] if own else everyone


def _budgets_over(products: list[int], year: int, buyer: str) -> QuerySet[PrivacyBudget]:
    return PrivacyBudget.objects.filter(Q(buyer="") | Q(buyer=buyer), product__in=products, year=year).order_by("product", "buyer")


def _locked(room: Room, buyer: str, *, year: int) -> list[PrivacyBudget]:
    """The rows of every product over the file, locked in one order: whoever comes second waits here and sees what the first has taken.

    The rows of a product nobody has asked yet are made first: what is not there cannot be locked, and two first askers would not meet.
    """
    kin = _kin(room)
    rows = _budgets_over(list(kin), year, buyer).select_for_update(of=("self",), no_key=True)
    if len(held := list(rows)) < 2 * len(kin):
        PrivacyBudget.objects.bulk_create([
            PrivacyBudget(product_id=product, year=year, buyer=name, limit_micro=limit) for product, one in sorted(kin.items())
            for name, limit in (("", one.epsilon_all_micro), (buyer, one.epsilon_buyer_micro))], ignore_conflicts=True)
        held = list(rows.all())
    return _seen(room, buyer, held, year=year)


def _moved(held: list[PrivacyBudget], epsilon_micro: int) -> list[PrivacyBudget]:
    """Both rows moved by one statement, under the lock they were read with; the table's check refuses what would overdraw them."""
    ask("UPDATE delivery_privacybudget SET granted_micro = granted_micro + %s WHERE id = ANY(%s) RETURNING id",
        [epsilon_micro, [one.pk for one in held]])
    for one in held:
        one.granted_micro += epsilon_micro
    return held


@covers("F8", "I21", "T62")
def reserve(room: Room, buyer: str, epsilon_micro: int, *, year: int) -> list[PrivacyBudget]:
    """This will take the epsilon from both budgets in the caller's transaction; ``delivery.budget.short`` where either lacks it."""
    held = _locked(room, buyer, year=year)
    for one in held:
        if one.left_micro < epsilon_micro:
            code = "delivery.budget.short" if one.buyer else "delivery.budget.short_of_all"
            raise Rejected(code, asked=as_epsilon(epsilon_micro), left=as_epsilon(one.left_micro), limit=as_epsilon(one.most_micro),
                           year=year)
    return _moved(held, epsilon_micro)


@covers("F8", "I21")
def give_back(query: RoomQuery) -> list[PrivacyBudget]:
    """This will put a question's epsilon back, in the transaction that ends it; only for one that provably read nothing."""
    return _moved(_locked(query.room, query.buyer, year=query.year), -query.epsilon_micro)
