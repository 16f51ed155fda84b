"""Addresses of the participants' room: sign-in, admission, the organisation's own page (lifecycles §3)."""

from django.urls import path
from django.views.decorators.http import require_http_methods

from participants.views import apply, organisation, signin

app_name = "participants"

urlpatterns = [
    path("accounts/login/", require_http_methods(["GET", "POST"])(signin.SignIn.as_view()), name="login"),
    path("accounts/logout/", signin.sign_out, name="logout"),
    path("accounts/password/", require_http_methods(["GET", "POST"])(signin.ChangePassword.as_view()), name="password"),
    path("accounts/second-factor/", signin.second_factor, name="second_factor"),
    path("accounts/join/<str:uid>/<str:token>/", signin.join, name="join"),
    path("accounts/apply/", apply.apply, name="apply"),
    path("desk/organisation/", organisation.organisation, name="organisation"),
    path("desk/organisation/members/", organisation.invite, name="invite"),
    path("desk/organisation/members/<int:key>/end/", organisation.end_member, name="end_member"),
    path("desk/organisation/keys/", organisation.make_key, name="make_key"),
    path("desk/organisation/keys/<str:code>/revoke/", organisation.close_key, name="close_key"),
    path("desk/organisation/admission/", organisation.start_admission, name="start_admission"),
    path("desk/organisation/admission/<str:code>/", organisation.admission, name="admission"),
]
