"""Who plays in the demo market: invented firms and people, so that no real one is spoken of.

12 data merchants (two of them operators of public data, one sponsored small firm, one foreign), 8 buyers, 3 third parties,
1 trustee (lifecycles §6) and the public body that authorises the operators. The credit codes are well formed and their check
character is right; their inner organisation number is not one that the register would give.
"""

# ruff: noqa: E501 (rows of a table; Chinese characters count double)
from __future__ import annotations

from dataclasses import dataclass

from stdnum.cn import uscc

from participants.roles import OrganizationKind, Role
from simulation.people import ACCOUNTS, Account, Party

__all__ = ["BUYERS", "CAST", "FIRMS", "GRANTOR", "MERCHANTS", "OFFICES", "OPERATORS", "Player", "player"]


@dataclass(frozen=True)
class Player:
    """One organisation of the demo with the person who acts for it; ``key`` is its name inside the simulation."""

    key: str
    role: Role
    name: str
    name_en: str
    short: str
    short_en: str
    person: str
    person_en: str
    district: str = ""
    kind: OrganizationKind = OrganizationKind.ENTERPRISE
    username: str = ""
    category: str = ""
    #: what a supervisor's field takes in; () = everything
    sectors: tuple[str, ...] = ()

    @property
    def uscc(self) -> str:
        """A well-formed unified social credit code; '' for a foreign organisation and for the demo accounts' own parties."""
        if not self.district:
            return ""
        group = {OrganizationKind.PUBLIC_BODY: "12", OrganizationKind.ASSOCIATION: "51"}.get(self.kind, "91")
        number = sum(ord(letter) * 31**place for place, letter in enumerate(self.key)) % 10**6
        stem = f"{group}{self.district}MD{number:06d}X"
        return stem + uscc.calc_check_digit(stem)

    @property
    def login(self) -> str:
        return self.username or self.key

    @property
    def party(self) -> Party:
        return Party(self.name, self.name_en, self.short, self.short_en, self.kind, self.role, self.uscc, self.category)

    @property
    def account(self) -> Account:
        """The sign-in of its person; nobody but the published demo accounts has a password."""
        return Account(self.login, self.person, self.person_en, self.role, self.party, password=None, sectors=self.sectors)


def _demo(key: str, username: str) -> Player:
    """The player behind one of the published demo accounts."""
    account = next(one for one in ACCOUNTS if one.username == username)
    assert account.party is not None
    own = account.party
    return Player(key, Role(account.role), own.name, own.name_en, own.short, own.short_en, account.person, account.person_en,
                  kind=own.kind, username=username)


_M, _P, _B, _T = Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.BUYER, Role.SERVICE_PROVIDER
_FOREIGN, _PUBLIC = OrganizationKind.FOREIGN, OrganizationKind.PUBLIC_BODY

CAST: tuple[Player, ...] = (
    # ---- data merchants
    _demo("huyong", "merchant"),
    Player("hengzhi", _M, "衡知产业研究有限公司", "Hengzhi Industry Research Co., Ltd.", "衡知研究", "Hengzhi Research", "顾以宁", "Gu Yining",
           "110108"),
    Player("yunqiao", _M, "云樵气象信息有限公司", "Yunqiao Weather Information Co., Ltd.", "云樵气象", "Yunqiao Weather", "陆观澜", "Lu Guanlan",
           "330106"),
    Player("cangmu", _M, "苍木农业数据有限公司", "Cangmu Agricultural Data Co., Ltd.", "苍木农数", "Cangmu Agri", "韩禾", "Han He", "370102"),
    Player("zhiche", _M, "知辙汽车信息有限公司", "Zhiche Automotive Information Co., Ltd.", "知辙汽车", "Zhiche Auto", "邵行舟",
           "Shao Xingzhou", "500105"),
    Player("haoyue", _M, "皓岳金融信息有限公司", "Haoyue Financial Information Co., Ltd.", "皓岳金信", "Haoyue Finance", "严谨之", "Yan Jinzhi",
           "440305"),
    Player("shiye", _M, "石野生态观测有限公司", "Shiye Ecological Observation Co., Ltd.", "石野观测", "Shiye Ecology", "穆清川", "Mu Qingchuan",
           "230103"),
    Player("qinglu", _M, "清律医药信息有限公司", "Qinglu Medical Information Co., Ltd.", "清律医信", "Qinglu Medical", "方砚秋", "Fang Yanqiu",
           "320106"),
    Player("xiaoman", _M, "小满数据工作室有限公司", "Xiaoman Data Studio Co., Ltd.", "小满数据", "Xiaoman Studio", "叶小满", "Ye Xiaoman",
           "520102"),
    Player("nordoy", _M, "北屿数据股份公司", "Nordøy Data AS", "北屿数据", "Nordøy Data", "英里德·索尔贝格", "Ingrid Solberg", "",
           kind=_FOREIGN),
    _demo("binhai", "publicdata"),
    Player("lanhe", _P, "岚河新区公共数据运营有限公司", "Lanhe New Area Public Data Operation Co., Ltd.", "岚河公数", "Lanhe Public Data",
           "纪明夷", "Ji Mingyi", "510107"),
    # ---- buyers
    _demo("jianghai", "buyer"),
    _demo("mingjian", "buyer2"),
    Player("yuanxiu", _B, "远岫物流有限公司", "Yuanxiu Logistics Co., Ltd.", "远岫物流", "Yuanxiu Logistics", "石方舟", "Shi Fangzhou", "420106"),
    Player("hesui", _B, "禾穗食品有限公司", "Hesui Foods Co., Ltd.", "禾穗食品", "Hesui Foods", "田雨桐", "Tian Yutong", "410105"),
    Player("xingyuan", _B, "星垣智能模型有限公司", "Xingyuan Model Intelligence Co., Ltd.", "星垣模型", "Xingyuan AI", "裴若水", "Pei Ruoshui",
           "110108"),
    Player("tongan", _B, "桐岸管理咨询有限公司", "Tong'an Consulting Co., Ltd.", "桐岸咨询", "Tong'an Consulting", "舒望", "Shu Wang", "440106"),
    Player("huiqu", _B, "汇渠零售有限公司", "Huiqu Retail Co., Ltd.", "汇渠零售", "Huiqu Retail", "罗映雪", "Luo Yingxue", "330108"),
    Player("beilu", _B, "北麓应用科学研究院", "Beilu Institute of Applied Sciences", "北麓研究院", "Beilu Institute", "闻人越", "Wenren Yue",
           "610113", kind=_PUBLIC),
    # ---- third parties and the trustee
    Player("zhengheng", _T, "正珩数据质量评价有限公司", "Zhengheng Data Quality Assessment Co., Ltd.", "正珩评价", "Zhengheng Quality", "钟毓",
           "Zhong Yu", "310104", category="provider_quality"),
    Player("yunzhi", _T, "允执律师事务所", "Yunzhi Law Offices", "允执律所", "Yunzhi Law", "靳言", "Jin Yan", "110105",
           category="provider_certification"),
    Player("tianshu", _T, "天枢安全测评有限公司", "Tianshu Security Assessment Co., Ltd.", "天枢测评", "Tianshu Security", "季鸿", "Ji Hong",
           "510104", category="provider_audit"),
    _demo("zhongtuo", "trustee"),
    # ---- the public body whose data is operated by others
    Player("zigui", _B, "滨海市公共数据资源管理中心", "Binhai Public Data Resources Centre", "滨海公数中心", "Binhai Public Data Centre", "温知序",
           "Wen Zhixu", "310104", kind=_PUBLIC),
)
#: Who trades nothing: the association that keeps covenants and mediates, and the authority of another field.
OFFICES: tuple[Player, ...] = (
    Player("xiehui", Role.ASSOCIATION, "滨海市数据商协会", "Binhai Association of Data Merchants", "滨海数据商协会", "Binhai Data Association",
           "章怀瑾", "Zhang Huaijin", "310104", kind=OrganizationKind.ASSOCIATION),
    Player("jinjian", Role.REGULATOR, "滨海市金融监督管理局", "Binhai Financial Supervision Bureau", "滨海金融监管局", "Binhai Financial Bureau",
           "纪衡", "Ji Heng", kind=OrganizationKind.AUTHORITY, sectors=("J",)),
)
#: What firms say of themselves: industry of the size standard, head count, yearly turnover in wan yuan. The first counts as large and owes a
#: responsibility report on the year; one that buys states nothing.
FIRMS: dict[str, tuple[str, int, int]] = {
    "huyong": ("transport", 1280, 52_000),
    "jianghai": ("transport", 1400, 61_000),
    "mingjian": ("other", 180, 12_000),
    "yuanxiu": ("transport", 260, 4_100),
    "hesui": ("industry", 420, 23_000),
    "xingyuan": ("software", 85, 3_600),
    "tongan": ("other", 8, 900),
}
GRANTOR = CAST[-1]
MERCHANTS: tuple[Player, ...] = tuple(one for one in CAST if one.role in (_M, _P))
OPERATORS: tuple[Player, ...] = tuple(one for one in CAST if one.role is _P)
BUYERS: tuple[Player, ...] = tuple(one for one in CAST if one.role is _B and one is not GRANTOR)
_BY_KEY = {one.key: one for one in CAST}


def player(key: str) -> Player:
    """This will return the player of that name inside the simulation; ``KeyError`` when there is none."""
    return _BY_KEY[key]
