"""Applying for admission (/accounts/apply/): the organisation, its first member, the class sought; then the questions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR, actor_of
from participants.forms import ApplyForm
from participants.models import User
from participants.operations import invite_member, open_admission, register_organization
from participants.roles import OrganizationKind

__all__ = ["apply"]


@covers("W3", "A1")
@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The way in for an organisation that is not here yet; whoever is signed in goes to the organisation's page."""
    if request.user.is_authenticated:
        return redirect("participants:organisation")
    form = ApplyForm(request.POST or None)
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            validate_password(form.cleaned_data["password"])
            user = _enter(form.cleaned_data)
        except ValidationError as weak:
            form.add_error("password", weak)
        except Rejected as no:
            rejected = no
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("participants:organisation")
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "participants/apply.html", {"form": form, "rejected": rejected}, status=status)


def _enter(answers: dict[str, Any]) -> User:
    """Registers the organisation, its first member and a draft application, all or nothing."""
    with transaction.atomic():
        if User.objects.filter(username=answers["username"]).exists():
            raise Rejected("participants.member.username_taken")
        organization = register_organization(name=answers["name"], name_en=answers["name_en"], kind=OrganizationKind(answers["kind"]),
                                             uscc=answers["uscc"], actor=VISITOR, clock=MARKET_CLOCK)
        _, user = invite_member(organization=organization, name=answers["person"], identity=answers["identity"], role=answers["role"],
                                username=answers["username"], password=answers["password"], actor=SYSTEM, clock=MARKET_CLOCK)
        open_admission(organization=organization, role=answers["role"], actor=actor_of(user), clock=MARKET_CLOCK)
        return user
