"""Which industries products are of: the sections of GB/T 4754-2017, and five fields that the policy puts first (Data Twenty item 10, R59).

A field lies in a section: ``D-NE`` 新能源 in ``D``. What is asked of a section (a facet, an authorisation, a market's shares) is asked of
its fields as well; the first letter always says the section.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["PRIORITY", "SECTORS", "section_of", "with_fields"]

_SECTIONS: dict[str, tuple[str, str]] = {
    "A": ("农、林、牧、渔业", "Agriculture"), "B": ("采矿业", "Mining"), "C": ("制造业", "Manufacturing"),
    "D": ("电力、热力、燃气及水", "Power and water"), "E": ("建筑业", "Construction"), "F": ("批发和零售业", "Wholesale and retail"),
    "G": ("交通运输、仓储和邮政业", "Transport and logistics"), "H": ("住宿和餐饮业", "Accommodation and catering"),
    "I": ("信息传输、软件和信息技术", "Information technology"), "J": ("金融业", "Finance"), "K": ("房地产业", "Real estate"),
    "L": ("租赁和商务服务业", "Leasing and business services"), "M": ("科学研究和技术服务业", "Research and technical services"),
    "N": ("水利、环境和公共设施", "Water, environment, public facilities"), "O": ("居民服务和其他服务业", "Resident services"),
    "P": ("教育", "Education"), "Q": ("卫生和社会工作", "Health and social work"), "R": ("文化、体育和娱乐业", "Culture, sport, leisure"),
    "S": ("公共管理和社会组织", "Public administration"), "T": ("国际组织", "International organisations"),
}
#: The five fields, each within its section.
PRIORITY: dict[str, tuple[str, str]] = {
    "C-IM": ("智能制造", "Intelligent manufacturing"), "N-EC": ("节能降碳", "Energy saving and carbon reduction"),
    "E-GB": ("绿色建造", "Green building"), "D-NE": ("新能源", "New energy"), "I-SC": ("智慧城市", "Smart city"),
}
#: Every sector a product may be of, each field behind its section.
SECTORS: dict[str, tuple[str, str]] = dict(sorted({**_SECTIONS, **PRIORITY}.items()))


def section_of(sector: str) -> str:
    """This will return the section letter of a sector; '' of none."""
    return sector[:1]


def with_fields(sectors: Iterable[str]) -> list[str]:
    """This will add to each section the fields that lie in it."""
    asked = set(sectors)
    return sorted(asked | {one for one in PRIORITY if section_of(one) in asked})
