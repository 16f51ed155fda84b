"""Acts of the floor (交易): announce, register, bid, close, halt, cancel; pay a trade or default; report a trade made elsewhere.

All are named here, so callers need one address. Acts judged against a deadline lock the lot first and ask the clock after.
"""

from trading.operations.agreeing import sign_agreement
from trading.operations.announcing import announce_auction
from trading.operations.bargaining import (
    accept_offer,
    counter_offer,
    decline_offer,
    expire_negotiation,
    hold_quote,
    offer_privately,
    open_negotiation,
    withdraw_offer,
)
from trading.operations.bartering import (
    accept_barter,
    counter_barter,
    decline_barter,
    end_barter,
    expire_barter,
    propose_barter,
    withdraw_barter,
)
from trading.operations.bidding import place_bid, register_bidder
from trading.operations.closing import close_auction, open_auction
from trading.operations.ending_agreements import (
    agree_to_end,
    escalate_suspension,
    expire_agreement,
    give_notice,
    halt_agreement,
    run_out_notice,
    take_back_notice,
)
from trading.operations.interventions import bar_bidder, cancel_auction, halt_auction, resume_auction
from trading.operations.lapsing import lapse_agreement
from trading.operations.phases import best_bid
from trading.operations.purchasing import buy_listing, quote_for, quotes_for
from trading.operations.renewing import renew_agreement
from trading.operations.reports import confirm_report, decide_report, mend_report, report_trade, second_report
from trading.operations.requesting import (
    award_rfq,
    cancel_rfq,
    close_rfq,
    give_quote,
    lapse_rfq,
    next_round,
    open_rfq,
    reject_quotes,
    withdraw_quote,
)
from trading.operations.sealing import decide_sealed, reveal_bid, seal_bid
from trading.operations.serving import book_services, decline_services
from trading.operations.taking import take_price
from trading.operations.trades import cancel_trade, default_trade, pay_trade, unwind_trade

__all__ = [
    "accept_barter", "accept_offer", "agree_to_end", "announce_auction", "award_rfq", "bar_bidder", "best_bid", "book_services",
    "buy_listing",
    "cancel_auction", "cancel_rfq", "cancel_trade", "close_auction", "close_rfq", "confirm_report", "counter_barter", "counter_offer",
    "decide_report", "decide_sealed", "decline_barter", "decline_offer", "decline_services", "default_trade",
    "end_barter", "escalate_suspension",
    "expire_agreement", "expire_barter", "expire_negotiation", "give_notice", "give_quote", "halt_agreement", "halt_auction", "hold_quote",
    "lapse_agreement", "lapse_rfq", "mend_report", "next_round", "offer_privately", "open_auction", "open_negotiation", "open_rfq",
    "pay_trade", "place_bid", "propose_barter", "quote_for", "quotes_for", "register_bidder", "reject_quotes",
    "renew_agreement", "report_trade", "resume_auction",
    "reveal_bid", "run_out_notice", "seal_bid", "second_report", "sign_agreement", "take_back_notice", "take_price", "unwind_trade",
    "withdraw_barter", "withdraw_offer", "withdraw_quote",
]
