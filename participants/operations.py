"""What changes here. Standing and notices stand in this file; venues, organisations, ownership, admissions, proofs, people and second
opinions in files of their own. All are named here, so callers need one address.

``at`` is handed in where rooms above call down inside their own act; acts that start here take ``clock``.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evidence.operations import operation, record
from kit.actors import Actor
from kit.coverage import covers
from participants.admission_objections import decide_admission_objection, object_to_refusal, withdraw_admission_objection
from participants.admissions import (
    accept_admission,
    admit,
    file_admission,
    lapse_admissions,
    leave,
    open_admission,
    refuse_admission,
    return_admission,
    revoke_admission,
    save_answers,
    second_admission,
    withdraw_admission,
)
from participants.approvals import ask_approval, decide_approval, lapse_approvals, withdraw_approval
from participants.capabilities import hold_capability, lift_capability, lift_holds
from participants.events import StandingChanged
from participants.figures import ask_figure, decide_figure
from participants.models import Notice, Organization, StandingChange
from participants.notices import notify
from participants.organizations import check_uscc, register_organization
from participants.ownership import declare_stake, end_stake
from participants.people import (
    end_membership,
    invite_member,
    issue_token,
    real_name_key,
    revoke_token,
)
from participants.permissions import require
from participants.profiles import assess_compliance, edit_profile, end_sponsorship, note_contractor, vouch_for
from participants.proofs import accept_proof, hand_in_proof, lapse_proofs, refuse_proof, withdraw_proof
from participants.roles import Band, Standing
from participants.security_reviews import decide_security_review
from participants.signins import ask_email_change, confirm_email_change, disable_sign_in, enable_sign_in, reset_second_factor
from participants.venues import decide_venue, open_venue, propose_venue

__all__ = [
    "accept_admission", "accept_proof", "admit", "ask_approval", "ask_email_change", "ask_figure", "assess_compliance", "check_uscc",
    "confirm_email_change", "decide_admission_objection", "decide_approval", "decide_figure", "decide_security_review", "decide_venue",
    "declare_stake", "disable_sign_in", "edit_profile", "enable_sign_in", "end_membership", "end_sponsorship", "end_stake",
    "file_admission", "hand_in_proof", "hold_capability", "invite_member", "issue_token", "lapse_admissions", "lapse_approvals",
    "lapse_proofs", "leave", "lift_capability", "lift_holds", "note_contractor", "notify", "object_to_refusal", "open_admission",
    "open_venue", "propose_venue", "read_notices", "real_name_key", "refuse_admission", "refuse_proof", "register_organization",
    "reset_second_factor", "return_admission", "revoke_admission", "revoke_token", "save_answers", "second_admission", "set_standing",
    "vouch_for", "withdraw_admission", "withdraw_admission_objection", "withdraw_approval", "withdraw_proof",
]

_STANDING_TEXT = {Standing.GOOD: "good standing", Standing.WATCH: "under watch", Standing.RESTRICTED: "restricted",
                  Standing.SUSPENDED: "suspended"}


@covers("R67")
def set_standing(*, organization: Organization, standing: str, band: str, cause_code: str, reason: str, actor: Actor,
                 at: datetime) -> StandingChange | None:
    """This will move an organisation's standing and band for a cause on file; None when it stands there already.

    Called down by compliance in the transaction of the finding, sanction or restoration that moves it.
    """
    organization.refresh_from_db(fields=["standing", "band"])
    if (organization.standing, organization.band) == (standing, band):
        return None
    return _move_standing(organization=organization, to_standing=Standing(standing), to_band=Band(band), cause_code=cause_code,
                          reason=reason, actor=actor, at=at)


@operation("participants.standing.change")
def _move_standing(*, organization: Organization, to_standing: Standing, to_band: Band, cause_code: str, reason: str, actor: Actor,
                   at: datetime) -> StandingChange:
    require(actor, "participants.standing.change", at=at)
    held = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    change = StandingChange.objects.create(organization=held, from_standing=held.standing, to_standing=to_standing, from_band=held.band,
                                           to_band=to_band, cause_code=cause_code, reason=reason, at=at)
    held.standing, held.band = to_standing, to_band
    held.save(update_fields=["standing", "band"])
    organization.standing, organization.band = to_standing, to_band
    record(StandingChanged(subject=held.code, from_standing=change.from_standing, to_standing=to_standing, from_band=change.from_band,
                           to_band=to_band, cause=cause_code, reason=reason), actor=actor, at=at)
    notify(organization=held, kind="participants.standing.changed", subject=cause_code, href="/desk/credit/", at=at,
           tone="ok" if to_standing == Standing.GOOD else "bad",
           text=(f"信用状态变为“{to_standing.label}”，等级 {to_band}。原因：{reason}",
                 f"Standing is now {_STANDING_TEXT[to_standing]}, band {to_band}. Reason: {reason}"))
    return change


def read_notices(*, organization: Organization, up_to: int, at: datetime) -> int:
    """This will mark an organisation's notices up to a number as read; a reader's mark, not a fact of the market."""
    with transaction.atomic():
        return Notice.objects.filter(organization=organization, seq__lte=up_to, read_at__isnull=True).update(read_at=at)
