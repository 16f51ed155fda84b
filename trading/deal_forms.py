"""What people type in a bargain, a request for quotes, a quote and a further round. Forms read and tidy; rules stand in operations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.rules.equal_terms import EXCEPTIONS
from compliance.taxonomy import Purpose
from listings.models import Listing, ListingVersion
from listings.sectors import SECTORS
from participants.forms import CodesField, YuanField
from participants.words import spoken
from trading.auctions.bargain import Terms
from trading.challenge_models import Measure
from trading.forms import ListingChoice, MarketTimeField

__all__ = ["ChallengeForm", "OfferForm", "PrivateOfferForm", "QuoteForm", "RfqForm", "RoundForm"]

_BARRED = {"reidentification", "discriminatory_pricing", "fraud"}


class OfferForm(forms.Form):
    """An offer or counter-offer: the price, and how, how long and what for it may be used."""

    price = YuanField(label=_("报价金额"))
    purpose = forms.ChoiceField(label=_("用途"), required=False)
    seats = forms.IntegerField(label=_("使用席位"), required=False, min_value=1, max_value=100_000,
                               help_text=_("可以使用的人数；不填则按挂牌版本"))
    term_days = forms.IntegerField(label=_("使用期（天）"), required=False, min_value=1, max_value=36_500, help_text=_("不填则按挂牌版本"))
    note = forms.CharField(label=_("附言"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    until = MarketTimeField(label=_("答复期限"), required=False, help_text=_("北京时间；不填则为三个工作日"))

    def __init__(self, *args: Any, version: ListingVersion, **named: Any) -> None:
        super().__init__(*args, **named)
        purposes = [str(one) for one in version.use_terms.get("purposes", [])]
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        if purposes:
            field.choices = [(one, Purpose(one).label if one in Purpose.values else one) for one in purposes]
            field.required = True
        else:
            del self.fields["purpose"]

    @property
    def terms(self) -> Terms:
        good = self.cleaned_data
        return Terms(good["price"], good["seats"], good["term_days"], good.get("purpose", ""))


class PrivateOfferForm(OfferForm):
    """A seller's offer to one buyer; where equals paid less, the ground for asking more."""

    to = forms.CharField(label=_("买方机构编号"), max_length=20, help_text=_("如 ORG-7K3QW9ZD2Z，见对方的机构页"))
    ground = forms.ChoiceField(label=_("高于同等买方成交中位数的理由"), required=False,
                               help_text=_("反垄断法第二十二条：没有正当理由，不得差别对待"))
    field_order = ("to", "price", "purpose", "seats", "term_days", "ground", "note", "until")

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["ground"].choices = [("", "—"), *((key, spoken(pair)) for key, pair in EXCEPTIONS.items())]  # type: ignore[attr-defined]

    def clean_to(self) -> str:
        return str(self.cleaned_data["to"]).strip().upper()


class RfqForm(forms.Form):
    """A demand on the board, or a tender to invited sellers."""

    title = forms.CharField(label=_("需要什么数据"), max_length=200)
    need = forms.CharField(label=_("需求说明"), max_length=5000, widget=forms.Textarea(attrs={"rows": 5}),
                           help_text=_("范围、时段、更新频率、格式、质量要求"))
    sector = forms.ChoiceField(label=_("行业"), required=False)
    purpose = forms.ChoiceField(label=_("用途"), choices=[(one.value, one.label) for one in Purpose if one.value not in _BARRED])
    seats = forms.IntegerField(label=_("使用席位"), required=False, min_value=1, max_value=100_000)
    term_days = forms.IntegerField(label=_("使用期（天）"), required=False, min_value=1, max_value=36_500)
    budget = YuanField(label=_("预算"), required=False)
    budget_hidden = forms.BooleanField(label=_("不公开预算"), required=False)
    closes_at = MarketTimeField(label=_("报价截止"), help_text=_("北京时间；截止前任何人（包括您）都看不到报价"))
    invited = CodesField(label=_("只邀请这些卖方"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
                         help_text=_("机构编号，一行一个；不填则公开在需求榜"))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["sector"].choices = [("", "—"), *((one, spoken(pair)) for one, pair in SECTORS.items())]  # type: ignore[attr-defined]


class ChallengeForm(forms.Form):
    """Optional: the demand as a challenge, decided by a blind trial beside the price."""

    questions = forms.FileField(label=_("题目（CSV）"), required=False,
                                help_text=_("首行列名，须有“编号”列，10 至 5000 题；报价方都能下载"))
    answers = forms.FileField(label=_("标准答案（CSV）"), required=False,
                              help_text=_("“编号”“答案”两列；密存，只公布加盐哈希，定标后供参评方核对"))
    measure = forms.ChoiceField(label=_("评分办法"), choices=Measure, required=False)
    weight = forms.IntegerField(label=_("效果权重（%）"), required=False, min_value=10, max_value=90, initial=60,
                                help_text=_("其余为价格分：合格方案中的最低价 ÷ 报价"))
    least = forms.DecimalField(label=_("及格线（%）"), required=False, min_value=0, max_value=100, decimal_places=2, initial=60,
                               help_text=_("低于它的方案不能中选"))

    def clean(self) -> dict[str, Any]:
        good = super().clean() or {}
        if bool(good.get("questions")) != bool(good.get("answers")):
            missing = "answers" if good.get("questions") else "questions"
            self.add_error(missing, _("揭榜须同时附题目和标准答案"))
        return good

    @property
    def asked(self) -> bool:
        return bool(self.cleaned_data.get("questions"))


class QuoteForm(forms.Form):
    """A quote: which of our listings, at what price."""

    listing = ListingChoice(label=_("以哪项挂牌报价"), queryset=Listing.objects.none())
    price = YuanField(label=_("报价金额"))
    note = forms.CharField(label=_("说明"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
                           help_text=_("与需求逐条对应的说明，买方比较时可见"))
    answers = forms.FileField(label=_("盲测答案（CSV）"), help_text=_("“编号”“答案”两列，每题一行；截止时统一评分"))

    def __init__(self, *args: Any, listings: Any, trial: bool = False, **named: Any) -> None:
        super().__init__(*args, **named)
        if not trial:
            del self.fields["answers"]
        field = self.fields["listing"]
        assert isinstance(field, forms.ModelChoiceField), "declared above"
        field.queryset = listings


class RoundForm(forms.Form):
    """A further round: the buyer's counter-offer to all who quoted, and until when they may quote anew."""

    target = YuanField(label=_("还价（目标价）"), required=False)
    message = forms.CharField(label=_("请卖方改进什么"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    closes_at = MarketTimeField(label=_("本轮截止"), help_text=_("北京时间"))
