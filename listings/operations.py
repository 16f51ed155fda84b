"""What changes here, in one address: import and resources, rights, registration, drafts, files, review, publication."""

from __future__ import annotations

from listings.attaching import attach_file, attach_proof
from listings.certificates import (
    cancel_certificate,
    decide_objection,
    expire_certificate,
    freeze_certificate,
    object_registration,
    reply_objection,
    revoke_certificate,
    thaw_certificate,
)
from listings.classifying import set_aside_grade
from listings.consents import expire_consent, give_consent, withdraw_consent
from listings.drafting import discard_version, draft_version, open_listing, save_draft, set_contributors
from listings.imports import Imported, Reported, import_file, read_file, unread
from listings.publishing import delist, hold_listing, lift_hold, publish_version, rescreen_listing, suspend_listing
from listings.quality import assess_quality, measure_quality
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
from listings.reviewing import claim_review, decide_review, note_draft, recuse_review, release_review
from listings.rights import assign_right, declare_right, expire_right, grant_right, lift_right, revoke_right, suspend_right
from listings.submitting import submit_listing, withdraw_version
from listings.supply import create_product, edit_resource

__all__ = [
    "Imported", "Reported", "accept_registration", "apply_registration", "assess_quality", "assign_right", "attach_file", "attach_proof",
    "cancel_certificate", "certify_registration",
    "claim_review", "create_product", "decide_objection", "decide_review", "declare_right", "delist", "discard_version",
    "draft_registration",
    "draft_version", "edit_registration", "edit_resource", "expire_certificate", "expire_consent", "expire_right", "freeze_certificate",
    "give_consent", "grant_right",
    "hold_listing", "import_file", "lift_hold", "lift_right", "measure_quality", "note_draft", "object_registration",
    "open_listing", "pass_registration",
    "publish_version", "read_file", "recuse_review", "refuse_registration", "release_review", "reply_objection", "rescreen_listing",
    "return_registration", "revoke_certificate", "revoke_right", "save_draft", "set_aside_grade", "set_contributors",
    "submit_listing", "suspend_listing", "suspend_right", "thaw_certificate", "unread", "withdraw_consent", "withdraw_registration",
    "withdraw_version",
]
