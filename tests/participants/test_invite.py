"""The first people of an installation are invited on the command line; the link sets a password once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from participants.models import Membership, Organization, User
from participants.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NEW = {"new_password1": "a long sentence 9", "new_password2": "a long sentence 9"}
FIRST = {"role": "venue_operator", "name": "王芳", "identity": "11010519491231002X", "username": "wangfang"}


def invite(**options: Any) -> str:
    out = io.StringIO()
    call_command("invite", stdout=out, **(FIRST | options))
    return out.getvalue().strip()


def test_the_first_operator_sets_a_password_by_the_link_and_enters_the_desk(settings: Any) -> None:
    settings.PUBLIC_ADDRESS = "https://exchange.example.org/"
    link = invite()
    assert link.startswith("https://exchange.example.org/accounts/join/")
    path = link.removeprefix("https://exchange.example.org")
    client = Client()
    assert client.post(path, NEW).status_code == 302
    assert client.get(path).status_code == 404
    client.force_login(User.objects.get(username="wangfang"))
    assert client.get("/admin/participants/parameter/").status_code == 200
    assert Membership.objects.get(person__users__username="wangfang").organization.kind == "venue"


def test_an_authority_is_registered_once() -> None:
    for number, name in enumerate(("方正", "秦岚")):
        invite(role="regulator", authority="滨海市数据局", name=name, identity=str(number), username=f"r{number}",
               capability=["review_first"])
    authority = Organization.objects.get(name="滨海市数据局")
    assert (authority.kind, Membership.objects.filter(organization=authority, role=Role.REGULATOR).count()) == ("authority", 2)


@pytest.mark.parametrize(("options", "status"), [
    ({"authority": "滨海市数据局"}, 2), ({"role": "regulator"}, 2), ({"role": "compliance_officer", "username": "taken"}, 1),
])
def test_what_does_not_fit_is_refused(options: dict[str, str], status: int, capsys: Any) -> None:
    User.objects.filter(pk=make_user(Role.BUYER).pk).update(username="taken")
    with pytest.raises(SystemExit) as ended:
        invite(**options)
    assert ended.value.code == status and not Membership.objects.filter(person__users__username="wangfang").exists()


def test_no_trading_party_is_made_here() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("invite", "--role", "buyer", "--name", "x", "--identity", "1", "--username", "x")
