"""What the tables of the supervision desk call their columns and values."""

from __future__ import annotations

from typing import Any

from django.template import engines
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participants.models import Organization, Person, User, Venue
from participants.words import speaks_chinese

__all__ = ["LABELS", "in_words"]

#: Field -> the word at the head of its column and beside its value.
LABELS: dict[str, str | Promise] = {
    "code": _("编号"),
    "venue": _("场所"),
    "name": _("名称"),
    "name_en": _("英文名称"),
    "short_name": _("简称"),
    "short_name_en": _("英文简称"),
    "name_key": _("查重名称"),
    "kind": _("主体类型"),
    "uscc": _("统一社会信用代码"),
    "uscc_warning": _("代码校验不符"),
    "standing": _("信用状态"),
    "band": _("信用等级"),
    "is_venue_affiliate": _("交易所关联方"),
    "created_at": _("建档时间"),
    "person": _("人员"),
    "organization": _("所属机构"),
    "role": _("角色"),
    "role_group": _("角色分组"),
    "capabilities": _("审核权限"),
    "effective_from": _("起始时间"),
    "effective_to": _("终止时间"),
    "at": _("时间"),
    "from_standing": _("原信用状态"),
    "to_standing": _("新信用状态"),
    "from_band": _("原等级"),
    "to_band": _("新等级"),
    "cause_code": _("依据文书"),
    "reason": _("原因"),
    "reason_code": _("原因代码"),
    "capability": _("权能"),
    "ordered_by": _("下令机构"),
    "basis": _("依据"),
    "placed_at": _("下令时间"),
    "until": _("暂停至"),
    "lifted_at": _("解除时间"),
    "act": _("事项"),
    "seq": _("序号"),
    "user": _("登录账号"),
    "place": _("地址"),
    "subject": _("对象"),
    "payload": _("提请内容"),
    "checker_roles": _("可复核角色"),
    "checker_capability": _("复核权限"),
    "maker": _("经办人"),
    "checker": _("复核人"),
    "status": _("状态"),
    "asked_at": _("提请时间"),
    "due_at": _("办理期限"),
    "decided_at": _("决定时间"),
    "key": _("参数名"),
    "scope": _("适用"),
    "value": _("取值"),
    "unit": _("单位"),
    "source": _("出处"),
    "day": _("日期"),
    "is_working": _("上班"),
    "name_zh": _("名目"),
    "deposit": _("存证文件"),
    "authority": _("发布机关"),
    "content_hash": _("内容指纹"),
    "entries_count": _("条目数"),
    "version": _("版本"),
    "proposed_at": _("提出时间"),
    "dated": _("名单日期"),
    "stance": _("立场"),
    "jurisdiction": _("国家或地区"),
    "declared_by": _("承诺人"),
    "ended_at": _("结束时间"),
    "answers": _("填报内容"),
    "declaration_hash": _("承诺书指纹"),
    "category": _("准入类别"),
    "checklist": _("准入清单版本"),
    "licence_hash": _("准入许可指纹"),
    "licence": _("准入许可"),
    "missing": _("尚缺"),
    "renews": _("续展自"),
    "number": _("证书编号"),
    "item": _("材料"),
    "level": _("级别"),
    "decided_by": _("决定人"),
    "reminded_days": _("已提醒（到期前天数）"),
    "handed_in_at": _("提交时间"),
    "cause": _("事由"),
    "opened_at": _("开始时间"),
    "owners": _("境外控制方"),
    "stricter": _("从严方向"),
    "notice_until": _("公示至"),
    "rule_id": _("规则编号"),
    "evidence": _("依据核对"),
    "holds": _("与原文一致"),
    "next_check_at": _("下次核对"),
    "checked_by": _("核对人"),
    "rule_set": _("清单版本"),
    "total": _("产品数"),
    "started_at": _("开始时间"),
    "finished_at": _("结束时间"),
    "overtaken": _("被新版本取代"),
    "rulebook_version": _("规则版本"),
    "approval_document": _("批准文件"),
    "filing_number": _("批准或备案文号"),
    "mlps_level": _("等级保护"),
    "parent": _("上级场所"),
    "profile": _("运行方式"),
    "regions": _("监管地区"),
    "sectors": _("监管行业"),
    "listing": _("挂牌"),
    "seller": _("卖方"),
    "buyer": _("买方"),
    "turn": _("轮到"),
    "round": _("轮次"),
    "title": _("标题"),
    "public": _("公开征集"),
    "need": _("需求说明"),
    "sector": _("行业"),
    "purpose": _("用途"),
    "seats": _("使用席位"),
    "term_days": _("使用期（天）"),
    "closes_at": _("报价截止"),
    "trade": _("成交"),
}
#: An act that waits for a second person, by the name of its permission.
ACTS: dict[str, str | Promise] = {
    "compliance.filing.verify_second": _("场外备案复核"),
    "compliance.conduct.decide": _("违规认定复核"),
    "compliance.restoration.decide": _("信用修复复核"),
    "compliance.export.decide": _("出境放行复核"),
}
#: Units of the figures as they are kept (English) in Chinese.
UNITS: dict[str, str] = {
    "band": "等级",
    "bps": "万分点",
    "bps of ownership": "持股万分点",
    "bps of start price per step": "每步起拍价的万分点",
    "bps of the deposit, by band": "保证金的万分点，按等级",
    "bps of the seller's share, by band": "卖方所得的万分点，按等级",
    "bps of the start price": "起拍价的万分点",
    "calendar days": "自然日",
    "calendar days after acceptance": "验收后自然日",
    "fen": "分",
    "hours": "小时",
    "local time of day": "当地时间",
    "micro, per buyer and product-year": "百万分之一，每买方每产品每年",
    "micro, per product-year": "百万分之一，每产品每年",
    "months": "个月",
    "percent, by band": "%，按等级",
    "persons": "人",
    "seconds": "秒",
    "table by visible price, fen": "按可见价格分档，分",
    "uses": "次",
    "working days": "工作日",
    "working days after issue": "发证后工作日",
    "years": "年",
}
#: What a figure applies to.
SCOPES: dict[str, str | Promise] = {
    "enterprise": _("企业数据"),
    "personal": _("个人数据"),
    "public": _("公共数据"),
    "minor": _("轻微"),
    "ordinary": _("一般"),
    "serious": _("严重"),
}
#: Fields and kinds of values that a filter of the house says.
_SPOKEN = {
    "source": "{{ value|cited }}",
    "basis": "{{ value|cited }}",
    "datetime": "{{ value|full_text }}",
    "date": "{{ value|date_only }}",
}


def in_words(row: Any, name: str) -> Any:
    """This will return a field's value as a supervisor reads it; dates and plain texts stay what they are."""
    if display := getattr(row, f"get_{name}_display", None):
        return display()
    value = getattr(row, name)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Organization | Venue | Person | User):
        return _name(value)
    if name == "name" and isinstance(row, Organization) and not speaks_chinese():
        return row.name_en or row.name
    if value and (spoken := _SPOKEN.get(name) or _SPOKEN.get(type(value).__name__)):
        return engines["django"].from_string(spoken).render({"value": value})
    if name == "unit":
        return UNITS.get(value, value) if speaks_chinese() else value
    words = {"act": ACTS, "scope": SCOPES}.get(name, {})
    return words.get(value, value) if words else _flat(value)


def _name(one: Organization | Venue | Person | User) -> str:
    """The name of a party, a venue or a person in the page's language."""
    if isinstance(one, User):
        return _name(one.person) if one.person else str(one)
    stem = "short_name" if isinstance(one, Organization) else "name_zh" if isinstance(one, Venue) else "name"
    zh, en = getattr(one, stem), getattr(one, f"{stem.removesuffix('_zh')}_en")
    return str(zh if speaks_chinese() else en or zh)


def _flat(value: Any) -> Any:
    """A value kept as JSON in one line: ``12–36``, ``A 5,000 · B 10,000``, the steps of a table."""
    if isinstance(value, dict):
        if set(value) == {"min", "max"}:
            return f"{value['min']}–{value['max']}"
        if set(value) == {"below_fen", "step_fen"}:
            below = value["below_fen"]
            return f"{f'< {below:,}' if below else '…'}: {value['step_fen']:,}"
        return " · ".join(f"{key} {_flat(one)}" for key, one in value.items())
    if isinstance(value, list):
        return " / ".join(str(_flat(one)) for one in value) or None
    return f"{value:,}" if isinstance(value, int) else value
