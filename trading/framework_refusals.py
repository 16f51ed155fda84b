"""What frameworks and their orders refuse, in both languages, with the rule and the way out."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_RULE = "框架协议规则 第{}条"
_PAGE = "/desk/frameworks/{framework}/"
_SEE = ("查看框架协议", "See the framework")

ROWS = [
    Refusal("trading.framework.faulty", 422, ("要约有误", "The offer has faults"),
            ("有 {count} 处须更正：标的、价格、上限或期限。", "{count} to mend among licences, prices, ceiling and term."), _RULE.format(1),
            ("更正标出的各项", "Mend what is marked"), "/desk/frameworks/"),
    Refusal("trading.framework.not_yours", 403, ("由另一方办理", "This is the other side's to do"),
            ("接受或谢绝由收到要约的一方办理，撤回由提出的一方办理。",
             "Whom it was offered to accepts or declines; who offered it takes it back."),
            _RULE.format(2), _SEE, _PAGE),
    Refusal("trading.framework.not_your_listing", 403, ("不是您的挂牌", "Not your listing"),
            ("卖方只能就本机构的挂牌提出框架协议；{listing} 属于其他机构。",
             "A seller offers a framework over its own listings; {listing} is another's."),
            _RULE.format(1), ("选择本机构的挂牌", "Name listings of your own"), "/desk/frameworks/"),
    Refusal("trading.framework.too_late", 409, ("要约已过期", "The offer is over"),
            ("框架协议 {framework} 的答复期限已过。", "The time to answer {framework} is over."), _RULE.format(2), _SEE, _PAGE),
    Refusal("trading.framework.not_in_force", 409, ("现在不能下单", "No orders now"),
            ("框架协议 {framework} 未成立、已结束或已期满。", "Framework {framework} is not agreed, was ended, or its term is over."),
            _RULE.format(3), _SEE, _PAGE),
    Refusal("trading.framework.no_item", 404, ("不在框架协议内", "Not covered by the framework"),
            ("框架协议 {framework} 没有这一项。", "Framework {framework} has no such item."), _RULE.format(3), _SEE, _PAGE),
    Refusal("trading.framework.other_version", 409, ("挂牌已换版", "The listing has another version"),
            ("{listing} 的现行版本不是约定的版本；请就新版本另行约定。",
             "{listing} is published in another version than was agreed; agree on the new one."),
            _RULE.format(3), ("重新约定", "Offer a new framework"), "/desk/frameworks/"),
    Refusal("trading.framework.over_ceiling", 409, ("超出上限", "Above the ceiling"),
            ("本单 {price_fen}，框架协议 {framework} 还可用 {left_fen}。", "The order is {price_fen}; {left_fen} of {framework} is left."),
            _RULE.format(4), _SEE, _PAGE),
    Refusal("trading.framework.moved_on", 409, ("其间已有新的订单", "Another order came in between"),
            ("框架协议 {framework} 现已用 {drawn_fen}；请核对后再下单。", "{drawn_fen} of {framework} is drawn; look again, then order."),
            _RULE.format(4), _SEE, _PAGE),
    Refusal("trading.framework.illegal_move", 409, ("当前状态不允许此操作", "The state does not allow this act"),
            ("框架协议 {subject} 处于 {state}；可行的操作：{open_actions}。", "{subject} is {state}; open acts: {open_actions}.")),
]
