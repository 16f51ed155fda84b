"""The chart of accounts: what kinds there are, and which may never fall below zero.

A party's accounts mirror its supervised bank account; no kind carries a customer's principal to the venue (R57).
An amount is read from the owner's side: plus is money of the owner, minus is money owed. ``BANK`` stands for the world
outside, so the whole ledger sums to zero; ``SET_OFF`` is what two licences given for each other owe until both are settled.
``TAX`` is what the venue owes the state of its own charges: output tax 销项税额 is no income and is not mixed with fees.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["CURRENCY", "MAY_OVERDRAW", "AccountKind"]

#: The venue settles in yuan only; a second currency needs a licence before it needs code.
CURRENCY = "CNY"


class AccountKind(TextChoices):
    """What an account is for. Its owner is a code: ORG-… for parties and the venue, TRD-… for an escrow, BRT-… for a set-off,
    SHR-… for what an agreement has not divided yet."""

    AVAILABLE = "available", _("可用资金")
    DEPOSIT = "deposit", _("保证金")
    ESCROW = "escrow", _("成交托管")
    HOLDBACK = "holdback", _("质保留存")
    VENUE_FEES = "venue_fees", _("场所服务费")
    TAX = "tax", _("应交税费")
    PUBLIC_INTEREST = "public_interest", _("公益金")
    BANK = "bank", _("场外银行")
    SUSPENSE = "suspense", _("待查款项")
    SET_OFF = "set_off", _("互换抵销")
    UNDISTRIBUTED = "undistributed", _("待分配收益")


#: Kinds that may be below zero: the outside world, money whose owner is not yet known, and the set-off of a barter, which gives each
#: trade its declared value before the other has given it back.
MAY_OVERDRAW: frozenset[str] = frozenset({AccountKind.BANK, AccountKind.SUSPENSE, AccountKind.SET_OFF})
