"""What an appraiser types of a valuation: percent and yuan on the page, basis points and fen beneath (W19)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.engaging.valuing import Comparable, Cost, Income, Valuation
from kit.money import parse_yuan
from participants.forms import YuanField
from participants.words import spoken

__all__ = ["ValuationForm"]


def _percent(label: Any, low: int, high: int, initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=low, max_value=high, initial=initial)


class ValuationForm(forms.Form):
    """Three methods; one that is not used is left empty and weighs nothing."""

    base_date = forms.DateField(label=_("评估基准日"), widget=forms.DateInput(attrs={"type": "date"}))
    purpose = forms.CharField(label=_("评估目的"), max_length=200)
    acquisition_fen = YuanField(label=_("成本法：取得成本（元）"), required=False)
    processing_fen = YuanField(label=_("成本法：加工成本（元）"), required=False)
    storage_fen = YuanField(label=_("成本法：存储与安全成本（元）"), required=False)
    other_fen = YuanField(label=_("成本法：间接成本（元）"), required=False)
    profit = _percent(_("成本法：合理利润（%）"), 0, 200, 10)
    quality = _percent(_("成本法：质量系数（%）"), 1, 200, 100)
    obsolescence = _percent(_("成本法：贬值（%）"), 0, 100, 0)
    incomes = forms.CharField(label=_("收益法：各年收益（元）"), max_length=800, required=False, widget=forms.Textarea(attrs={"rows": 3}),
                              help_text=_("每行一年，从第一年起，最多 20 年"))
    share = _percent(_("收益法：数据贡献（%）"), 0, 100, 30)
    rate = _percent(_("收益法：折现率（%）"), 0, 100, 10)
    comparables = forms.CharField(label=_("市场法：可比案例"), max_length=1600, required=False, widget=forms.Textarea(attrs={"rows": 3}),
                                  help_text=_("每行一例：成交价（元） 质量修正% 时间修正% 范围修正%，以空格分开，如 900000 10 -5 0"))
    cost_weight = _percent(_("成本法权重（%）"), 0, 100, 100)
    income_weight = _percent(_("收益法权重（%）"), 0, 100, 0)
    market_weight = _percent(_("市场法权重（%）"), 0, 100, 0)

    def clean_incomes(self) -> tuple[int, ...]:
        try:
            found = tuple(parse_yuan(line) for line in self.cleaned_data["incomes"].split())
        except ValueError as fault:
            raise forms.ValidationError(_("每行一个金额，如 1,000,000。")) from fault
        if len(found) > 20 or any(fen < 0 for fen in found):
            raise forms.ValidationError(_("最多 20 年，金额不为负。"))
        return found

    def clean_comparables(self) -> tuple[Comparable, ...]:
        try:
            return tuple(self._comparable(line.split()) for line in self.cleaned_data["comparables"].splitlines() if line.strip())
        except ValueError as fault:
            raise forms.ValidationError(_("每行须为成交价和三个修正百分数，修正在 -90 与 200 之间。")) from fault

    @staticmethod
    def _comparable(parts: list[str]) -> Comparable:
        price, *percents = parts
        quality, time, scope = (int(one) * 100 for one in percents)
        if parse_yuan(price) <= 0 or not all(-9_000 <= one <= 20_000 for one in (quality, time, scope)):
            raise ValueError(price)
        return Comparable(parse_yuan(price), (quality, time, scope))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and (faults := self.valuation().faults()):
            self.add_error(None, spoken(faults[0]))
        return data

    def valuation(self) -> Valuation:
        """This will return the inputs of the methods that are used."""
        good = self.cleaned_data
        spent = {name: good[name] or 0 for name in ("acquisition_fen", "processing_fen", "storage_fen", "other_fen")}
        cost = Cost(profit_bps=good["profit"] * 100, quality_bps=good["quality"] * 100, obsolescence_bps=good["obsolescence"] * 100,
                    **spent) if any(spent.values()) else None
        income = Income(good["incomes"], good["share"] * 100, good["rate"] * 100) if good["incomes"] else None
        return Valuation(good["base_date"].isoformat(), good["purpose"].strip(), cost, income, good["comparables"],
                         (good["cost_weight"], good["income_weight"], good["market_weight"]))
