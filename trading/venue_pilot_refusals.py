"""What a venue's pilots refuse, in both languages, with the rule and the way out."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_BASIS = "数据二十条 第十九条（R99）"

ROWS = [
    Refusal("trading.venue_pilot.illegal_move", 409, ("场所试点的状态不允许此操作", "The state of the pilot does not allow this"),
            ("当前状态为“{state}”，可以进行的操作：{open_actions}。", "It is {state} now; what can be done: {open_actions}."), _BASIS),
    Refusal("trading.venue_pilot.faulty", 422, ("试点申请有误", "The request has faults"),
            ("请按所列更正。", "Please mend what is listed."), "",
            ("逐项改正后再次提交", "Mend each and send it again")),
    Refusal("trading.venue_pilot.term", 422, ("试点须有终期", "A pilot has an end"),
            ("终期须在将来，最晚 {latest}。", "The end lies ahead, at the latest {latest}."), _BASIS,
            ("把结束日改到所示期限之内", "Bring the end within the term shown")),
    Refusal("trading.venue_pilot.one_under_way", 409, ("已有一项试点", "One is under way"),
            ("同一场所同一行业一次一项试点：{pilot}。", "One pilot at a time in a venue's sector: {pilot}."), _BASIS),
    Refusal("trading.venue_pilot.none", 422, ("该竞价方式只在试点期内可用", "This format needs a pilot"),
            ("本场所在该行业现在没有开放 {format} 的试点。", "No pilot of this venue opens {format} in this sector now."), _BASIS,
            ("改用其他竞价方式，或查看试点", "Use another format, or see the pilots"), "/trading/pilots/"),
    Refusal("trading.venue_pilot.ends_before", 422, ("标的须在试点终期前有结果", "The lot must be decided before the pilot ends"),
            ("试点 {pilot} 于 {ends} 结束。", "Pilot {pilot} ends {ends}."), _BASIS, ("提前截止", "Close the lot earlier")),
    Refusal("trading.venue_pilot.turnover", 422, ("试点成交额上限已用完", "The pilot's turnover is used up"),
            ("试点 {pilot} 的余额不足一场。", "Pilot {pilot} has not enough left for a lot."), _BASIS,
            ("等在途标的结束，或改用其他竞价方式", "Wait for a lot to end, or use another format")),
    Refusal("trading.venue_pilot.parties", 422, ("试点参与方已满", "The pilot takes no more parties"),
            ("试点 {pilot} 的参与方已达上限。", "Pilot {pilot} has as many parties as it may."), _BASIS,
            ("参加其他标的", "Take part in other lots")),
]
