"""What the ledger refuses, in both languages. Most are shown through the act of the room that asked."""

from kit.rejected import Refusal, register_refusals

register_refusals([
    Refusal("ledger.insufficient_funds", 409, ("可用资金不足", "Not enough available money"),
            ("需要 {needed_fen}，可用 {available_fen}。", "{needed_fen} is needed, {available_fen} is available."),
            "资金管理规则 第5条", ("先入金，或释放已冻结的款项", "Pay money in, or release what is reserved"), "/desk/account/"),
    Refusal("ledger.unknown_account", 409, ("账户不存在", "No such account"),
            ("所列账户中有未开立的。", "An account named is not opened.")),
    Refusal("ledger.unknown_pending", 409, ("冻结不存在", "No such reserve"), ("没有这一笔冻结。", "There is no reserve under this id.")),
    Refusal("ledger.already_closed", 409, ("冻结已了结", "The reserve is closed already"),
            ("这一笔冻结已经过账或释放，不能再动。", "This reserve was posted or released and cannot move again.")),
    Refusal("ledger.post_exceeds_reserve", 422, ("过账超出冻结", "More than was reserved"),
            ("过账金额须大于零且不超过所冻结的金额。", "A posting takes more than nothing and no more than was reserved."), "",
            ("按冻结的金额或更少过账", "Post what was reserved or less")),
    Refusal("ledger.unbalanced", 422, ("借贷不平", "The legs do not sum to zero"),
            ("一笔划转各分录之和必须为零。", "The legs of a transfer must sum to zero."), "",
            ("核对各分录，使其合计为零", "Check the legs until they sum to zero")),
    Refusal("ledger.bad_amount", 400, ("金额无效", "Not a valid amount"),
            ("金额须为大于零的整数分。", "An amount is a whole number of fen above zero.")),
    Refusal("ledger.reference_used", 409, ("回单号已入账", "This bank reference is booked already"),
            ("银行回单 {reference} 已经入账，金额或账户不同。", "Bank reference {reference} was booked with another amount or account."),
            "资金管理规则 第3条", ("核对回单号", "Check the bank reference")),
    Refusal("ledger.period_backwards", 409, ("关账时点无效", "Not a valid end of a period"),
            ("关账时点须在上次关账（{last}）之后、现在之前。", "A period ends after the last closing ({last}) and before now."),
            "资金管理规则 第9条", ("另选时点", "Choose another instant")),
    Refusal("ledger.period_unsound", 409, ("账目不平，不能关账", "The books are not sound"),
            ("有账户的余额与分录不符。", "The balance of an account does not follow from its postings."), "资金管理规则 第9条",
            ("先对账并查清差异", "Reconcile and mend the difference first"), "/desk/money/"),
])
