"""Short words of the hall's tables and chips in both languages: class triple, trading method, industries, tones of states.

Full wording belongs to the rooms (their enums); here stand only the two-character forms that a narrow column needs.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CATEGORY", "COLUMN_KINDS", "FORMATS", "FREQUENCY", "GRADE", "QUALITY", "RIGHTS", "SECTORS", "STAGE", "class_triple",
           "sector_name", "tone_of"]

Pair = tuple[str, str]

CATEGORY: dict[str, Pair] = {"public": ("公共", "Public"), "enterprise": ("企业", "Enterprise"), "personal": ("个人", "Personal")}
STAGE: dict[str, Pair] = {"raw": ("原始", "Raw"), "intermediate": ("中间品", "Intermediate"), "product": ("产品", "Product")}
GRADE: dict[str, Pair] = {"general": ("一般", "General"), "important": ("重要", "Important"), "core": ("核心", "Core")}
LEVEL = {"important": "imp", "core": "core"}
FORMATS: dict[str, Pair] = {
    "english": ("英式", "English"),
    "first_price": ("密封·第一价", "Sealed, first price"),
    "second_price": ("密封·第二价", "Sealed, second price"),
    "dutch": ("荷式", "Dutch"),
    "hybrid": ("混合", "Hybrid"),
    "posted": ("定价", "Posted price"),
    "uniform": ("统一价", "Uniform price"),
    "pay_as_bid": ("按报价", "Pay as bid"),
    "vcg": ("VCG", "VCG"),
    "rsop": ("随机抽样", "Random sampling"),
    "call": ("集合竞价", "Call auction"),
    "order_book": ("连续竞价", "Order book"),
    "mcafee": ("麦卡菲双边拍卖", "McAfee double auction"),
}
RIGHTS: dict[str, Pair] = {
    "hold": ("持有权", "Right to hold"),
    "use": ("加工使用权", "Right to process and use"),
    "operate": ("产品经营权", "Right to operate the product"),
}
QUALITY: dict[str, Pair] = {
    "completeness": ("完整性", "Completeness"),
    "uniqueness": ("唯一性", "Uniqueness"),
    "consistency": ("一致性", "Consistency"),
    "accuracy": ("准确性", "Accuracy"),
    "timeliness": ("时效性", "Timeliness"),
    "validity": ("有效性", "Validity"),
}
COLUMN_KINDS: dict[str, Pair] = {
    "integer": ("整数", "whole number"), "number": ("数值", "number"), "date": ("日期", "date"), "text": ("文本", "text"),
    "empty": ("空", "empty"),
}
#: Usual words of the free field "how often renewed".
FREQUENCY: dict[str, Pair] = {
    "一次性": ("一次性", "Once"),
    "实时": ("实时", "Live"),
    "每日": ("每日", "Daily"),
    "每周": ("每周", "Weekly"),
    "每月": ("每月", "Monthly"),
    "每季": ("每季", "Quarterly"),
    "每季度": ("每季度", "Quarterly"),
    "每年": ("每年", "Yearly"),
}
#: Section letters of GB/T 4754-2017 as the board names them.
SECTORS: dict[str, Pair] = {
    "A": ("农林牧渔", "Farming, forestry, fishing"),
    "B": ("采矿", "Mining"),
    "C": ("工业制造", "Manufacturing"),
    "D": ("能源电力", "Energy"),
    "E": ("建筑", "Construction"),
    "F": ("批发零售", "Trade"),
    "G": ("交通物流", "Transport, logistics"),
    "H": ("住宿餐饮", "Hotels, catering"),
    "I": ("信息技术", "Information technology"),
    "J": ("金融", "Finance"),
    "K": ("房地产", "Real estate"),
    "L": ("商务服务", "Business services"),
    "M": ("科研技术", "Research, technology"),
    "N": ("水利环境", "Water, environment"),
    "O": ("居民服务", "Personal services"),
    "P": ("教育", "Education"),
    "Q": ("卫生健康", "Health"),
    "R": ("文化体育", "Culture, sports"),
    "S": ("公共管理", "Public administration"),
    "T": ("国际组织", "International bodies"),
}
#: Tone of a status chip by state, over all rooms' objects; what is not named is idle.
TONES: dict[str, str] = {
    "draft": "",
    "discarded": "",
    "withdrawn": "",
    "unlisted": "",
    "superseded": "",
    "closed": "",
    "archived": "",
    "cancelled": "",
    "submitted": "info",
    "in_review": "info",
    "in_notice": "info",
    "applied": "info",
    "announced": "info",
    "open": "info",
    "revealing": "info",
    "executed": "wait",
    "returned": "wait",
    "waiting": "wait",
    "waiting_on_party": "wait",
    "objected": "wait",
    "approved": "ok",
    "published": "ok",
    "listed": "ok",
    "certified": "ok",
    "valid": "ok",
    "awarded": "ok",
    "funded": "ok",
    "recorded": "ok",
    "settled": "ok",
    "accepted": "ok",
    "in_force": "ok",
    "verified": "ok",
    "decided": "ok",
    "suspended": "held",
    "frozen": "held",
    "halted": "held",
    "stayed": "held",
    "refused": "bad",
    "revoked": "bad",
    "failed": "",
    "defaulted": "bad",
    "rejected": "bad",
    "expired": "",
    "delisted": "",
    "unwound": "bad",
}


def tone_of(status: str) -> str:
    """This will return the chip's tone for a state of any object."""
    return TONES.get(status, "")


def class_triple(version: Any) -> dict[str, Any]:
    """This will return category, stage, grade as pairs and the mark of the grade, for the triple's component."""
    return {
        "category": CATEGORY.get(version.category, ("—", "—")),
        "stage": STAGE.get(version.stage, ("—", "—")),
        "grade": GRADE.get(version.grade, ("—", "—")),
        "level": LEVEL.get(version.grade, ""),
    }


def sector_name(letter: str) -> Pair:
    """This will name an industry; unknown letters are 其他."""
    return SECTORS.get(letter[:1].upper() if letter else "", ("其他", "Other"))
