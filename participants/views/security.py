"""Pages about sign-ins: one's own e-mail address, and the security administrator's list; the audit administrator's log (T46, T47)."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.hashers import check_password
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence import queries as evidence
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.auditing.histories import plain
from participants.doors import page
from participants.models import User
from participants.operations import (
    ask_email_change,
    confirm_email_change,
    disable_sign_in,
    enable_sign_in,
    reset_second_factor,
)
from participants.permissions import allowed
from participants.signin_limits import count_try, forgive
from participants.step_up import sensitive

__all__ = ["audit_log", "change_email", "confirm_email", "sign_ins"]

PAGE = 100
#: the facts an administrator's audit is about: people, rights, sign-ins, keys, figures
AUDITED = {
    "membership": gettext_lazy("成员与角色"), "signin": gettext_lazy("登录账号"), "token": gettext_lazy("接口令牌"),
    "approval": gettext_lazy("双人审批"),
    "parameter": gettext_lazy("参数"), "calendar": gettext_lazy("工作日历"), "venue": gettext_lazy("场所"),
    "person": gettext_lazy("个人信息删除"),
    "retention": gettext_lazy("保存期限"), "read": gettext_lazy("查阅"), "export": gettext_lazy("数据导出"),
}


class EmailForm(forms.Form):
    """A new address and the password that shows it is really you."""

    email = forms.EmailField(label=gettext_lazy("新邮箱"), max_length=200)
    password = forms.CharField(label=gettext_lazy("当前密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


@covers("T46")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def change_email(request: HttpRequest) -> HttpResponse:
    """Asks for the password, then sends a link to the new address; the old address is told too."""
    user = User.objects.get(username=request.user.get_username())
    form = EmailForm(request.POST or None)
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        tried = count_try("step_up", str(user.pk), request)
        if tried.wait:
            rejected = Rejected("participants.signin.locked", minutes=(tried.wait + 59) // 60)
        elif not check_password(form.cleaned_data["password"], user.password):
            form.add_error("password", _("密码不正确。"))
        else:
            forgive(tried)
            _send_link(request, user, form.cleaned_data["email"])
            messages.success(request, _("确认链接已发往新邮箱，24 小时内有效；确认之前原邮箱不变。"))
            return redirect("participants:email")
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "participants/email.html", {"form": form, "rejected": rejected, "email": user.email}, status=status)


def _send_link(request: HttpRequest, user: User, email: str) -> None:
    token = ask_email_change(user=user, email=email, actor=actor_of(user), clock=MARKET_CLOCK)
    link = request.build_absolute_uri(reverse("participants:confirm_email", args=[token]))
    send_mail(_("确认您的新邮箱"), _("请在 24 小时内登录并打开此链接确认：{link}").format(link=link), settings.DEFAULT_FROM_EMAIL, [email],
              fail_silently=False)
    if user.email:
        send_mail(_("有人申请更改您的邮箱"), _("如非本人操作，请立即更改密码并联系场所的安全管理员。"), settings.DEFAULT_FROM_EMAIL,
                  [user.email],
                  fail_silently=True)


@covers("T46")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """The link that was sent to the new address: confirmed by the sign-in that asked, with a press of its own."""
    user = User.objects.get(username=request.user.get_username())
    if request.method == "POST":
        changed = confirm_email_change(user=user, token=token, actor=actor_of(user), clock=MARKET_CLOCK)
        request.session.cycle_key()
        update_session_auth_hash(request, changed)
        messages.success(request, _("邮箱已更改；其他会话已全部退出。"))
        return redirect("participants:email")
    return render(request, "participants/confirm_email.html", {"token": token})


@covers("T47")
@never_cache
@require_http_methods(["GET", "POST"])
@page("participants.signin.see")
@sensitive
def sign_ins(request: HttpRequest) -> HttpResponse:
    """Every sign-in with its state; the security administrator switches one off or on, or takes a lost factor away, with the reason."""
    actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
    rejected: Rejected | None = None
    acts = {"disable": disable_sign_in, "enable": enable_sign_in, "reset_factor": reset_second_factor}
    if request.method == "POST":
        key, act = request.POST.get("user", ""), acts.get(request.POST.get("act", ""))
        user = User.objects.filter(pk=whole(key, digits=11) or 0).first()
        if user is None or act is None:
            raise Rejected("participants.object.absent")
        try:
            act(user=user, reason=request.POST.get("reason", "")[:200], actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("已记录并生效。"))
            return redirect("participants:sign_ins")
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            rejected = no
    after = request.GET.get("after", "")
    rows = User.objects.select_related("person", "acting_for", "second_factor").order_by("pk")
    if after.isascii() and after.isdigit() and len(after) < 12:
        rows = rows.filter(pk__gt=int(after))
    shown = list(rows[: PAGE + 1])
    return render(request, "participants/sign_ins.html", {
        "rows": shown[:PAGE], "forth": f"?after={shown[PAGE - 1].pk}" if len(shown) > PAGE else "", "rejected": rejected,
        "may_act": allowed(actor, "participants.signin.manage", at=at)}, status=rejected.status if rejected else 200)


@covers("T47", "I28")
@never_cache
@require_safe
@page("participants.audit.read")
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who was given what, who changed which sign-in, figure or key; the audit administrator reads and changes nothing."""
    kind = request.GET.get("kind", "")
    wanted = [kind] if kind in AUDITED else list(AUDITED)
    found = [one for word in wanted for one in evidence.records(kind=f"participants.{word}.")[:PAGE]]
    newest = sorted(found, key=lambda one: one.at, reverse=True)[:PAGE]
    rows = [(one, [(name, plain(value)) for name, value in one.payload.items() if value not in ("", [], None)]) for one in newest]
    return render(request, "participants/audit_log.html", {"rows": rows, "kind": kind, "kinds": list(AUDITED.items())})
