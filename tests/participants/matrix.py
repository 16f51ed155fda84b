"""Who may what at the addresses of participants. Everything a party has is its own; a stranger's is absent."""

import io

from tests.matrix import DESKS, EVERYONE, PARTIES, PROGRAMS, SIGNED_IN, Row, World

_MANAGES = PARTIES | {"operator", "regulator"}


def _paper(world: World) -> dict[str, str]:
    return {"code": world.things["paper"].code}


def _case(world: World) -> dict[str, str]:
    return {"code": world.things["succession"].code}


ROWS: dict[str, Row] = {
    "accounts/login/": Row(get=EVERYONE, post=EVERYONE, note="whoever is signed in is led on"),
    "accounts/logout/": Row(post=EVERYONE),
    "accounts/password/": Row(get=PROGRAMS, post=PROGRAMS),
    "accounts/email/": Row(get=PROGRAMS, post=PROGRAMS),
    "accounts/email/<str:token>/": Row(get=PROGRAMS, post={"merchant"}, like=lambda world: {"token": world.things["link"]},
                                         note="good for the sign-in that asked, whatever its roles; absent for others"),
    "accounts/second-factor/": Row(get=PROGRAMS, post=PROGRAMS),
    "accounts/join/<str:uid>/<str:token>/": Row(get=EVERYONE, post=EVERYONE, like=lambda world: {"uid": "x", "token": "y"},
                                                note="404 by its own code: the invitation has ended"),
    "accounts/apply/": Row(get=EVERYONE, post=EVERYONE),
    "accounts/apply/classes/": Row(get=EVERYONE),
    "recognised/": Row(get=EVERYONE),
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
    "desk/organisation/proofs/": Row(get=PARTIES, post=PARTIES),
    "desk/organisation/proofs/<str:code>/back/": Row(post={"merchant"}, absent=PARTIES - {"merchant"}, like=_paper),
    "desk/organisation/proofs/<str:code>/file/": Row(get={"merchant"}, absent=PARTIES - {"merchant"}, like=_paper),
    "desk/organisation/profile/": Row(get=PARTIES, post=PARTIES),
    "desk/organisation/billing/": Row(get=PARTIES, post=PARTIES, body={"cost_centre": "CC-1"}),
    "desk/organisation/networks/": Row(get=PARTIES, post=PARTIES, body={"networks": "203.0.113.0/24\n127.0.0.0/8"}),
    "desk/organisation/spending/": Row(get=PARTIES, post=PARTIES, body={"act": "ask", "about": "LOT-1", "amount": "1"}),
    "desk/successions/": Row(get=PARTIES | DESKS),
    "desk/successions/new/": Row(get=PARTIES | {"compliance"}, post=PARTIES | {"compliance"}),
    "desk/successions/<str:code>/": Row(
        get={"merchant", "merchant_b"} | DESKS, post={"merchant", "merchant_b", "compliance"}, like=_case,
        absent=PARTIES - {"merchant", "merchant_b"}, body={"act": "apportion"}),
    "desk/successions/<str:code>/<str:name>/": Row(
        get={"merchant", "merchant_b"} | DESKS, absent=PARTIES - {"merchant", "merchant_b"},
        like=lambda world: {**_case(world), "name": "agreement"}),
    "desk/takeout/": Row(get=PARTIES, post=PARTIES),
    "desk/takeout/<str:code>/file/": Row(
        get={"merchant"}, absent=PARTIES - {"merchant"}, like=lambda world: {"code": world.things["pack"]}),
    "desk/sign-ins/": Row(get={"secadmin", "auditadmin"}, post={"secadmin"}, note="one switches, another looks on", body=lambda world: {
        "user": str(world.users["buyer"].pk), "act": "disable", "reason": "x"}),
    "desk/reads/": Row(get={"auditadmin", "auditor", "regulator"}, post={"auditadmin", "auditor", "regulator"}, body=lambda world: {
        "read": str(world.things["staff_read"]), "verdict": "fitting"}),
    "desk/organisation/reads/": Row(get=SIGNED_IN),
    "desk/audit/": Row(get={"auditadmin", "auditor", "regulator"}, post={"auditor", "regulator"}, note="one draws, another looks on",
                       body={"kind": "participants.admission.admitted", "since": "2020-01-01", "until": "2026-01-01", "size": "1",
                             "seed": "x"}),
    "desk/audit/object/": Row(get={"auditadmin", "auditor", "regulator"}),
    "desk/audit/changes/": Row(get={"auditadmin", "auditor", "regulator"}),
    "desk/audit/grants/": Row(get={"auditadmin", "auditor", "regulator"}),
    "desk/audit/duties/": Row(get={"auditadmin", "auditor", "regulator"}),
    "desk/audit-log/": Row(get={"auditadmin", "auditor", "regulator"}),
}

def extend(world: World) -> None:
    """A key of the merchant's, a paper it handed in, a merger of it into its rival, and the link that confirms its new e-mail address."""
    from evidence.clock import MARKET_CLOCK
    from evidence.files import deposit
    from participants.actors import actor_of
    from participants.operations import ask_email_change, issue_token
    from participants.successions import file_succession
    from tests.factories import PDF, clock, hand_in

    user = world.users["merchant"]
    actor = actor_of(user)
    world.things["key"], _ = issue_token(user=user, organization=user.acting_for, name="k", scopes=["read"], days=1, actor=actor,
                                         clock=clock())
    from participants.packing import ask_takeout, write_takeout

    world.things["pack"] = write_takeout(takeout=ask_takeout(organization=user.acting_for, actor=actor, clock=MARKET_CLOCK),
                                         clock=MARKET_CLOCK).code
    [world.things["paper"]] = hand_in(user.acting_for, actor, "mlps", at=MARKET_CLOCK.now())
    kept = [deposit(io.BytesIO(PDF), name="a.pdf", owner=user.acting_for.code, at=MARKET_CLOCK.now()) for _ in range(2)]
    world.things["succession"] = file_succession(
        predecessor=user.acting_for, heirs=[world.users["merchant_b"].acting_for], kind="merger", agreement=kept[0], extract=kept[1],
        actor=actor, clock=MARKET_CLOCK)
    from participants.models import StaffRead
    from participants.reads import note_read

    note_read(owner=user.acting_for, kind="proof", subject=world.things["paper"].code, ground="participants.proof.read",
              actor=actor_of(world.users["compliance"]), clock=MARKET_CLOCK)
    world.things["staff_read"] = StaffRead.objects.latest("pk").pk
    world.things["link"] = ask_email_change(user=user, email="new@example.cn", actor=actor, clock=MARKET_CLOCK)
