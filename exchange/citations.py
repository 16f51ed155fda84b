"""Cited rules in the page's language: ``《拍卖法》第30条、第37条`` becomes ``Auction Law, arts. 30, 37``.

Rules are cited in Chinese where they are written; their English names stand here once. A name not known stays as it was cited.
"""

from __future__ import annotations

import re

from exchange.templatetags.house import in_chinese

__all__ = ["cited"]

#: Law or rule -> its English name.
NAMES: dict[str, str] = {
    "数据二十条": "Data Twenty",
    "市场监察规则": "Market Surveillance Rules",
    "反垄断法": "Anti-Monopoly Law",
    "价格法": "Price Law",
    "反不正当竞争法": "Anti-Unfair Competition Law",
    "拍卖法": "Auction Law",
    "民法典": "Civil Code",
    "电子商务法": "E-Commerce Law",
    "网络安全法": "Cybersecurity Law",
    "数据安全法": "Data Security Law",
    "个人信息保护法": "Personal Information Protection Law",
    "数据出境安全评估办法": "Measures on Security Assessment of Data Export",
    "网络数据安全管理条例": "Regulations on Network Data Security",
    "税收征收管理法": "Tax Collection Law",
    "电子签名法": "Electronic Signature Law",
    "定价交易规则": "Fixed-Price Rules",
    "增值税法": "VAT Law",
    "财税〔2016〕36号 附件1": "Caishui [2016] No. 36, Annex 1",
    "财税〔2016〕36号 附件3": "Caishui [2016] No. 36, Annex 3",
    "财政部 税务总局公告2023年第1号": "MOF and STA Announcement [2023] No. 1",
    "财政部 税务总局公告2023年第19号": "MOF and STA Announcement [2023] No. 19",
    "框架协议规则": "Framework Rules",
    "揭榜挂帅规则": "Challenge Rules",
    "行政处罚法": "Administrative Penalty Law",
    "促进和规范数据跨境流动规定": "Provisions on Cross-Border Data Flows",
    "市场监督管理投诉举报处理办法": "Measures on Complaints and Reports to Market Regulators",
    "信用修复管理办法（2026年施行）": "Measures on Credit Restoration (2026)",
    "上海市社会信用条例": "Shanghai Social Credit Regulations",
    "上海数据交易所2023年收费办法": "Shanghai Data Exchange fee schedule 2023",
    "发改数据规〔2025〕26号": "NDRC Data Rule [2025] No. 26",
    "国发〔2011〕38号": "State Council [2011] No. 38",
    "国办发〔2012〕37号": "State Council Office [2012] No. 37",
    "示范备案〔2026〕1号": "Demonstration Filing [2026] No. 1",
    "公共数据资源授权运营实施规范（发改数据规〔2025〕27号）": "Rules on Authorised Operation of Public Data (NDRC Data Rule [2025] No. 27)",
    "公共数据资源授权运营实施规范": "Rules on Authorised Operation of Public Data",
    "网络数据安全管理认证实施规则": "Rules on Network Data Security Management Certification",
    "社会团体登记管理条例": "Regulations on the Registration of Associations",
    "上海数据交易所数商管理规范": "Shanghai Data Exchange rules on data merchants",
    "国家数据局数据领域常用名词解释（第二批）": "National Data Administration, Terms of the Data Field (second batch)",
    "白皮书 4.2(六)": "White Paper, section 4.2(6)",
    "信用管理规则": "Credit Rules",
    "准入规则": "Admission Rules",
    "准入协议": "Admission Agreement",
    "成员管理规则": "Membership Rules",
    "市场管理规则": "Market Rules",
    "登记与挂牌规则": "Registration and Listing Rules",
    "挂牌规则": "Listing Rules",
    "审核规则": "Review Rules",
    "复核规则": "Second-Person Rules",
    "竞价规则": "Auction Rules",
    "交付规则": "Delivery Rules",
    "清算规则": "Settlement Rules",
    "资金管理规则": "Money Rules",
    "存证规则": "Evidence Rules",
    "争议处理规则": "Dispute Rules",
    "场外备案规则": "Off-Exchange Filing Rules",
    "负面清单": "Negative list",
    "承诺制适用范围": "Scope of the declaration regime",
    "接口约定": "API conventions",
    "四眼原则": "Four-eyes principle",
    "附件": "annex",
}
#: Sources of the house's own figures, as they are kept with each figure -> what people read.
SOURCES: dict[str, tuple[str, str]] = {
    "PD 产品默认": ("本所默认，可由场所另定", "House default; the venue may set its own"),
    "民法典 第620至622条；天数 PD": (
        "民法典 第620至622条；天数为本所默认",
        "Civil Code, arts. 620–622; the number of days is a house default",
    ),
    "H.1": ("信用管理规则", "Credit Rules"),
    "H.2": ("信用管理规则", "Credit Rules"),
    "H.5": ("信用管理规则", "Credit Rules"),
    "rules K": ("承诺制适用范围", "Scope of the declaration regime"),
    "section I": ("存证规则", "Evidence Rules"),
}
_INTERNAL = re.compile(r"（[RIK][0-9]*(?:、[RI][0-9]+)*）|\s+I[0-9]+$")
_ARTICLES = re.compile(r"第([0-9一二三四五六七八九十]+(?:(?:至|、)[0-9一二三四五六七八九十]+)*)条")
_BY_LENGTH = sorted(NAMES, key=len, reverse=True)
_NUMERALS = "一二三四五六七八九十"


def cited(text: str) -> str:
    """This will say a citation in the page's language, without the numbers that only the house's own documents use."""
    if text in SOURCES:
        return SOURCES[text][0 if in_chinese() else 1]
    text = _INTERNAL.sub("", text)
    return text if in_chinese() else "; ".join(_part(one) for one in text.split("；"))


def _part(text: str) -> str:
    plain = text.replace("《", "").replace("》", "").strip()
    name = next((one for one in _BY_LENGTH if plain.startswith(one)), "")
    if not name:
        return plain
    rest = plain.removeprefix(name).strip()
    numbers = [_number(one) for found in _ARTICLES.findall(rest) for one in found.split("、")]
    if numbers:
        word = "item" if name == "数据二十条" else "art."
        several = len(numbers) > 1 or "–" in numbers[0]
        return f"{NAMES[name]}, {word if not several else 'items' if word == 'item' else 'arts.'} {', '.join(numbers)}"
    return f"{NAMES[name]}, {NAMES[rest]}" if rest in NAMES else f"{NAMES[name]} {rest}".strip()


def _number(text: str) -> str:
    return "–".join(_digits(one) for one in text.split("至"))


def _digits(text: str) -> str:
    """Arabic digits of a Chinese numeral up to 99."""
    if text.isdigit():
        return text
    tens, mark, ones = text.rpartition("十")
    value = (_NUMERALS.index(tens) + 1 if tens else 1) * 10 if mark else 0
    return str(value + (_NUMERALS.index(ones) + 1 if ones else 0))
