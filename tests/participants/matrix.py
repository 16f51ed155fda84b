"""Who may what at the addresses of participants. Everything a party has is its own; a stranger's is absent."""

from tests.matrix import DESKS, EVERYONE, PARTIES, PROGRAMS, SIGNED_IN, Row

_MANAGES = PARTIES | {"operator", "regulator"}

ROWS: dict[str, Row] = {
    "accounts/login/": Row(get=EVERYONE, post=EVERYONE, note="whoever is signed in is led on"),
    "accounts/logout/": Row(post=EVERYONE),
    "accounts/password/": Row(get=PROGRAMS, post=PROGRAMS),
    "accounts/second-factor/": Row(get=PROGRAMS, post=PROGRAMS),
    "accounts/join/<str:uid>/<str:token>/": Row(get=EVERYONE, post=EVERYONE, like=lambda world: {"uid": "x", "token": "y"},
                                                note="404 by its own code: the invitation has ended"),
    "accounts/apply/": Row(get=EVERYONE, post=EVERYONE),
    "desk/organisation/": Row(get=SIGNED_IN),
    "desk/organisation/members/": Row(post=_MANAGES),
    "desk/organisation/members/<int:key>/end/": Row(
        post={"merchant"}, absent=_MANAGES - {"merchant"}, like=lambda world: {"key": world.colleague.pk}),
    "desk/organisation/keys/": Row(post=SIGNED_IN),
    "desk/organisation/keys/<str:code>/revoke/": Row(post={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=lambda world: {
        "code": world.things["key"].code}),
    "desk/organisation/admission/": Row(post=PARTIES),
    "desk/organisation/admission/<str:code>/": Row(
        get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=lambda world: {"code": world.application.code}),
}

assert DESKS  # the desks decide admissions in /admin/, not here


def extend(world) -> None:
    """A key of the merchant's."""
    from participants.actors import actor_of
    from participants.operations import issue_token
    from tests.factories import clock

    user = world.users["merchant"]
    world.things["key"], _ = issue_token(user=user, organization=user.acting_for, name="k", scopes=["read"], days=1, actor=actor_of(user),
                                         clock=clock())
