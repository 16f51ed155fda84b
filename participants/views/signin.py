"""Signing in and out. Whether a user name exists is told to nobody: same words, same status, same work (T46)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash, views
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evidence.clock import MARKET_CLOCK
from kit.rejected import Rejected
from participants.forms import SecondFactorForm, SignInForm
from participants.models import Membership, Organization, User
from participants.people import close_sockets
from participants.predicates import in_force
from participants.roles import Role
from participants.second_factor import SESSION_MARK, begin, confirm, secret_of, verify
from participants.signin_limits import count_try, forgive
from participants.totp import provisioning_uri

__all__ = ["ChangePassword", "SignIn", "act_for", "join", "locked_out", "second_factor", "sign_out"]


#: Sign-ins of the demo market and what each is there.
DEMO_ACCOUNTS = (
    ("merchant", Role.DATA_MERCHANT), ("publicdata", Role.PUBLIC_DATA_OPERATOR), ("buyer", Role.BUYER), ("buyer2", Role.BUYER),
    ("compliance", Role.COMPLIANCE_OFFICER), ("regulator", Role.REGULATOR), ("regulator2", Role.REGULATOR),
    ("surveillance", Role.SURVEILLANCE), ("auditor", Role.AUDITOR), ("operator", Role.VENUE_OPERATOR), ("trustee", Role.TRUSTEE),
    ("researcher", Role.RESEARCHER),
)


class SignIn(views.LoginView):
    """The sign-in page. The session's id changes at sign-in; tries are counted before the password is looked at."""

    template_name = "participants/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        self.tried = count_try("signin", request.POST.get("username", ""), request)
        if self.tried.wait:
            return locked_out(request, self.tried.wait)
        return super().post(request, *args, **named)

    def form_valid(self, form: Any) -> HttpResponse:
        forgive(self.tried)
        response = super().form_valid(form)
        user: Any = self.request.user
        if user.language != settings.LANGUAGE_CODE and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", secure=settings.PRODUCTION)
        return response

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        demo = [(name, Role(role).label) for name, role in DEMO_ACCOUNTS] if settings.DEMO_ACCOUNTS and settings.PROFILE == "demo" else []
        return super().get_context_data(demo=demo, **named)


def locked_out(request: HttpRequest, seconds: int) -> HttpResponse:
    """This will answer a locked sign-in: the same for a name that exists and one that does not."""
    rejected = Rejected("participants.signin.locked", minutes=(seconds + 59) // 60)
    answer = render(request, "exchange/refusal.html", {"rejected": rejected}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends this session and the sign-in's open sockets."""
    if request.user.is_authenticated:
        close_sockets(request.user)
    return views.LogoutView.as_view()(request)  # type: ignore[return-value]


class ChangePassword(views.PasswordChangeView):
    """A new password; every other session of the sign-in ends."""

    template_name = "participants/password.html"
    success_url = reverse_lazy("participants:password")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        close_sockets(form.user)
        messages.success(self.request, _("密码已更改；其他会话已全部退出。"))
        return response


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """An invited person sets the first password; the link holds once and for three days."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(uid).decode())).first()
    except (ValueError, UnicodeDecodeError, OverflowError):
        user = None
    if user is None or user.has_usable_password() or not default_token_generator.check_token(user, token):
        raise Rejected("participants.invitation.ended")
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("participants:organisation")
    return render(request, "participants/join.html", {"form": form, "invited": user})


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Shows the second factor once a session: first to set it up, afterwards to be asked for its code."""
    if not request.user.is_authenticated:
        return redirect("participants:login")
    user: Any = request.user
    factor = begin(user)
    fresh = factor.confirmed_at is None
    form = SecondFactorForm(request.POST or None)
    words: list[str] | None = None
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        tried = count_try("factor", str(user.pk), request)
        if tried.wait:
            return locked_out(request, tried.wait)
        words = confirm(user, code, at=MARKET_CLOCK.now()) if fresh else None
        if words or (not fresh and verify(user, code)):
            forgive(tried)
            request.session[SESSION_MARK] = True
            request.session.cycle_key()
            update_session_auth_hash(request, user)
            if not words:
                return redirect(_back(request))
        else:
            form.add_error("code", _("验证码不正确或已用过，请等下一个。"))
    uri = provisioning_uri(secret_of(factor), user.username, "Data Exchange") if fresh and not words else ""
    return render(request, "participants/second_factor.html", {
        "form": form, "uri": uri, "secret": secret_of(factor) if uri else "", "picture": _qr(uri) if uri else "", "words": words,
        "back": _back(request)}, status=400 if form.errors else 200)


def _qr(uri: str) -> str:
    import segno

    return str(segno.make(uri, error="m").svg_data_uri(scale=4, dark="#000", light="#fff"))


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if asked and safe else "/desk/"


@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Switches the organisation this person acts for, among those with a role in force."""
    user: Any = request.user
    at = MARKET_CLOCK.now()
    seats = Membership.objects.filter(in_force(at), person_id=getattr(user, "person_id", None) or 0)
    chosen = Organization.objects.filter(code=request.POST.get("organization", ""), pk__in=seats.values("organization")).first()
    if chosen is None:
        raise Rejected("participants.object.absent")
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(acting_for=chosen)
        close_sockets(user)  # they belong to the former organisation
    return redirect(_back(request))
