"""Addresses of the participants' room: sign-in, admission, the organisation's own page (lifecycles §3)."""

from django.urls import path
from django.views.decorators.http import require_http_methods

from participants.views import (
    admission,
    apply,
    audit,
    billing,
    organisation,
    papers,
    reads,
    recognised,
    security,
    signin,
    spending,
    successions,
    takeouts,
)

app_name = "participants"

urlpatterns = [
    path("accounts/login/", require_http_methods(["GET", "POST"])(signin.SignIn.as_view()), name="login"),
    path("accounts/logout/", signin.sign_out, name="logout"),
    path("accounts/password/", require_http_methods(["GET", "POST"])(signin.ChangePassword.as_view()), name="password"),
    path("accounts/email/", security.change_email, name="email"),
    path("accounts/email/<str:token>/", security.confirm_email, name="confirm_email"),
    path("accounts/second-factor/", signin.second_factor, name="second_factor"),
    path("accounts/join/<str:uid>/<str:token>/", signin.join, name="join"),
    path("accounts/apply/", apply.apply, name="apply"),
    path("accounts/apply/classes/", apply.classes, name="classes"),
    path("recognised/", recognised.recognised, name="recognised"),
    path("desk/organisation/", organisation.organisation, name="organisation"),
    path("desk/organisation/members/", organisation.invite, name="invite"),
    path("desk/organisation/members/<int:key>/end/", organisation.end_member, name="end_member"),
    path("desk/organisation/keys/", organisation.make_key, name="make_key"),
    path("desk/organisation/keys/<str:code>/revoke/", organisation.close_key, name="close_key"),
    path("desk/organisation/admission/", admission.start_admission, name="start_admission"),
    path("desk/organisation/admission/<str:code>/", admission.admission, name="admission"),
    path("desk/organisation/proofs/", papers.proofs, name="proofs"),
    path("desk/organisation/proofs/<str:code>/back/", papers.take_back_proof, name="take_back_proof"),
    path("desk/organisation/proofs/<str:code>/file/", papers.proof_file, name="proof_file"),
    path("desk/successions/", successions.successions, name="successions"),
    path("desk/successions/new/", successions.file, name="file_succession"),
    path("desk/successions/<str:code>/", successions.succession, name="succession"),
    path("desk/successions/<str:code>/<str:name>/", successions.paper, name="succession_paper"),
    path("desk/takeout/", takeouts.takeout, name="takeout"),
    path("desk/takeout/<str:code>/file/", takeouts.takeout_file, name="takeout_file"),
    path("desk/sign-ins/", security.sign_ins, name="sign_ins"),
    path("desk/reads/", reads.reads, name="reads"),
    path("desk/organisation/reads/", reads.our_reads, name="our_reads"),
    path("desk/audit-log/", security.audit_log, name="audit_log"),
    path("desk/audit/", audit.audit, name="audit"),
    path("desk/audit/object/", audit.audit_object, name="audit_object"),
    path("desk/audit/changes/", audit.audit_changes, name="audit_changes"),
    path("desk/audit/grants/", audit.audit_grants, name="audit_grants"),
    path("desk/audit/duties/", audit.audit_duties, name="audit_duties"),
    path("desk/organisation/spending/", spending.spending, name="spending"),
    path("desk/organisation/billing/", billing.billing, name="billing"),
    path("desk/organisation/profile/", admission.profile, name="profile"),
]
