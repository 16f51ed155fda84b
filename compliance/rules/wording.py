"""Rules in words, both languages, made from the same data that judges; nothing is described twice."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import TextChoices
from django.utils import translation

from compliance.rules.base import AllOf, AnyOf, Fact, Not, Predicate, Value
from compliance.rules.vocabulary import vocabulary
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, LegalBasis, OpenStatus, ProcessingStage, Purpose, Right, SourceType

__all__ = ["say", "say_value"]

Pair = tuple[str, str]

_WORDS: dict[str, type[TextChoices]] = {
    "grade": DataGrade, "subject_class": DataCategory, "processing_stage": ProcessingStage, "delivery_mode": DeliveryMode,
    "legal_basis": LegalBasis, "public_open_status": OpenStatus, "source_type": SourceType, "purpose": Purpose, "rights_held": Right,
}
_ASIDE: dict[str, Pair] = {
    "none": ("无", "none"), "third_party": ("他人", "a third party"), "illegal_tool": ("非法工具", "an unlawful tool"),
    "merger_acquisition": ("并购", "merger or acquisition"),
}
_SIGNS = {"gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}


def say_value(fact: str, value: Value) -> Pair:
    """This will return one value of a fact in words."""
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    if isinstance(value, int | Decimal):
        return f"{value:,}", f"{value:,}"
    if fact in _WORDS and value in _WORDS[fact].values:
        with translation.override("zh-hans"):
            zh = str(_WORDS[fact](value).label)
        return zh, str(value).replace("_", " ")
    return _ASIDE.get(str(value), (str(value), str(value).replace("_", " ")))


def say(predicate: Predicate, *, inner: bool = False) -> Pair:
    """This will return a predicate as a sentence in both languages."""
    match predicate:
        case Fact():
            return _say_fact(predicate)
        case Not(part):
            zh, en = say(part, inner=True)
            return f"并非{zh}", f"not {en}"
        case AllOf(parts):
            return _join(parts, "，且", ", and ", inner)
        case AnyOf(parts):
            return _join(parts, "，或者", ", or ", inner)


def _join(parts: tuple[Predicate, ...], zh: str, en: str, inner: bool) -> Pair:
    said = [say(part, inner=True) for part in parts]
    pair = zh.join(one for one, _ in said), en.join(one for _, one in said)
    return (f"（{pair[0]}）", f"({pair[1]})") if inner and len(parts) > 1 else pair


def _say_fact(one: Fact) -> Pair:
    name = vocabulary().facts[one.name].text
    if isinstance(one.value, bool):
        yes = one.value if one.op == "eq" else not one.value
        return (name[0] + "：" + ("是" if yes else "否"), f"{name[1]}: {'yes' if yes else 'no'}")
    if isinstance(one.value, frozenset):
        values = [say_value(one.name, value) for value in sorted(one.value)]
        zh, en = "、".join(value[0] for value in values), ", ".join(value[1] for value in values)
        if one.op == "not_in":
            return f"{name[0]}不是{zh}", f"{name[1]} is none of {en}"
        return f"{name[0]}为{zh}" + ("之一" if len(values) > 1 else ""), f"{name[1]} is {'one of ' if len(values) > 1 else ''}{en}"
    value = say_value(one.name, one.value)
    if one.op in _SIGNS:
        return f"{name[0]} {_SIGNS[one.op]} {value[0]}", f"{name[1]} {_SIGNS[one.op]} {value[1]}"
    word = {"eq": ("为", "is"), "ne": ("不是", "is not"), "contains": ("包含", "contain")}[one.op]
    return f"{name[0]}{word[0]}{value[0]}", f"{name[1]} {word[1]} {value[1]}"
