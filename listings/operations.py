"""What changes here, in one address: import and resources, rights, registration, drafts, files, review, publication."""

from __future__ import annotations

from listings.attaching import attach_file, attach_proof
from listings.authorising import (
    confirm_authorisation,
    expire_authorisation,
    file_authorisation,
    file_report,
    miss_report,
    open_reports,
    refuse_authorisation,
    revoke_authorisation,
    set_guided_price,
)
from listings.certificates import expire_certificate, freeze_certificate, revoke_certificate, thaw_certificate
from listings.classifying import set_aside_grade
from listings.consents import expire_consent, give_consent, withdraw_consent
from listings.correcting import answer_correction, lapse_correction, mend_corrections, suggest_correction, withdraw_correction
from listings.drafting import discard_version, draft_version, open_listing, save_draft, set_contributors
from listings.imports import Imported, Reported, import_file, read_file, unread
from listings.objections import decide_objection, escalate_objection, object_registration, propose_uphold, reply_objection, second_uphold
from listings.opting_out import answer_opt_out, miss_opt_out, open_opt_out
from listings.piloting import (
    ask_pilot,
    decide_pilot,
    end_pilot,
    expire_pilot,
    release_pilot,
    report_pilot_fault,
    withdraw_pilot,
)
from listings.principals import (
    answer_subject_request,
    end_mandate,
    import_principals,
    miss_subject_request,
    open_subject_request,
    refuse_subject_request,
)
from listings.proving import decide_condition, lapse_condition, provide_condition
from listings.publishing import delist, hold_listing, lift_hold, publish_version, suspend_listing
from listings.quality import assess_quality, measure_quality
from listings.questions import answer_question, ask_question, hide_question, show_question, withdraw_question
from listings.registering import (
    accept_registration,
    apply_registration,
    certify_registration,
    draft_registration,
    edit_registration,
    pass_registration,
    refuse_registration,
    return_registration,
    withdraw_registration,
)
from listings.requests import answer_request, file_request, lapse_request, withdraw_request
from listings.rescreening import begin_rescreening, finish_rescreening, rescreen_listing, rescreen_slice
from listings.retesting import fail_test, open_retest
from listings.reviewing import claim_review, decide_review, note_draft, recuse_review, release_review
from listings.rights import assign_right, declare_right, expire_right, grant_right, lift_right, revoke_right, suspend_right
from listings.sharing import answer_share_dispute, dispute_shares, lapse_shares, propose_shares, sign_shares, withdraw_shares
from listings.sources import add_source, expire_source, make_of, revoke_source
from listings.submitting import submit_listing, withdraw_version
from listings.supply import create_product, edit_resource
from listings.watching import tell_watchers, unwatch_listing, watch_listing
from listings.whitelist import admit_buyer, end_buyer

__all__ = [
    "Imported",
    "Reported",
    "accept_registration",
    "add_source",
    "admit_buyer",
    "answer_correction",
    "answer_opt_out",
    "answer_question",
    "answer_request",
    "answer_share_dispute",
    "answer_subject_request",
    "apply_registration",
    "ask_pilot",
    "ask_question",
    "assess_quality",
    "assign_right",
    "attach_file",
    "attach_proof",
    "begin_rescreening",
    "certify_registration",
    "claim_review",
    "confirm_authorisation",
    "create_product",
    "decide_condition",
    "decide_objection",
    "decide_pilot",
    "decide_review",
    "declare_right",
    "delist",
    "discard_version",
    "dispute_shares",
    "draft_registration",
    "draft_version",
    "edit_registration",
    "edit_resource",
    "end_buyer",
    "end_mandate",
    "end_pilot",
    "escalate_objection",
    "expire_authorisation",
    "expire_certificate",
    "expire_consent",
    "expire_pilot",
    "expire_right",
    "expire_source",
    "fail_test",
    "file_authorisation",
    "file_report",
    "file_request",
    "finish_rescreening",
    "freeze_certificate",
    "give_consent",
    "grant_right",
    "hide_question",
    "hold_listing",
    "import_file",
    "import_principals",
    "lapse_condition",
    "lapse_correction",
    "lapse_request",
    "lapse_shares",
    "lift_hold",
    "lift_right",
    "make_of",
    "measure_quality",
    "mend_corrections",
    "miss_opt_out",
    "miss_report",
    "miss_subject_request",
    "note_draft",
    "object_registration",
    "open_listing",
    "open_opt_out",
    "open_reports",
    "open_retest",
    "open_subject_request",
    "pass_registration",
    "propose_shares",
    "propose_uphold",
    "provide_condition",
    "publish_version",
    "read_file",
    "recuse_review",
    "refuse_authorisation",
    "refuse_registration",
    "refuse_subject_request",
    "release_pilot",
    "release_review",
    "reply_objection",
    "report_pilot_fault",
    "rescreen_listing",
    "rescreen_slice",
    "return_registration",
    "revoke_authorisation",
    "revoke_certificate",
    "revoke_right",
    "revoke_source",
    "save_draft",
    "second_uphold",
    "set_aside_grade",
    "set_contributors",
    "set_guided_price",
    "show_question",
    "sign_shares",
    "submit_listing",
    "suggest_correction",
    "suspend_listing",
    "suspend_right",
    "tell_watchers",
    "thaw_certificate",
    "unread",
    "unwatch_listing",
    "watch_listing",
    "withdraw_consent",
    "withdraw_correction",
    "withdraw_pilot",
    "withdraw_question",
    "withdraw_registration",
    "withdraw_request",
    "withdraw_shares",
    "withdraw_version",
]
