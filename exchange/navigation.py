"""Where the bar, the rail and the foot lead (look §4). An address that no room has opened yet is left out, never dead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["Door", "Wing", "bar", "doors_of", "folded", "foot", "rail"]

#: address name -> (number, must this person act)
Counts = dict[str, tuple[int, bool]]


#: A rail of at most so many doors is read at a glance: nothing of it is folded away.
_SHORT = 20


@dataclass(frozen=True)
class Door:
    """One entry: its words, address, and the number beside it with whether this person must act on it."""

    label: str | Promise
    href: str
    current: bool = False
    count: str = ""
    hot: bool = False


@dataclass(frozen=True)
class Wing:
    """A titled group of the rail; it stands ``open`` where one reads, where one must act, and in a rail that is short."""

    title: str | Promise
    doors: list[Door]
    open: bool = True


BAR = (
    (_("行情"), "exchange:board"),
    (_("产品"), "listings:search"),
    (_("竞价"), "trading:calendar"),
    (_("需求"), "trading:demands"),
    (_("公告"), "exchange:bulletins"),
    (_("规则"), "compliance:rulebook"),
    (_("核验"), "exchange:verify_form"),
)
FOOT = (
    (_("交易规则"), "compliance:rulebook"),
    (_("收费标准"), "settlement:fees"),
    (_("成交参考价"), "exchange:prices"),
    (_("负面清单"), "compliance:negative_list"),
    (_("公共数据授权"), "exchange:public_data"),
    (_("开放数据"), "listings:open_data"),
    (_("登记簿"), "listings:register"),
    (_("定期披露"), "trading:disclosures"),
    (_("第三方服务"), "compliance:services"),
    (_("匿名化机构与交付环境"), "participants:recognised"),
    (_("小微企业服务补贴"), "settlement:subsidies"),
    (_("三次分配报表"), "settlement:redistribution"),
    (_("举报投诉"), "compliance:complain"),
    (_("开放接口"), "exchange:docs"),
    (_("互联互通"), "listings:interconnect"),
    (_("自律公约"), "compliance:covenants"),
    (_("社会责任报告"), "compliance:responsibility_reports"),
    (_("场所试点"), "trading:venue_pilots"),
    (_("数据学堂"), "exchange:learning"),
    (_("本所不能证明什么"), "exchange:honesty"),
)
#: Pages of the supply wing that only those who supply data need.
SUPPLY = {"listings:resources", "listings:mine", "listings:rights", "listings:registrations", "trading:my_lots", "settlement:shares",
          "exchange:income", "listings:subject_requests", "compliance:exports"}
RAIL = (
    (_("工作"), ((_("今日"), "exchange:today"), (_("通知"), "exchange:notices"), (_("本机构"), "participants:organisation"),
                 (_("合并与承继"), "participants:successions"), (_("带走数据与退出"), "participants:takeout"))),
    (
        _("供给"),
        (
            (_("资源"), "listings:resources"),
            (_("产品与挂牌"), "listings:mine"),
            (_("试点挂牌"), "listings:pilots"),
            (_("收益分配协议"), "listings:share_agreements"),
            (_("权利与授权"), "listings:rights"),
            (_("登记"), "listings:registrations"),
            (_("公共数据授权"), "listings:authorisations"),
            (_("公共数据分成"), "settlement:public_shares"),
            (_("声明与承诺"), "compliance:declarations"),
            (_("场外备案"), "compliance:filings"),
            (_("数据来源者请求"), "listings:requests"),
            (_("数据出境"), "compliance:exports"),
            (_("政府调用"), "compliance:requisitions"),
            (_("社会责任报告"), "compliance:responsibility"),
        ),
    ),
    (
        _("交易"),
        (
            (_("关注的产品"), "listings:watches"),
            (_("问答"), "listings:questions"),
            (_("我的拍品"), "trading:my_lots"),
            (_("我的出价"), "trading:bids"),
            (_("需求与报价"), "trading:my_demands"),
            (_("议价"), "trading:negotiations"),
            (_("使用权互换"), "trading:barters"),
            (_("购物车"), "trading:cart"),
            (_("订购"), "trading:subscriptions"),
            (_("框架协议"), "trading:frameworks"),
        ),
    ),
    (
        _("履约"),
        (
            (_("成交与合同"), "trading:agreements"),
            (_("我的数据工作台"), "delivery:workbench"),
            (_("交付与验收"), "delivery:mine"),
            (_("数据密室"), "delivery:rooms"),
            (_("不出域计算"), "delivery:computing"),
            (_("输出放行"), "delivery:outputs"),
            (_("模型与核验服务"), "delivery:services"),
            (_("谁用了什么"), "delivery:uses"),
            (_("副本标记"), "delivery:marks"),
            (_("差额补足"), "trading:shortfalls"),
            (_("无偿使用报告"), "trading:public_uses"),
        ),
    ),
    (
        _("个人信息"),
        (
            (_("我的个人信息"), "exchange:consents"),
            (_("委托人"), "exchange:principals"),
            (_("个人权利请求"), "listings:subject_requests"),
        ),
    ),
    (_("资金"), (
        (_("账户"), "settlement:account"), (_("转入与提现"), "settlement:payouts"), (_("结算单"), "settlement:statements"),
        (_("退款"), "settlement:refunds"), (_("收付凭证"), "exchange:receipts"), (_("收入"), "exchange:income"),
        (_("支出"), "exchange:spending"), (_("分配协议"), "settlement:shares"), (_("资金总览"), "settlement:money"))),
    (_("第三方服务"), ((_("委托的服务"), "compliance:engagements"), (_("承接的委托"), "compliance:service_desk"))),
    (_("实验"), ((_("政策实验室"), "simulation:laboratory"),)),
    (_("信用"), ((_("信用档案"), "compliance:credit"), (_("主动报告"), "compliance:self_reports"), (_("争议与投诉"), "compliance:cases"))),
    #: only for the administrators of sign-ins and of audit: each reads, one of them acts (T47)
    (
        _("安全与审计"),
        (
            (_("登录账号"), "participants:sign_ins"),
            (_("权限与登录日志"), "participants:audit_log"),
            (_("审计抽样"), "participants:audit"),
            (_("监管月报"), "exchange:market_report"),
            (_("查阅复核"), "participants:reads"),
        ),
    ),
)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@cache
def _permission(address: str) -> str:
    """The permission that the page at an address asks for, as its gate says; '' where it asks for none."""
    return str(getattr(resolve(address).func, "permission", ""))


def _doors(
    rows: Iterable[tuple[str | Promise, str]], path: str, counts: Counts | None = None, may: Callable[[str], bool] = lambda _name: True
) -> list[Door]:
    doors = []
    for label, name in rows:
        if (address := _address(name)) and may(_permission(address)):
            number, hot = (counts or {}).get(name, (0, False))
            current = path == address or (address.count("/") > 2 and path.startswith(address))
            doors.append(Door(label, address, current, str(number) if number else "", hot))
    return doors


def doors_of(rows: Iterable[tuple[str | Promise, str]]) -> list[Door]:
    """This will return doors to the pages that exist."""
    return _doors(rows, "")


def bar(path: str) -> list[Door]:
    """This will return the main navigation, the door of the present page marked."""
    doors = _doors(BAR, path)
    under = [d.href for d in doors if d.href == path or (d.href != "/" and path.startswith(d.href))]
    here = max(under, key=len, default="")
    return [Door(d.label, d.href, d.href == here, d.count, d.hot) for d in doors]


def foot() -> list[Door]:
    """This will return the links of the foot."""
    return _doors(FOOT, "")


def rail(path: str, counts: Counts, *, may: Callable[[str], bool], supplies: bool = True) -> list[Wing]:
    """This will return the rail of the desk; ``counts`` maps an address name to (number, must this person act).

    A page that ``may`` not be opened has no door. Whoever does not supply data sees of the supply wing only what buyers need too.
    """
    shown = [(title, [row for row in rows if supplies or row[1] not in SUPPLY]) for title, rows in RAIL]
    wings = [Wing(title, doors) for title, rows in shown if (doors := _doors(rows, path, counts, may))]
    return folded(wings)


def folded(wings: list[Wing]) -> list[Wing]:
    """This will fold away what is far from here in a long rail; its first group, the present one and what waits for this person stay."""
    short = sum(len(wing.doors) for wing in wings) <= _SHORT
    return [replace(wing, open=short or wing is wings[0] or any(one.current or one.hot for one in wing.doors)) for wing in wings]
