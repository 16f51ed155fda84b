"""What people type in a barter: both licences with their fair values, what becomes of the difference. Rules stand in operations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import Purpose
from listings.models import ListingVersion
from participants.forms import YuanField
from trading.auctions.bargain import Terms
from trading.auctions.barter import Swap
from trading.barter_models import BarterSide, Difference
from trading.forms import MarketTimeField

__all__ = ["BarterForm"]


class BarterForm(forms.Form):
    """An offer or counter-offer of a barter, from the side of whoever types: ``ours`` is the licence we give, ``theirs`` the one we get."""

    ours_value = YuanField(label=_("我方许可的公允价值"), help_text=_("费用按它计算，不以款支付；与常价相差过大的，监管会来询问"))
    ours_purpose = forms.ChoiceField(label=_("对方可用于"), required=False)
    ours_seats = forms.IntegerField(label=_("对方的使用席位"), required=False, min_value=1, max_value=100_000,
                                    help_text=_("不填则按挂牌版本"))
    ours_term_days = forms.IntegerField(label=_("对方的使用期（天）"), required=False, min_value=1, max_value=36_500,
                                        help_text=_("不填则按挂牌版本"))
    theirs_value = YuanField(label=_("对方许可的公允价值"))
    theirs_purpose = forms.ChoiceField(label=_("我方用途"), required=False)
    theirs_seats = forms.IntegerField(label=_("我方的使用席位"), required=False, min_value=1, max_value=100_000,
                                      help_text=_("不填则按挂牌版本"))
    theirs_term_days = forms.IntegerField(label=_("我方的使用期（天）"), required=False, min_value=1, max_value=36_500,
                                          help_text=_("不填则按挂牌版本"))
    difference = forms.ChoiceField(label=_("两项价值的差额"), choices=Difference.choices,
                                   help_text=_("两项相等时选“无差额”；不等时须写明放弃，或由给出较低一项的一方以款补足"))
    note = forms.CharField(label=_("附言"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    until = MarketTimeField(label=_("答复期限"), required=False, help_text=_("北京时间；不填则为三个工作日"))

    def __init__(self, *args: Any, ours: ListingVersion, theirs: ListingVersion, **named: Any) -> None:
        super().__init__(*args, **named)
        for name, version in (("ours_purpose", ours), ("theirs_purpose", theirs)):
            purposes = [str(one) for one in version.use_terms.get("purposes", [])]
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            if purposes:
                field.choices = [(one, Purpose(one).label if one in Purpose.values else one) for one in purposes]
                field.required = True
            else:
                del self.fields[name]

    def swap(self, side: str) -> Swap:
        """The offer, with the side that types in its place."""
        good = self.cleaned_data
        ours, theirs = (Terms(good[f"{whose}_value"], good[f"{whose}_seats"], good[f"{whose}_term_days"], good.get(f"{whose}_purpose", ""))
                        for whose in ("ours", "theirs"))
        first, second = (ours, theirs) if side == BarterSide.PROPOSER else (theirs, ours)
        return Swap(first, second, good["difference"])

    @staticmethod
    def said(swap: Swap, side: str) -> dict[str, Any]:
        """An offer as the form of a side begins with it."""
        ours, theirs = swap.given_by(side), swap.partner if side == BarterSide.PROPOSER else swap.proposer
        found: dict[str, Any] = {"difference": swap.difference}
        for whose, terms in (("ours", ours), ("theirs", theirs)):
            found |= {f"{whose}_value": terms.price_fen, f"{whose}_seats": terms.seats, f"{whose}_term_days": terms.term_days,
                      f"{whose}_purpose": terms.purpose}
        return found
