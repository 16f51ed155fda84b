"""What people type on the floor: a lot to announce, a trade to report. Forms read and tidy; rules stand in operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import CirculationMode
from listings.models import Listing
from participants.forms import YuanField
from trading.auctions.slips import SEVERAL

__all__ = ["AnnounceForm", "MendForm", "ReportForm"]

MARKET = ZoneInfo("Asia/Shanghai")


class MarketTimeField(forms.CharField):
    """A local time of the market (Asia/Shanghai), as the browser's own control writes it."""

    def __init__(self, **named: Any) -> None:
        super().__init__(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), **named)

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:  # only where it need not be given
            return None
        try:
            return datetime.fromisoformat(text.replace("T", " ")).replace(tzinfo=MARKET).astimezone(UTC)
        except ValueError as fault:
            raise forms.ValidationError(_("请填写日期与时间，如 2026-11-30 10:00。")) from fault


class ListingChoice(forms.ModelChoiceField):
    """A listing by its published title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.version.title_zh if obj.version else obj.code} · {obj.code}"


class AnnounceForm(forms.Form):
    """A lot: which listing, when; start price and reserve are the version's unless given here."""

    listing = ListingChoice(label=_("挂牌"), queryset=Listing.objects.none())
    opens_at = MarketTimeField(label=_("开拍"))
    closes_at = MarketTimeField(label=_("结束"))
    start_price = YuanField(label=_("起拍价"), required=False, help_text=_("不填则用挂牌版本所写的价格"))
    format = forms.ChoiceField(label=_("竞价方式"), required=False, help_text=_("不填则用挂牌版本所写的"))
    floor_price = YuanField(label=_("最低价"), required=False, help_text=_("荷式与混合竞价的时钟终点；不填则用挂牌版本所写的"))
    supply = forms.IntegerField(label=_("份数"), required=False, min_value=1, max_value=50, help_text=_("只用于多份竞价"))
    items = forms.CharField(label=_("标项"), required=False, max_length=40, help_text=_("只用于组合竞价：各用一个大写字母，如 A B C"))
    reserve_price = YuanField(label=_("保留价"), required=False,
                               help_text=_("可以高于起拍价；不填则用挂牌版本所写的，版本未写即为无保留价"))
    reserve_told = forms.BooleanField(label=_("公告保留价"), required=False, help_text=_("不勾选即保密，只公布承诺值；勾选则人人可见"))

    def __init__(self, *args: Any, listings: Any, formats: Sequence[tuple[str, Any]], **named: Any) -> None:
        super().__init__(*args, **named)
        way = self.fields["format"]
        assert isinstance(way, forms.ChoiceField), "declared above"
        way.choices = [("", "—"), *formats]
        self.several = any(one in SEVERAL for one, _label in formats)
        field = self.fields["listing"]
        assert isinstance(field, forms.ModelChoiceField), "declared above"
        field.queryset = listings


class MendForm(forms.Form):
    """What was traded off the exchange, for how much, under which contract. The facts asked by the rules stand beside it."""

    mode = forms.ChoiceField(label=_("流通方式"), choices=[one for one in CirculationMode.choices if one[0] != CirculationMode.OPEN],
                             required=False,
                             initial=CirculationMode.TRADE, help_text=_("共享的价款为零；交换填写换得权利的公允价值"))
    title = forms.CharField(label=_("交易标的"), max_length=200)
    description = forms.CharField(label=_("说明"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    price = YuanField(label=_("成交价"))
    traded_on = forms.DateField(label=_("成交日期"), widget=forms.DateInput(attrs={"type": "date"}))
    contract = forms.FileField(label=_("合同文件"), required=False, help_text=_("只计算哈希，不保存文件；也可以直接填写哈希"))
    contract_sha256 = forms.CharField(label=_("合同哈希（SHA-256）"), max_length=64, required=False)
    export_case = forms.CharField(label=_("出境案件编号"), max_length=16, required=False,
                                  help_text=_("买方在境外时填写已放行的案件，如 EXP-…"))

    def clean_contract_sha256(self) -> str:
        return str(self.cleaned_data["contract_sha256"]).strip().lower()

    def clean_export_case(self) -> str:
        return str(self.cleaned_data["export_case"]).strip().upper()


class ReportForm(MendForm):
    """An off-exchange trade as it is reported: which side is ours, and who is the other."""

    side = forms.ChoiceField(label=_("我方是"), choices=[("seller", _("卖方")), ("buyer", _("买方"))])
    counterparty = forms.CharField(label=_("对方机构编号"), max_length=20, help_text=_("如 ORG-7K3QW9ZD2Z，见对方的机构页"))

    def clean_counterparty(self) -> str:
        return str(self.cleaned_data["counterparty"]).strip().upper()
