"""What settling refuses: rule, fact, way out, in both languages."""

from kit.rejected import Refusal, register_refusals

register_refusals([
    Refusal("settlement.cycle.illegal_move", 409, ("此时不能这样做", "Not possible in this state"),
            ("批次 {subject} 现为“{state}”，可以做的是：{open_actions}。", "Cycle {subject} is {state}; open now: {open_actions}."),
            "清算规则 第2条"),
    Refusal("settlement.settlement.illegal_move", 409, ("此时不能这样做", "Not possible in this state"),
            ("结算 {subject} 现为“{state}”，可以做的是：{open_actions}。", "Settlement {subject} is {state}; open now: {open_actions}."),
            "清算规则 第2条"),
    Refusal("settlement.escrow_short", 409, ("托管账户余额不足", "The escrow account is short"),
            ("成交 {trade} 的托管余额少于应结金额，可能被争议冻结。",
             "The escrow of {trade} holds less than is due; a dispute may reserve it."),
            "清算规则 第6条", ("待争议了结或补足后重试", "Retry when the dispute is over or the account is filled")),
    Refusal("settlement.deposit.no_reference", 400, ("缺少银行回单号", "No bank reference"),
            ("入金须写明银行回单号，至多 40 个字符。",
                                                 "Money in is booked by the bank's reference, at most 40 characters."),
            "资金管理规则 第3条"),
    Refusal("settlement.refund.already_settled", 409, ("已结算，不能原路退回", "Settled already"),
            ("成交 {trade} 已经结算，退款须从各方账户逐项冲回。",
                                       "{trade} is settled; a refund mirrors the split line by line."), "清算规则 第9条"),
])
