"""Answers to the facts the rules ask for, in words: what a form offers and what a reviewer reads. The codes are the rules' own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.rules.vocabulary import vocabulary
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, LegalBasis, OpenStatus, ProcessingStage, Purpose, Right, SourceType
from kit.rejected import FieldFault

__all__ = ["ANSWERS", "answer_words", "found_where", "unanswered"]

Text = str | Promise

#: fact -> its closed or usual answers in words.
ANSWERS: Mapping[str, Mapping[str, Text]] = {
    "grade": dict(DataGrade.choices), "subject_class": dict(DataCategory.choices), "processing_stage": dict(ProcessingStage.choices),
    "delivery_mode": dict(DeliveryMode.choices), "purpose": dict(Purpose.choices), "rights_held": dict(Right.choices),
    "legal_basis": dict(LegalBasis.choices), "public_open_status": dict(OpenStatus.choices), "source_type": dict(SourceType.choices),
    "product_kind": {"dataset": _("数据集"), "api": _("数据接口"), "report": _("数据报告"), "model": _("模型"), "service": _("数据服务"),
                     "tool": _("数据工具"), "illegal_tool": _("非法获取数据的工具")},
    "transaction_kind": {"licence": _("许可使用"), "assignment": _("权利转让"), "merger_acquisition": _("并购"), "barter": _("互换")},
    "trade_secret_owner": {"none": _("不含商业秘密"), "self": _("本机构"), "third_party": _("第三方")},
    "export_exemption": {"none": _("无豁免"), "trade_no_pi": _("贸易等活动，不含个人信息"), "foreign_origin": _("境外收集"),
                         "contract_necessity": _("订立履行合同所必需"), "hr": _("人力资源管理"), "emergency": _("紧急情况"),
                         "ftz_outside_list": _("自贸区清单之外")},
    "ftz": {"none": _("不在自贸区"), "tianjin": _("天津"), "beijing": _("北京"), "shanghai": _("上海"), "hainan": _("海南"),
            "zhejiang": _("浙江"), "guangxi": _("广西"), "jiangsu": _("江苏"), "chongqing": _("重庆"), "fujian": _("福建"),
            "guangdong": _("广东")},
}


def answer_words(fact: str, value: Any) -> list[Text]:
    """This will say the answer to a fact: yes or no, a closed word, several of them, or a figure as it stands."""
    if isinstance(value, bool):
        return [_("是") if value else _("否")]
    known = ANSWERS.get(fact, {})
    return [known.get(one, str(one)) for one in (value if isinstance(value, (list, tuple, set, frozenset)) else [value])]


def unanswered(facts: Iterable[str]) -> dict[str, Any]:
    """What a refusal says of facts nobody has stated: their names as the form asks them (``missing``) and one fault each (``errors``)."""
    asked = [(name, vocabulary().facts[name].text) for name in facts]
    return {"missing": ("、".join(zh for _name, (zh, _en) in asked), ", ".join(en for _name, (_zh, en) in asked)),
            "errors": [FieldFault(f"facts.{name}", "missing", (f"请回答：{zh}", f"Please answer: {en}")) for name, (zh, en) in asked]}


#: Where a term was found, by the names that the screening gives its texts.
_PIECES: dict[str, tuple[str, str]] = {
    "title": ("标题", "title"), "description": ("说明", "description"), "keywords": ("关键词", "keywords"),
    "file_name": ("文件名", "file name"), "source_statement": ("来源说明", "statement of source"),
    "use_terms": ("使用条款", "terms of use"),
    "interface": ("接口说明", "description of the interface"), "product": ("产品名称", "product's name"),
    "auction_terms": ("竞价条款", "terms of the auction"), "class_note": ("分类说明", "note on the class"),
    "update_frequency": ("更新计划", "update plan"),
    "text": ("文字", "text"), "answer": ("答复", "answer"),
    "facts": ("事实", "facts"),
}
_COUNTED = re.compile(r"(fields|sample)\[(\d+)\].*")


def found_where(where: str) -> tuple[str, str]:
    """This will say in words where a term was found; one cut over several texts names them all."""
    said = [_piece(one) for one in where.split("+")]
    return "＋".join(zh for zh, _ in said), " + ".join(en for _, en in said)


def _piece(name: str) -> tuple[str, str]:
    if counted := _COUNTED.fullmatch(name):
        number = int(counted[2]) + 1
        if counted[1] == "fields":
            return f"第 {number} 列列名", f"name of column {number}"
        return f"样本第 {number} 行", f"row {number} of the sample"
    return _PIECES.get(name, (name, name))
