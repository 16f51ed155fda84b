"""Forms of the desk of public data: an authorisation to file, a cap to set, a year's figures, the calculator."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import Purpose
from listings.forms import WholeField, WordsField
from listings.models import AuthorisationModel
from listings.sectors import SECTORS
from participants.forms import YuanField
from participants.words import spoken

__all__ = ["AuthorisationForm", "CalculatorForm", "CapForm", "ReasonForm", "ReportForm"]

_LOCAL = ZoneInfo("Asia/Shanghai")
_DAY = forms.DateInput(attrs={"type": "date"})
_PURPOSES = [one for one in Purpose.choices if one[0] not in {"reidentification", "discriminatory_pricing", "fraud"}]


class RateField(forms.CharField):
    """A rate typed in percent with at most two places (1.80) and kept in basis points."""

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").strip().removesuffix("%")
        if not text:
            return None
        if not (found := re.fullmatch(r"([0-9]{1,2})(?:\.([0-9]{1,2}))?", text, re.ASCII)):
            raise forms.ValidationError(_("请写百分数，至多两位小数，例如 1.80"))
        return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def _first_instant(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=_LOCAL)


class _Term(forms.Form):
    """Two days, the last one included, as the half-open term the register keeps."""

    first_day = forms.DateField(label=_("起始日"), widget=_DAY)
    last_day = forms.DateField(label=_("截止日"), widget=_DAY)

    def term(self) -> tuple[datetime, datetime]:
        good = self.cleaned_data
        return _first_instant(good["first_day"]), _first_instant(good["last_day"] + timedelta(days=1))


class AuthorisationForm(_Term):
    """What the authorising document says."""

    grantor = forms.CharField(label=_("授权方机构编号"), max_length=16, help_text=_("公共机构的编号，例如 ORG-…；由其确认后生效"))
    document_no = forms.CharField(label=_("授权文号"), max_length=80)
    subject_zh = forms.CharField(label=_("授权运营的公共数据"), max_length=200)
    subject_en = forms.CharField(label=_("英文名称"), max_length=240, required=False)
    model = forms.ChoiceField(label=_("授权模式"), choices=AuthorisationModel.choices)
    fields_of = forms.MultipleChoiceField(label=_("领域"), required=False, help_text=_("分领域授权时必选"))
    purposes = forms.MultipleChoiceField(label=_("场景与用途"), required=False, choices=_PURPOSES,
                                         help_text=_("依场景授权时必选；不选为不限"))
    territory = WordsField(label=_("地域"), initial=["CN"], help_text=_("CN-31 表示上海"))
    price_basis = forms.CharField(label=_("定价依据"), max_length=400, help_text=_("定价文件与方法；治理、公益用途免费"))
    share = RateField(label=_("授权方分成（%）"), required=False,
                      help_text=_("价款扣除服务费和公益金后分给授权方的比例，随清算批次入其账户；不分成可不填"))
    agreement = forms.FileField(label=_("授权协议"), required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["fields_of"].choices = [(one, spoken(pair)) for one, pair in SECTORS.items()]  # type: ignore[attr-defined]


class CalculatorForm(forms.Form):
    """The figures of the formula (65号): what may be earned and how high a licence may be priced."""

    cost = YuanField(label=_("运营成本（元）"))
    subsidy = YuanField(label=_("财政补助（元）"), required=False)
    bond = RateField(label=_("十年期国债平均收益率（%）"), initial="1.80")
    rate = RateField(label=_("准许收益率（%）"), required=False, help_text=_("不填按最高：国债收益率加 6 个百分点"))
    tax = YuanField(label=_("税金（元）"), required=False)
    excess = YuanField(label=_("上一周期超收（元）"), required=False)
    quantity = WholeField(label=_("预计许可份数"))


class CapForm(CalculatorForm, _Term):
    """A cap with the figures it rests on."""

    product: Any = forms.ModelChoiceField(label=_("产品"), queryset=None, to_field_name="code", empty_label=_("请选择"))
    cap = YuanField(label=_("每份价格上限（元）"))
    document_no = forms.CharField(label=_("核价文号"), max_length=80)

    def __init__(self, *args: Any, products: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]
        self.fields["last_day"].label = _("复核前最后一日")
        self.fields["last_day"].help_text = _("至多三年")


class ReportForm(forms.Form):
    """A year's figures, of separate accounts."""

    cost = YuanField(label=_("全年运营成本（元）"))
    revenue = YuanField(label=_("全年运营收入（元）"))
    note = forms.CharField(label=_("运营情况"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=400)
