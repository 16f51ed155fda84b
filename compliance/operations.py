"""Everything compliance does, under one address; the parts stand in ``law``, ``declarations``, ``filings``, ``cases``, ``conduct``."""

from __future__ import annotations

from compliance.declarations import (
    breach_declaration,
    draft_declaration,
    edit_declaration,
    expire_declaration,
    remind,
    sign_declaration,
    withdraw_declaration,
)
from compliance.filings import (
    confirm_filing,
    decide_filing,
    dispute_filing,
    escalate_filing,
    file_trade,
    lapse_filing,
    refile,
    second_filing,
    withdraw_filing,
)
from compliance.law import (
    approve_list,
    cancel_list,
    discard_list,
    draft_list,
    enact_urgently,
    import_terms,
    propose_list,
    return_list,
    take_effect,
)

__all__ = [
    "approve_list", "breach_declaration", "cancel_list", "confirm_filing", "decide_filing", "discard_list", "dispute_filing",
    "draft_declaration", "draft_list", "edit_declaration", "enact_urgently", "escalate_filing", "expire_declaration", "file_trade",
    "import_terms", "lapse_filing", "propose_list", "refile", "remind", "return_list", "second_filing", "sign_declaration", "take_effect",
    "withdraw_declaration", "withdraw_filing",
]
