"""Forms of the supply desk: they read what people type and show what is held; the rules stand in operations.

The long form of a draft is one ``DraftForm`` in sections. Amounts are typed in yuan and kept in fen; an unanswered fact stays unstated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.answers import ANSWERS
from compliance.rules.circulation import circulation
from compliance.rules.vocabulary import FactKind, vocabulary
from compliance.taxonomy import CirculationMode, DataCategory, DataGrade, DeliveryMode, ProcessingStage, Purpose, Right
from kit.rejected import Rejected
from listings.drafting import FORMATS
from listings.licensing import ALLOWANCES, RECIPROCAL, AgreementTemplate
from listings.minimums import minimum_in
from listings.models import (
    Authorisation,
    ListingVersion,
    OriginClass,
    PricingMode,
    ProductKind,
    RefusalGround,
    RegistrationKind,
    RequestKind,
    RightOrigin,
    SaleMode,
    SourceKind,
)
from listings.plans import plan_in, said_bands
from listings.sectors import SECTORS
from listings.states import AuthorisationStatus
from listings.trials import trial_in
from participants.forms import YuanField
from participants.words import spoken

__all__ = [
    "ASKED",
    "FORMAT_NAMES",
    "AnswerForm",
    "CorrectionAnswerForm",
    "CorrectionForm",
    "DraftForm",
    "GrantForm",
    "ObjectionForm",
    "ProductForm",
    "RegistrationForm",
    "RightForm",
    "SourceForm",
    "SourceRequestForm",
]

_SPLIT = re.compile(r"[,，、;；\s]+")
_NOT_FOR_SALE = {"reidentification", "discriminatory_pricing", "fraud"}
_DERIVED = {"subject_class", "processing_stage", "grade", "delivery_mode", "product_kind", "rights_held"}
#: Facts the seller is asked at listing, in the vocabulary's order.
ASKED: tuple[FactKind, ...] = tuple(kind for kind in vocabulary().facts.values() if kind.gate == "listing" and kind.name not in _DERIVED)
FORMAT_NAMES: dict[str, Any] = {"english": _("英式（代理出价，软截止）"), "first_price": _("密封一价"), "second_price": _("密封二价"),
                                 "dutch": _("荷式（价格递减）"), "hybrid": _("混合（荷式接密封）"),
                                 "uniform": _("多份·统一价"), "pay_as_bid": _("多份·按报价付款"),
                                 "vcg": _("组合·VCG"), "rsop": _("不限份数·随机抽样定价")}
Pairs = Iterable[tuple[str, str | Promise]]


def _blank(choices: Pairs) -> list[tuple[str, Any]]:
    return [("", _("请选择")), *choices]


class WholeField(forms.CharField):
    """A whole number in plain ASCII digits; empty is not stated."""

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,12}", text, re.ASCII):
            raise forms.ValidationError(_("请写整数"))
        return int(text)


class WordsField(forms.CharField):
    """Words separated by commas or blanks."""

    def to_python(self, value: Any) -> Any:
        return [one for one in _SPLIT.split(super().to_python(value) or "") if one]

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list) else value


def _fact_field(kind: FactKind) -> forms.Field:
    """A question of the rules: yes, no or not answered; a closed word; a number."""
    label = spoken(kind.text)
    if kind.type == "bool":
        return forms.ChoiceField(label=label, choices=[("", _("未答")), ("yes", _("是")), ("no", _("否"))], required=False)
    if kind.type in {"word", "open"}:
        words = ANSWERS.get(kind.name, {})
        return forms.ChoiceField(label=label, choices=[("", _("未答")), *((one, words.get(one, one)) for one in kind.values)],
                                 required=False)
    if kind.type == "words":
        offered = ANSWERS.get(kind.name, {})
        return forms.MultipleChoiceField(label=label, choices=[(one, offered.get(one, one)) for one in kind.values], required=False)
    return WholeField(label=label, required=False) if kind.type == "whole" else forms.CharField(label=label, required=False, max_length=8)


class DraftForm(forms.Form):
    """Everything a seller states about a draft, but the file and the shares, which have their own small forms."""

    title_zh = forms.CharField(label=_("中文名称"), max_length=200, required=False)
    title_en = forms.CharField(label=_("英文名称"), max_length=240, required=False)
    summary_zh = forms.CharField(label=_("一句话说明（中文）"), max_length=400, required=False)
    summary_en = forms.CharField(label=_("一句话说明（英文）"), max_length=600, required=False)
    description_zh = forms.CharField(label=_("说明（中文）"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000, required=False)
    description_en = forms.CharField(label=_("说明（英文）"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000, required=False)
    keywords = forms.CharField(label=_("关键词"), max_length=400, required=False)
    sector = forms.ChoiceField(label=_("所属行业"), required=False)
    update_frequency = forms.CharField(label=_("更新频率"), max_length=40, required=False)
    category = forms.ChoiceField(label=_("数据类别"), choices=_blank(DataCategory.choices), required=False)
    stage = forms.ChoiceField(label=_("加工程度"), choices=_blank(ProcessingStage.choices), required=False)
    grade = forms.ChoiceField(label=_("数据级别"), choices=_blank(DataGrade.choices), required=False,
                              help_text=_("就高从严：一组数据取其成员中的最高级别"))
    class_note = forms.CharField(label=_("分类分级说明"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000, required=False,
                                 help_text=_("低于扫描结果或此前的分级时填写：为何是误报，或怎样脱敏；由审核人记录认定"))
    authorisation = forms.ChoiceField(label=_("公共数据授权"), choices=_blank([]), required=False,
                                      help_text=_("公共数据须指明登记簿中有效的授权运营；无条件开放的除外"))
    delivery_mode = forms.ChoiceField(label=_("交付方式"), choices=_blank(DeliveryMode.choices), required=False)
    purposes = forms.MultipleChoiceField(label=_("允许的用途"), required=False, widget=forms.CheckboxSelectMultiple,
                                         choices=[one for one in Purpose.choices if one[0] not in _NOT_FOR_SALE])
    forbidden = WordsField(label=_("禁止的用途"), required=False, help_text=_("用逗号分开"))
    regions = WordsField(label=_("许可地域"), required=False, help_text=_("例如 CN 或 CN-31，用逗号分开"))
    term_days = WholeField(label=_("许可期限（天）"), required=False)
    seats = WholeField(label=_("使用人数上限"), required=False)
    sublicence = forms.BooleanField(label=_("可以再许可"), required=False)
    export = forms.BooleanField(label=_("可以出境使用（每次交付另行核查）"), required=False)
    derivatives = forms.BooleanField(label=_("可以对外提供衍生结果"), required=False)
    template = forms.ChoiceField(label=_("合同范本"), choices=_blank(AgreementTemplate.choices), required=False,
                                 help_text=_("不选即为数据提供合同；成交时按范本与上述条款起草"))
    calls = WholeField(label=_("取用次数上限"), required=False)
    rows = WholeField(label=_("使用行数上限"), required=False)
    columns = WordsField(label=_("接口可返回的列"), required=False, help_text=_("仅接口交付：买方只能取这些列，用逗号分开；不填为全部列"))
    train = forms.BooleanField(label=_("可以用于训练模型"), required=False)
    fine_tune = forms.BooleanField(label=_("可以用于微调模型"), required=False)
    publish_weights = forms.BooleanField(label=_("可以公开由此得到的模型权重"), required=False)
    own_outputs = forms.BooleanField(label=_("由此产生的成果归买方"), required=False)
    reciprocal = forms.BooleanField(label=_("双向公平授权：买方改进所得的数据，以不差的条件许可您使用"), required=False)
    licence = forms.ChoiceField(label=_("开放许可"), required=False, help_text=_("仅开放数据：任何人按此许可使用，不再填用途、期限和地域"))
    interface = forms.CharField(label=_("接口说明"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6}),
                                help_text=_("以接口、查询、模型、核验交付时必填：OpenAPI 3 的 JSON，买方据此对接"))
    terms_note = forms.CharField(label=_("其他条款"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, required=False)
    circulation = forms.ChoiceField(label=_("流通方式"), choices=CirculationMode.choices, required=False,
                                    help_text=_("开放、共享的价格为零；交换选协商、不填价格"))
    scientific = forms.BooleanField(label=_("科学数据：按不高于传输成本的价格、对任何人一视同仁"), required=False)
    transport_fen = YuanField(label=_("传输成本（元）"), required=False, help_text=_("存储介质、传输等交付本身的成本；价格不得高于它"))
    kept_until = forms.DateField(label=_("保存至"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
                                 help_text=_("至少五年；此前不能自行摘牌"))
    sale_mode = forms.ChoiceField(label=_("出售方式"), choices=SaleMode.choices, required=False)
    pricing_mode = forms.ChoiceField(label=_("定价依据"), choices=PricingMode.choices, required=False)
    price_fen = YuanField(label=_("价格或起拍价（元）"), required=False)
    reserve_price_fen = YuanField(label=_("保留价（元，保密）"), required=False, help_text=_("只有您看得到；以加盐承诺存证"))
    quota = WholeField(label=_("许可份数上限"), required=False, help_text=_("不填为不限"))
    plan_months = WholeField(label=_("计价周期（月）"), required=False,
                             help_text=_("不填为一次买断；填了即按周期订购，价格为每个周期的价格"))
    plan_base_fen = YuanField(label=_("每周期基本费（元）"), required=False)
    plan_free = WholeField(label=_("每周期免费次数"), required=False)
    plan_bands = forms.CharField(label=_("计次费率"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
                                 help_text=_("每行一档：上限与每次价格（元），最后一档上限写 *，如“1000 0.50”“* 0.30”；价格即每周期封顶"))
    trial_days = WholeField(label=_("试用期（天）"), required=False, help_text=_("不填为不提供试用；每家机构只能试用一次"))
    trial_seats = WholeField(label=_("试用人数"), required=False, help_text=_("不填为一人"))
    trial_fen = YuanField(label=_("试用价格（元）"), required=False, help_text=_("不填为免费"))
    min_licences = WholeField(label=_("起订份数"), required=False,
                              help_text=_("同一订单中本机构许可的最少份数；不填为一份。小微买方不受起订限制"))
    min_fen = YuanField(label=_("起订金额（元）"), required=False, help_text=_("同一订单中本机构许可的最低合计；不填为不限"))
    auction_format = forms.ChoiceField(label=_("竞价方式"), choices=_blank([(one, FORMAT_NAMES[one]) for one in FORMATS]), required=False)
    auction_days = WholeField(label=_("竞价天数"), required=False)
    auction_floor_fen = YuanField(label=_("荷式最低价（元）"), required=False)
    rest_no = forms.BooleanField(label=_("其余未答的是非题均为“否”"), required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        sectors = [(letter, f"{letter} {spoken(pair)}") for letter, pair in SECTORS.items()]
        licences = [(name, spoken(one.text)) for name, one in circulation().licences.items()]
        self.fields["licence"].choices = _blank(licences)  # type: ignore[attr-defined]
        self.fields["sector"].choices = _blank(sectors)  # type: ignore[attr-defined]
        for kind in ASKED:
            self.fields[f"fact_{kind.name}"] = _fact_field(kind)

    @classmethod
    def of(cls, version: ListingVersion, data: Any = None) -> DraftForm:
        """This will show a draft as it stands, or read what was sent for it."""
        form = cls(data, initial=_initial(version)) if data is None else cls(data)
        held = Authorisation.objects.filter(organization=version.organization_id, status=AuthorisationStatus.IN_FORCE).order_by("pk")
        offered = _blank([(one.code, f"{one.subject_zh} · {one.code}") for one in held])
        form.fields["authorisation"].choices = offered  # type: ignore[attr-defined]
        return form

    def changes(self) -> dict[str, Any]:
        """This will return what was typed in the words of ``save_draft``; fields in fault are left out."""
        good = self.cleaned_data
        changes: dict[str, Any] = {name: good[name] for name in (
            "title_zh", "title_en", "summary_zh", "summary_en", "description_zh", "description_en", "keywords", "sector",
            "update_frequency",
            "category", "stage", "grade", "class_note", "authorisation", "delivery_mode", "circulation", "scientific", "transport_fen",
            "kept_until", "sale_mode", "pricing_mode",
            "price_fen",
            "reserve_price_fen",
            "quota") if name in good}
        changes["use_terms"] = {**{name: good.get(name) for name in _USE_TERMS}, "note": good.get("terms_note", ""),
                                "interface": good.get("interface", ""), "plan": _plan_typed(good),
                                "trial": _trial_typed(good), "min_order": _minimum_typed(good)}
        changes["auction_terms"] = {"format": good.get("auction_format"), "days": good.get("auction_days"),
                                    "floor_fen": good.get("auction_floor_fen")}
        changes["facts"] = self._facts(good)
        return changes

    def _facts(self, good: dict[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for kind in ASKED:
            value = good.get(f"fact_{kind.name}")
            if kind.type == "bool":
                value = {"yes": True, "no": False}.get(value or "", False if good.get("rest_no") and kind.name not in _MUST_SAY else None)
            elif kind.type == "decimal" and value:
                value = value if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", value, re.ASCII) and Decimal(value) >= 0 else None
            if value not in (None, "", []):
                facts[kind.name] = value
        return facts

    def show(self, rejected: Rejected) -> None:
        """This will put an operation's field faults beside the fields they belong to."""
        for fault in rejected.errors:
            self.add_error(_field_of(fault.field, self.fields), spoken(fault.text))


#: Fields of the form that stand in the terms of use under their own names.
_USE_TERMS = ("purposes", "forbidden", "regions", "term_days", "seats", "calls", "rows", "columns", "template", "licence",
              RECIPROCAL, *ALLOWANCES)
#: Facts whose "no" is bad news: never ticked for somebody.
_MUST_SAY = {"source_lawful", "source_proof", "crawl_terms_compliant", "owner_authorised", "consent_scope_covers_use", "guardian_consent",
             "public_authorised", "pi_anonymised"}
_HOMES = {"use_terms.purposes": "purposes", "use_terms.term_days": "term_days", "use_terms.regions": "regions",
          "use_terms.licence": "licence",
          "use_terms.interface": "interface", "use_terms.plan": "plan_bands", "use_terms.trial": "trial_days",
          "use_terms.min_order": "min_licences", "use_terms": "terms_note",
          "auction_terms.format": "auction_format", "auction_terms": "auction_format"}


def _field_of(name: str, fields: Any) -> str | None:
    if name.startswith("facts."):
        name = f"fact_{name.removeprefix('facts.')}"
    name = _HOMES.get(name, name)
    return name if name in fields else None


def _plan_typed(good: dict[str, Any]) -> dict[str, Any] | None:
    """The price plan as it was typed; None where nothing of it was."""
    typed = {"months": good.get("plan_months"), "base_fen": good.get("plan_base_fen") or 0, "free": good.get("plan_free") or 0,
             "bands": (good.get("plan_bands") or "").strip()}
    if not any(typed.values()):
        return None
    return typed if typed["bands"] or typed["base_fen"] or typed["free"] else {"months": typed["months"]}


def _trial_typed(good: dict[str, Any]) -> dict[str, Any] | None:
    """The trial as it was typed; None where nothing of it was."""
    if not (good.get("trial_days") or good.get("trial_seats") or good.get("trial_fen")):
        return None
    return {"days": good.get("trial_days"), "seats": good.get("trial_seats") or 1, "price_fen": good.get("trial_fen") or 0}


def _trial_shown(terms: dict[str, Any]) -> dict[str, Any]:
    trial = trial_in(terms)
    return {"trial_days": trial.days, "trial_seats": trial.seats, "trial_fen": trial.price_fen or None} if trial else {}


def _minimum_typed(good: dict[str, Any]) -> dict[str, Any] | None:
    """The minimum order as it was typed; None where nothing of it was."""
    if not (good.get("min_licences") or good.get("min_fen")):
        return None
    return {"licences": good.get("min_licences") or 0, "fen": good.get("min_fen") or 0}


def _minimum_shown(terms: dict[str, Any]) -> dict[str, Any]:
    least = minimum_in(terms)
    return {"min_licences": least.licences or None, "min_fen": least.fen or None} if least else {}


def _plan_shown(terms: dict[str, Any]) -> dict[str, Any]:
    plan = plan_in(terms)
    if plan is None:
        return {}
    return {"plan_months": plan.months, "plan_base_fen": plan.base_fen or None, "plan_free": plan.free or None,
            "plan_bands": said_bands(plan)}


def _initial(version: ListingVersion) -> dict[str, Any]:
    terms, auction = version.use_terms, version.auction_terms
    shown = {name: getattr(version, name) for name in DraftForm.base_fields if hasattr(version, name)}
    shown["authorisation"] = version.authorisation.code if version.authorisation else ""
    shown |= {name: terms.get(name) for name in _USE_TERMS}
    shown |= _plan_shown(terms)
    shown |= _trial_shown(terms) | _minimum_shown(terms)
    shown |= {"terms_note": terms.get("note", ""), "interface": terms.get("interface", ""),
              "auction_format": auction.get("format"), "auction_days": auction.get("days"),
              "auction_floor_fen": auction.get("floor_fen")}
    for kind in ASKED:
        value = version.facts.get(kind.name)
        shown[f"fact_{kind.name}"] = {True: "yes", False: "no"}.get(value, "") if kind.type == "bool" else value
    return shown


class ProductForm(forms.Form):
    """A product from a resource or from scratch."""

    title_zh = forms.CharField(label=_("产品名称"), max_length=200)
    title_en = forms.CharField(label=_("英文名称"), max_length=240, required=False)
    kind = forms.ChoiceField(label=_("产品形态"), choices=ProductKind.choices)
    source_statement = forms.CharField(label=_("来源说明"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000, required=False,
                                       help_text=_("数据从哪里来、怎样取得（数据安全法第三十三条）"))


class RightForm(forms.Form):
    """One right to declare over a product."""

    product: Any = forms.ModelChoiceField(label=_("产品"), queryset=None, to_field_name="code", empty_label=_("请选择"))
    right = forms.ChoiceField(label=_("权利"), choices=Right.choices)
    origin = forms.ChoiceField(label=_("取得方式"), choices=RightOrigin.choices)
    origin_note = forms.CharField(label=_("依据"), max_length=400, required=False, help_text=_("协议、法律条文或授权文号"))
    purposes = WordsField(label=_("用途"), initial=["*"], help_text=_("* 表示任何合法用途"))
    territory = WordsField(label=_("地域"), initial=["CN"], help_text=_("* 表示不限；CN-31 表示上海"))
    sublicence_depth = WholeField(label=_("可再许可层级"), required=False, initial=1)
    effective_to = forms.DateField(label=_("有效至"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
                                   help_text=_("不填为长期；不得长于来源"))
    scope_note = forms.CharField(label=_("范围说明"), max_length=400, required=False, help_text=_("覆盖哪部分数据、怎样使用"))
    proof = forms.FileField(label=_("凭据"), required=False, help_text=_("设备或部门契约须上传；其他取得方式可选"))

    def __init__(self, *args: Any, products: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]


class SourceForm(forms.Form):
    """One source of a product to put on file."""

    kind = forms.ChoiceField(label=_("来源种类"), choices=[one for one in SourceKind.choices if one[0] != SourceKind.RESOURCE])
    title = forms.CharField(label=_("来源名称"), max_length=200)
    provider = forms.CharField(label=_("提供方"), max_length=200, help_text=_("谁把数据交给您"))
    generator = forms.CharField(label=_("产生方"), max_length=200, required=False, help_text=_("数据由谁的活动或设备产生"))
    reference = forms.CharField(label=_("合同或文号"), max_length=200, required=False, help_text=_("只有贵机构和监管可见"))
    effective_to = forms.DateField(label=_("有效至"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
                                   help_text=_("到期时由它派生的权利一并停止"))
    proof = forms.FileField(label=_("凭据"), required=False, help_text=_("设备或部门契约须上传"))


class GrantForm(forms.Form):
    """A narrower piece of a right for another organisation."""

    to = forms.CharField(label=_("被授权机构编号"), max_length=16, help_text=_("例如 ORG-…"))
    purposes = WordsField(label=_("用途"))
    territory = WordsField(label=_("地域"))
    sublicence_depth = WholeField(label=_("可再许可层级"), required=False, initial=0)
    effective_to = forms.DateField(label=_("有效至"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
                                   help_text=_("独占的必填"))
    exclusive = forms.BooleanField(label=_("独占"), required=False)
    exclusive_fen = YuanField(label=_("独占的价格（元）"), required=False, help_text=_("独占是另行定价、限期的选择，由监测岗核查"))


class RegistrationForm(forms.Form):
    """An application to register a product's rights, of any kind."""

    product: Any = forms.ModelChoiceField(label=_("产品"), queryset=None, to_field_name="code", empty_label=_("请选择"))
    kind = forms.ChoiceField(label=_("登记类型"), choices=RegistrationKind.choices, initial=RegistrationKind.FIRST)
    regime = forms.ChoiceField(label=_("适用程序"), choices=DataCategory.choices, initial="enterprise",
                               help_text=_("公共数据与个人数据先公示 10 个工作日；企业数据先发证，10 个工作日内可提异议"))
    counterparty = forms.CharField(label=_("受让方或被许可方编号"), max_length=16, required=False,
                                   help_text=_("仅转移、许可登记填写，例如 ORG-…"))
    statement = forms.CharField(label=_("来源与权属说明"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000,
                                help_text=_("更正、变更、注销请写明事项和原因"))
    special = forms.BooleanField(label=_("含涉及国家安全的特殊个人信息"), required=False,
                                 help_text=_("勾选后不公开公示，凭证、声明和挂牌只对获准单位可见"))
    proof = forms.FileField(label=_("证明材料"), required=False, help_text=_("PDF、图片或表格"))

    def __init__(self, *args: Any, products: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]


class ObjectionForm(forms.Form):
    """An objection by real name, with its grounds and evidence."""

    name = forms.CharField(label=_("真实姓名"), max_length=80, help_text=_("与实名认证一致；由您本人署名"))
    grounds = forms.CharField(label=_("事实与理由"), widget=forms.Textarea(attrs={"rows": 5}), min_length=10, max_length=5000,
                              help_text=_("写明哪项权利、与谁冲突、凭什么；姓名随异议存证，恶意异议计入信用。"))
    claim = forms.ChoiceField(label=_("您主张的权利来自"), required=False, choices=[("", _("不主张权利")), *OriginClass.choices],
                              help_text=_("冲突时法定先于议定，议定先于意定"))
    evidence = forms.FileField(label=_("证据"), help_text=_("PDF、图片或表格；其指纹随异议存证"))


class SourceRequestForm(forms.Form):
    """What a data source asks of a holder."""

    product = forms.CharField(label=_("产品编号"), max_length=16, help_text=_("PRD-… 或挂牌编号 LST-…"))
    kind = forms.ChoiceField(label=_("请求"), choices=RequestKind.choices)
    scope = forms.CharField(label=_("涉及的数据"), widget=forms.Textarea(attrs={"rows": 4}), min_length=10, max_length=5000,
                            help_text=_("哪些数据、您怎样促成其产生；更正请写明错在哪里、应当怎样"))
    recipient = forms.CharField(label=_("接收机构编号"), max_length=16, required=False, help_text=_("仅转移时填写，例如 ORG-…"))
    name = forms.CharField(label=_("真实姓名"), max_length=80, help_text=_("与实名认证一致；由您本人署名"))
    proof = forms.FileField(label=_("身份与来源关系证明"), help_text=_("只供持有方核对"))


class CorrectionForm(forms.Form):
    """A correction of open data, in words that everyone will read."""

    place = forms.CharField(label=_("哪里"), max_length=200, help_text=_("哪一列、哪一行或哪份说明"))
    wrong = forms.CharField(label=_("错在哪里"), widget=forms.Textarea(attrs={"rows": 3}), min_length=5, max_length=2000)
    proposed = forms.CharField(label=_("应当怎样"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000,
                               help_text=_("会公开；不要写个人信息"))


class CorrectionAnswerForm(forms.Form):
    """The holder's public answer."""

    outcome = forms.ChoiceField(label=_("决定"), choices=[("accept", _("采纳，在新版本中更正")), ("decline", _("不采纳"))])
    answer = forms.CharField(label=_("公开答复"), widget=forms.Textarea(attrs={"rows": 2}), min_length=5, max_length=2000)


class AnswerForm(forms.Form):
    """The holder's answer to a data source."""

    outcome = forms.ChoiceField(label=_("决定"), choices=[("fulfil", _("予以办理")), ("refuse", _("拒绝"))])
    answer = forms.CharField(label=_("答复"), widget=forms.Textarea(attrs={"rows": 3}), min_length=5, max_length=5000,
                             help_text=_("查阅请列出所持数据；更正请写明已改什么"))
    ground = forms.ChoiceField(label=_("拒绝理由"), required=False, choices=[("", _("不拒绝")), *RefusalGround.choices])
    handed_over = forms.FileField(label=_("交付的数据文件"), required=False, help_text=_("复制或转移时必须上传"))
    fee_fen = YuanField(label=_("费用"), required=False, help_text=_("仅限一年内第三次起的同类请求"))
