"""What barters refuse, in both languages, with the rule and the way out; ``refusals.py`` registers them."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_PAGE = "/desk/barters/{barter}/"
_RULE = "使用权互换规则 第{}条"

ROWS = [
    Refusal("trading.barter.absent", 404, ("没有这项互换", "No such barter"),
            ("没有找到该互换，或贵机构不是其一方。", "There is no such barter, or your organisation is not part of it.")),
    Refusal("trading.barter.not_yours", 403, ("不是贵机构的挂牌", "Not a listing of yours"),
            ("只能用自己在售的挂牌 {listing} 去换。", "What you give in exchange is a listing of your own that is on sale, not {listing}."),
            _RULE.format(2), ("选择自己的挂牌", "Choose one of your own"), "/desk/listings/"),
    Refusal("trading.barter.both_yours", 400, ("两项都是同一机构的挂牌", "Both listings belong to one party"),
            ("互换须在两家机构之间进行；挂牌 {listing} 也是贵机构的。", "A barter is between two parties; listing {listing} is yours too."),
            _RULE.format(2), ("选择他人的挂牌", "Choose somebody else's"), "/listings/"),
    Refusal("trading.barter.other_venue", 422, ("两项挂牌不在同一场所", "The listings are at two venues"),
            ("挂牌 {listing} 在另一场所；互换的两笔成交须在同一场所订立与结算。",
             "Listing {listing} is at another venue; the two trades of a barter are made and settled at one."), _RULE.format(2),
            ("选择同一场所的挂牌", "Choose a listing of the same venue"), "/listings/"),
    Refusal("trading.barter.counted", 422, ("按次计量的许可不能互换", "A metered licence is not bartered"),
            ("挂牌 {listing} 按次计量，价值在期末才知道；请另行购买。",
             "Listing {listing} is charged by its uses, so its value is known at the end of the period only: buy it instead."),
            _RULE.format(2), ("购买该挂牌", "Buy it"), "/listings/{listing}/"),
    Refusal("trading.barter.value", 400, ("公允价值不正确", "Not a fair value"),
            ("“公允价值”须为大于零的整分金额；无偿提供请用共享。",
             "A fair value is a sum of money above zero; what is given for nothing is shared, not bartered."), _RULE.format(3),
            ("填写双方许可的公允价值", "State a fair value for each licence"), "/desk/barters/"),
    Refusal("trading.barter.difference", 400, ("差额的处理没有写明", "The difference is not dealt with"),
            ("两项公允价值相差 {difference_fen}：须写明放弃差额或以款补足；相等时没有差额可言。",
             "The values differ by {difference_fen}: say that it is waived or that it is paid; where they are equal there is none."),
            _RULE.format(4), ("选择放弃或补足", "Choose to waive it or to pay it"), "/desk/barters/"),
    Refusal("trading.barter.funds", 409, ("资金不足以付清本方的款项", "Not enough money for your side"),
            ("换入免付价款，但服务费、公益金、合作方分成和补足的差额以款支付：需 {needed_fen}，可用 {available_fen}。",
             "The price is not paid, but fees, levy, partners' shares and a paid difference are money: {needed_fen} needed, "
             "{available_fen} free."), _RULE.format(6), ("先入金", "Pay money in first"), "/desk/account/"),
    Refusal("trading.barter.other_funds", 409, ("对方资金暂不足以付清其款项", "The other side's money does not suffice now"),
            ("对方应付的服务费、公益金、分成或差额超出其可用资金；互换没有订立，没有划款。",
             "What the other side owes in fees, levy, partners' shares or difference is more than it has free; nothing was concluded and "
             "nothing moved."), _RULE.format(6), ("请对方入金后再接受", "Ask it to pay money in, then accept"), _PAGE),
    Refusal("trading.barter.one_open", 409, ("这两项挂牌已有进行中的互换", "A barter of these two is open"),
            ("互换 {barter} 尚未结束。", "Barter {barter} has not ended."), _RULE.format(3), ("前往该互换", "Go to it"), _PAGE),
    Refusal("trading.barter.over", 409, ("互换已不在协商中", "The barter is no longer talked about"),
            ("该互换{state}，不能再答复。", "It stands at “{state}”; nothing is answered any more."), _RULE.format(5),
            ("查看经过", "See what was said"), _PAGE),
    Refusal("trading.barter.late", 409, ("答复期限已过", "The time to answer is over"),
            ("应于 {due_at} 前答复。", "An answer was due by {due_at}."), _RULE.format(5), ("重新提议", "Propose it anew"), _PAGE),
    Refusal("trading.barter.not_due", 409, ("尚未到期", "Not due yet"), ("期限至 {due_at}。", "It may be answered until {due_at}.")),
    Refusal("trading.barter.not_your_turn", 409, ("现在轮到对方答复", "The other side has the turn"),
            ("您的提议有待对方答复；此前可以撤回。", "Your offer waits for an answer; until then you may take it back."), _RULE.format(5),
            ("查看该互换", "See the barter"), _PAGE),
    Refusal("trading.barter.not_your_offer", 409, ("这不是您的提议", "This is not your offer"),
            ("只有提议的一方可以撤回；您可以谢绝。", "Only who made the offer takes it back; you may decline it."), _RULE.format(5),
            ("查看该互换", "See the barter"), _PAGE),
    Refusal("trading.barter.too_many_rounds", 409, ("提议次数已满", "Too many offers"),
            ("一项互换至多二十次提议；现在只能接受或谢绝。", "A barter takes twenty offers: accept this one or decline."), _RULE.format(5),
            ("查看该互换", "See the barter"), _PAGE),
    Refusal("trading.barter.same_terms", 409, ("与对方的提议相同", "The same terms again"),
            ("条款相同时请直接接受。", "When the terms are the same, accept them."), _RULE.format(5),
            ("接受提议", "Accept the offer"), _PAGE),
    Refusal("trading.barter.moved_on", 409, ("提议已变", "Another offer stands now"),
            ("您看到的提议已被新的取代；请核对后再接受。", "What you read was replaced; look at the offer of now first."), _RULE.format(5),
            ("查看现在的提议", "See the offer of now"), _PAGE),
    Refusal("trading.barter.deadline", 400, ("答复期限不正确", "The deadline does not fit"),
            ("期限须在一小时至三十天之间。", "An offer is open for one hour at least and thirty days at most."), _RULE.format(5)),
    Refusal("trading.barter.no_terms", 400, ("还价须写明条款", "A counter-offer names its terms"),
            ("请写明双方许可的条款与公允价值。", "Give the terms and the value of both licences."), _RULE.format(5)),
    Refusal("trading.barter.note", 400, ("附言不正确", "The note does not fit"),
            ("附言至多 1000 字。", "A note has at most 1000 characters.")),
    Refusal("trading.barter.illegal_move", 409, ("当前状态不允许此操作", "The state does not allow this act"),
            ("互换 {subject} 处于 {state}；可行的操作：{open_actions}。", "Barter {subject} is {state}; open acts: {open_actions}.")),
]
