"""Everything compliance does, under one address; the parts stand in ``law``, ``declarations``, ``filings``, ``cases``,
``conduct``, ``findings`` and ``credit``."""

from __future__ import annotations

from compliance.cases import (
    answer_case,
    ask_party,
    assign_case,
    claim_case,
    close_case,
    escalate_case,
    flag_case,
    note_case,
    open_case,
    stop_waiting,
)
from compliance.conduct import (
    adopt_decision,
    advance_by_clock,
    decide_conduct,
    decide_objection,
    dismiss_conduct,
    exempt_conduct,
    extend_conduct,
    notify_accused,
    object_to_finding,
    open_conduct_case,
    second_conduct,
    state_case,
    stay_effects,
    take_interim_measure,
    waive_statement,
)
from compliance.credit import note_credit
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
from compliance.findings import (
    accept_restoration,
    apply_for_restoration,
    decide_restoration,
    end_sanction,
    second_restoration,
    withdraw_restoration,
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
    "accept_restoration", "adopt_decision", "advance_by_clock", "answer_case", "apply_for_restoration", "approve_list",
    "ask_party", "assign_case", "breach_declaration", "cancel_list", "claim_case", "close_case", "confirm_filing",
    "decide_conduct", "decide_filing", "decide_objection", "decide_restoration", "discard_list", "dismiss_conduct",
    "dispute_filing", "draft_declaration", "draft_list", "edit_declaration", "enact_urgently", "end_sanction", "escalate_case",
    "escalate_filing", "exempt_conduct", "expire_declaration", "extend_conduct", "file_trade", "flag_case", "import_terms",
    "lapse_filing", "note_case", "note_credit", "notify_accused", "object_to_finding", "open_case", "open_conduct_case",
    "propose_list", "refile", "remind", "return_list", "second_conduct", "second_filing", "second_restoration",
    "sign_declaration", "state_case", "stay_effects", "stop_waiting", "take_effect", "take_interim_measure", "waive_statement",
    "withdraw_declaration", "withdraw_filing", "withdraw_restoration",
]
