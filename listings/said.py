"""What a version says, in words: its fields and their values as a seller or a reviewer reads them, in the page's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from compliance.answers import answer_words
from compliance.rules.circulation import circulation
from compliance.rules.vocabulary import vocabulary
from compliance.taxonomy import CirculationMode, DataCategory, DataGrade, DeliveryMode, ProcessingStage
from compliance.territory import place_words
from kit.money import yuan
from listings.interfaces import read_interface
from listings.licensing import AgreementTemplate
from listings.minimums import read_minimum
from listings.models import PricingMode, ProductKind, SaleMode
from listings.plans import Plan, read_plan, said_bands
from listings.sectors import SECTORS
from listings.trials import read_trial
from participants.models import Organization
from participants.words import spoken

__all__ = ["FIELDS", "field_words", "value_words"]

Pair = tuple[str, str]

#: What the fields of a version are called, in the order a reader wants them.
FIELDS: Mapping[str, Pair] = {
    "title_zh": ("标题", "Title"), "title_en": ("英文标题", "English title"), "summary_zh": ("摘要", "Summary"),
    "summary_en": ("英文摘要", "English summary"), "description_zh": ("说明", "Description"),
    "description_en": ("英文说明", "English description"), "category": ("主体", "Category"), "stage": ("加工", "Stage"),
    "grade": ("级别", "Grade"), "facts": ("申报事实", "Facts stated"), "use_terms": ("使用条款", "Terms of use"),
    "delivery_mode": ("交付方式", "Delivery"), "circulation": ("流通方式", "Circulation"), "scientific": ("科学数据", "Scientific data"),
    "transport_fen": ("传输成本", "Transport cost"), "kept_until": ("保存至", "Kept until"),
    "sale_mode": ("出售方式", "Mode of sale"), "pricing_mode": ("定价方式", "Pricing"),
    "price_fen": ("价格", "Price"), "reserve": ("保留价", "Reserve"), "reserve_commitment": ("保留价承诺", "Reserve (commitment)"),
    "auction_terms": ("竞价条件", "Auction terms"), "quota": ("许可数量", "Licences"), "certificate": ("凭证", "Certificate"),
    "contributors": ("贡献方", "Contributors"), "kind": ("形态", "Kind"), "sector": ("行业", "Industry"),
    "update_frequency": ("更新频率", "Updated"), "keywords": ("关键词", "Keywords"), "file_name": ("文件名", "File name"),
    "file_sha256": ("文件指纹", "File hash"), "file_bytes": ("文件大小", "File size"), "row_count": ("行数", "Rows"),
    "columns": ("列", "Columns"), "hints": ("疑似个人信息列", "Columns that look personal"), "quality": ("质量", "Quality"),
    "sample": ("样本", "Sample"), "scan": ("个人信息扫描", "Scan for personal data"),
    "class_note": ("分类分级说明", "Note on class and grade"), "authorisation": ("公共数据授权", "Authorisation of public data"),
}
_TERMS: Mapping[str, Pair] = {
    "purposes": ("用途", "purposes"), "forbidden": ("禁止", "forbidden"), "regions": ("地域", "territory"),
    "term_days": ("期限（天）", "term in days"), "seats": ("使用人数", "seats"), "sublicence": ("可再许可", "sublicence"),
    "export": ("可出境", "export"), "derivatives": ("可提供衍生结果", "derivatives"), "licence": ("开放许可", "open licence"),
    "note": ("其他", "other terms"), "interface": ("接口", "interface"),
    "plan": ("计价方案", "price plan"), "trial": ("试用", "trial"),
    "min_order": ("起订", "minimum order"),
    "template": ("合同范本", "form of agreement"), "calls": ("取用次数", "times fetched"),
    "rows": ("行数", "rows"), "columns": ("接口可返回的列", "columns answered"),
    "train": ("可训练模型", "model training"), "fine_tune": ("可微调模型", "fine-tuning"),
    "publish_weights": ("可公开权重", "publishing weights"), "own_outputs": ("成果归买方", "outputs are the buyer's"),
    "reciprocal": ("双向公平授权", "licence in return"),
    "format": ("方式", "format"), "days": ("天数", "days"), "floor_fen": ("底价", "floor"),
}
_FORMATS: Mapping[str, Pair] = {"english": ("英式", "English"), "first_price": ("密封一价", "sealed, first price"),
                                "second_price": ("密封二价", "sealed, second price"), "dutch": ("荷式", "Dutch"),
                                "hybrid": ("混合", "hybrid")}
_QUALITY: Mapping[str, Pair] = {"completeness": ("完整性", "completeness"), "uniqueness": ("唯一性", "uniqueness"),
                                "consistency": ("一致性", "consistency")}
_CHOICES: Mapping[str, Mapping[str, Any]] = {
    "category": dict(DataCategory.choices), "stage": dict(ProcessingStage.choices), "grade": dict(DataGrade.choices),
    "delivery_mode": dict(DeliveryMode.choices), "sale_mode": dict(SaleMode.choices), "pricing_mode": dict(PricingMode.choices),
    "kind": dict(ProductKind.choices), "circulation": dict(CirculationMode.choices),
}


def _row(parts: Iterable[Any]) -> str:
    return spoken(("、", ", ")).join(str(one) for one in parts)


def _pairs(rows: Iterable[tuple[Any, Any]]) -> str:
    colon, stop = spoken(("：", ": ")), spoken(("；", "; "))
    return stop.join(f"{name}{colon}{value}" for name, value in rows)


def field_words(field: str) -> str:
    """This will name a field; one that is not known stands as it is."""
    return spoken(FIELDS.get(field, (field, field)))


def _facts(value: Mapping[str, Any]) -> str:
    known = vocabulary().facts
    return _pairs((spoken(known[name].text), _row(answer_words(name, value[name]))) for name in known if name in value)


def _terms(value: Mapping[str, Any]) -> str:
    return _pairs((spoken(_TERMS.get(name, (name, name))), _term(name, one)) for name, one in value.items() if one not in (None, "", []))


def _plan(plan: Plan) -> str:
    """A plan in one line: its period, what is free, what each band costs a use."""
    months = spoken((f"每 {plan.months} 个月", f"every {plan.months} months"))
    if not plan.metered:
        return months
    free = [spoken((f"免费 {plan.free} 次", f"{plan.free} uses free"))] if plan.free else []
    base = [spoken((f"基本费 {yuan(plan.base_fen)}", f"base {yuan(plan.base_fen)}"))] if plan.base_fen else []
    rates = spoken(("每次（元）", "a use, in yuan: ")) + spoken(("；", "; ")).join(said_bands(plan).split("\n"))
    return _row([months, *base, *free, rates])


def _term(name: str, value: Any) -> str:
    if name == "regions":
        return _row(spoken(place_words(one)) for one in value)
    if name == "format":
        return spoken(_FORMATS.get(value, (value, value)))
    if name.endswith("_fen"):
        return yuan(int(value))
    if name == "template":
        return str(AgreementTemplate(value).label)
    if name == "trial":
        trial = read_trial(value)
        return spoken((f"{trial.days} 天，{trial.seats} 人，{yuan(trial.price_fen)}",
                       f"{trial.days} days, {trial.seats} people, {yuan(trial.price_fen)}"))
    if name == "min_order":
        least = read_minimum(value)
        return _row([*([spoken((f"{least.licences} 份", f"{least.licences} licences"))] if least.licences else []),
                     *([yuan(least.fen)] if least.fen else [])])
    if name == "plan":
        return _plan(read_plan(value))
    if name == "interface":
        return _row(f"{one.verb} {one.path}" for one in read_interface(value))
    if name == "licence":
        return spoken(circulation().licences[value].text)
    return _row(answer_words("purpose", value))


def _contributors(value: Mapping[str, int]) -> str:
    names = {one.code: (one.short_name, one.short_name_en or one.short_name) for one in Organization.objects.filter(code__in=value)}
    return _row(f"{spoken(names.get(code, (code, code)))} {weight}" for code, weight in value.items())


_VALUES: Mapping[str, Callable[[Any], str]] = {
    "facts": _facts, "use_terms": _terms, "auction_terms": _terms, "contributors": _contributors, "price_fen": lambda one: yuan(int(one)),
    "transport_fen": lambda one: yuan(int(one)), "scientific": lambda one: spoken(("是", "yes") if one else ("否", "no")),
    "quality": lambda one: _row(f"{spoken(_QUALITY.get(name, (name, name)))} {figure / 10:.1f}%" for name, figure in one.items()),
    "columns": lambda one: _row(column["name"] for column in one), "file_bytes": lambda one: str(filesizeformat(one)),
    "sample": lambda one: _("%(n)s 行") % {"n": len(one)},
    "scan": lambda one: _("%(n)s 项") % {"n": len(one)}, "sector": lambda one: spoken(SECTORS.get(one, (one, one))),
    "reserve": lambda one: _("已改"),
    "hints": lambda one: _row(hint.get("column", hint) if isinstance(hint, dict) else hint for hint in one),
}


def value_words(field: str, value: Any) -> str:
    """This will say a field's value as a line of text; nothing is a dash."""
    if value in (None, "", [], {}):
        return "—"
    if field in _CHOICES:
        return str(_CHOICES[field].get(value, value))
    if field in _VALUES:
        return _VALUES[field](value)
    return _row(value) if isinstance(value, list) else str(value)
