"""The form of a subsidy fund: amounts in yuan, the share in percent, criteria by choice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.engaging.independence import service_classes
from listings.authorisation_forms import RateField
from listings.forms import WordsField
from listings.sectors import SECTORS
from participants.forms import YuanField
from participants.models import PartySize
from participants.queries import LOCAL
from participants.words import spoken

__all__ = ["FundForm"]

_DAY = forms.DateInput(attrs={"type": "date"})


class FundForm(forms.Form):
    """A fund as it is proposed."""

    name_zh = forms.CharField(label=_("名称"), max_length=80)
    name_en = forms.CharField(label=_("英文名称"), max_length=120, required=False)
    basis = forms.CharField(label=_("依据文件"), max_length=200)
    budget = YuanField(label=_("预算（元）"), help_text=_("批准时自公益金划入"))
    share = RateField(label=_("补贴比例（%）"), help_text=_("占委托价格；至多 99.99"))
    order_cap = YuanField(label=_("每项委托至多（元）"))
    year_cap = YuanField(label=_("每家每年至多（元）"))
    sizes = forms.MultipleChoiceField(label=_("企业规模"), choices=PartySize.choices, initial=["micro", "small"])
    services = forms.MultipleChoiceField(label=_("服务类别"), required=False, help_text=_("不选为不限"))
    sectors = forms.MultipleChoiceField(label=_("行业"), required=False, help_text=_("不选为不限"))
    regions = WordsField(label=_("地区"), required=False, help_text=_("行政区划代码的前几位；不填为不限"))
    first_day = forms.DateField(label=_("起始日"), widget=_DAY)
    last_day = forms.DateField(label=_("截止日"), widget=_DAY)

    def __init__(self, *args: Any, at: datetime, **named: Any) -> None:
        super().__init__(*args, **named)
        kinds: Any = self.fields["services"]
        kinds.choices = [(key, spoken(one.text)) for key, one in service_classes(at).items()]
        sectors: Any = self.fields["sectors"]
        sectors.choices = [(key, spoken(pair)) for key, pair in SECTORS.items()]

    def terms(self) -> dict[str, Any]:
        """This will return what ``propose_fund`` takes."""
        good = self.cleaned_data
        return {
            "name": (good["name_zh"], good["name_en"]), "basis": good["basis"], "budget_fen": good["budget"],
            "share_bps": good["share"] or 0, "order_cap_fen": good["order_cap"], "year_cap_fen": good["year_cap"],
            "criteria": {name: good[name] for name in ("sizes", "services", "sectors", "regions")},
            "effective_from": _first_instant(good["first_day"]), "effective_to": _first_instant(good["last_day"] + timedelta(days=1))}


def _first_instant(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)
