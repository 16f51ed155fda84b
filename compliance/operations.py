"""Everything compliance does, under one address; the parts stand in ``law``, ``declarations``, ``filings``, ``cases``,
``conduct``, ``controls``, ``findings``, ``complaints``, ``disputes``, ``engaging``, ``exports``, ``incidents``, ``jurisdictions`` and
``credit``."""

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
from compliance.complaints import (
    accept_complaint,
    close_complaint,
    decline_complaint,
    escalate_complaint,
    file_complaint,
    transfer_complaint,
    withdraw_complaint,
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
from compliance.controls import (
    clear_match,
    decide_list,
    decide_revocation,
    end_match,
    follow_organization,
    propose_list_import,
    propose_revocation,
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
from compliance.disputes import (
    accept_proposal,
    agree_to_arbitrate,
    award_dispute,
    extend_mediation,
    fail_mediation,
    go_to_mediation,
    lapse_dispute,
    open_dispute,
    propose_settlement,
    withdraw_dispute,
)
from compliance.engaging.liability import mark_report, question_report
from compliance.engaging.offering import publish_offer, withdraw_offer
from compliance.engaging.ordering import accept_order, decline_order, lapse_order, place_order, withdraw_order
from compliance.engaging.reporting import (
    accept_by_time,
    approve_report,
    deliver_report,
    give_up_order,
    miss_report,
    object_to_report,
    settle_disputed,
    stand_by_report,
)
from compliance.exports import (
    count_export,
    decide_export,
    expire_export,
    file_papers,
    hold_for_review,
    open_export,
    release_from_review,
    screen_export,
    second_export,
    withdraw_export,
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
from compliance.incidents import (
    classify_incident,
    close_incident,
    contain_incident,
    lapse_incident,
    notify_authority,
    report_incident,
)
from compliance.jurisdictions import decide_stance, propose_stance
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
from compliance.law_editing import begin_list, comment_list, put_rule, retire_rule
from compliance.rule_checks import check_rule

__all__ = [
    "accept_by_time", "accept_complaint", "accept_order", "accept_proposal", "accept_restoration", "adopt_decision",
    "advance_by_clock", "agree_to_arbitrate", "answer_case", "apply_for_restoration", "approve_list", "approve_report", "ask_party",
    "assign_case", "award_dispute", "begin_list", "breach_declaration", "cancel_list", "check_rule", "claim_case",
    "classify_incident", "clear_match", "close_case", "close_complaint", "close_incident", "comment_list", "confirm_filing",
    "contain_incident", "count_export", "decide_conduct", "decide_export", "decide_filing", "decide_list", "decide_objection",
    "decide_restoration", "decide_revocation", "decide_stance", "decline_complaint", "decline_order", "deliver_report",
    "discard_list", "dismiss_conduct", "dispute_filing", "draft_declaration", "draft_list", "edit_declaration", "enact_urgently",
    "end_match", "end_sanction", "escalate_case", "escalate_complaint", "escalate_filing", "exempt_conduct", "expire_declaration",
    "expire_export", "extend_conduct", "extend_mediation", "fail_mediation", "file_complaint", "file_papers", "file_trade",
    "flag_case", "follow_organization", "give_up_order", "go_to_mediation", "hold_for_review", "import_terms", "lapse_dispute",
    "lapse_filing", "lapse_incident", "lapse_order", "mark_report", "miss_report", "note_case", "note_credit", "notify_accused",
    "notify_authority", "object_to_finding", "object_to_report", "open_case", "open_conduct_case", "open_dispute", "open_export",
    "place_order", "propose_list", "propose_list_import", "propose_revocation", "propose_settlement", "propose_stance",
    "publish_offer", "put_rule", "question_report", "refile", "release_from_review", "remind", "report_incident", "retire_rule",
    "return_list", "screen_export", "second_conduct", "second_export", "second_filing", "second_restoration", "settle_disputed",
    "sign_declaration", "stand_by_report", "state_case", "stay_effects", "stop_waiting", "take_effect", "take_interim_measure",
    "transfer_complaint", "waive_statement", "withdraw_complaint", "withdraw_declaration", "withdraw_dispute", "withdraw_export",
    "withdraw_filing", "withdraw_offer", "withdraw_order", "withdraw_restoration",
]
