"""Webhooks (CAP-I6): signed, in the log's order, at least once, tried again on schedule, paused and not lost, replayed from any place."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from evidence.models import Record
from evidence.queries import extent
from exchange.client import Forged, check_webhook
from exchange.feed import read_for_webhook
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants import webhooks
from participants.models import Notice, Organization, Webhook, WebhookSend
from participants.operations import issue_token, revoke_token
from participants.roles import Role
from participants.webhooks import (
    MOST,
    RETRIES,
    end_webhook,
    pause_webhook,
    register_webhook,
    resume_webhook,
    rotate_secret,
    send_due,
    signature_of,
)
from tests.factories import make_actor, make_organization
from tests.receivers import Receiver, receiver, say
from tests.threads import in_threads
from tests.trading.worlds import move, stand_still

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_this_machine(settings: Any) -> None:
    stand_still()
    settings.WEBHOOKS_REACH_PRIVATE = True


def party() -> tuple[Organization, Actor]:
    ours = make_organization(Role.DATA_MERCHANT)
    return ours, make_actor(Role.DATA_MERCHANT, organization=ours)


def hook(there: Receiver, ours: Organization, actor: Actor, **more: Any) -> tuple[Webhook, str]:
    return register_webhook(organization=ours, url=there.url, actor=actor, clock=MARKET_CLOCK, **more)


def happen(actor: Actor, ours: Organization, times: int = 1) -> None:
    """Something of the organisation's own happens and is sealed."""
    from evidence.operations import drain
    from participants.models import User

    for number in range(times):
        issue_token(user=User.objects.get(pk=actor.user_id or 0), organization=ours, name=f"key {number}", scopes=["read"], days=1,
                    actor=actor, clock=MARKET_CLOCK)
    drain()


def tell() -> int:
    return send_due(read=read_for_webhook, clock=MARKET_CLOCK)


def bodies(there: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in there.calls]


@covers("CAP-I6")
def test_what_happens_is_told_in_the_order_of_the_log_signed_and_without_its_content() -> None:
    ours, actor = party()
    with receiver() as there:
        made, secret = hook(there, ours, actor, kinds=["participants.token."])
        happen(actor, ours, 3)
        assert tell() == 3 and tell() == 0
        told = bodies(there)
        assert [one["kind"] for one in told] == ["participants.token.issued"] * 3
        assert [one["position"] for one in told] == sorted(one["position"] for one in told)
        assert set(told[0]) == {"id", "position", "kind", "at", "subject", "href"} and told[0]["subject"] == actor.person
        for call in there.calls:
            assert check_webhook(secret, call.headers, call.body)["id"].startswith(made.code)
            with pytest.raises(Forged):
                check_webhook(secret, call.headers, call.body.replace(b"issued", b"forged"))
        made.refresh_from_db()
        assert (made.position, made.tries) == (extent()[0], 0)


@covers("CAP-I6")
def test_the_signature_is_the_published_one() -> None:
    """The worked example of the Standard Webhooks specification: HMAC-SHA256 over ``id.timestamp.body`` under the secret's bytes."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    assert signature_of(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = {"Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "Webhook-Timestamp": "1614265330",
               "Webhook-Signature": "v1,bm9uZQ== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
    assert check_webhook(secret, headers, body, now=1614265330 + 299) == {"test": 2432232314}
    with pytest.raises(Forged, match="five minutes"):
        check_webhook(secret, headers, body, now=1614265330 + 360)


@covers("CAP-I6")
def test_what_is_not_taken_is_tried_again_on_schedule_and_then_the_address_is_paused_and_its_owner_told() -> None:
    ours, actor = party()
    with receiver() as there:
        there.answer = lambda handler: say(handler, 500)
        made, _secret = hook(there, ours, actor, kinds=["participants.token."])
        happen(actor, ours, 2)
        for number, wait in enumerate(RETRIES, start=1):
            assert tell() == 0
            made.refresh_from_db()
            assert (made.tries, made.due_at) == (number, MARKET_CLOCK.now() + wait)
            move(seconds=(wait - timedelta(seconds=1)).total_seconds())
            assert tell() == 0 and len(there.calls) == number, "before its time nothing is tried"
            move(seconds=1)
        assert tell() == 0
        made.refresh_from_db()
        assert (made.status, made.status_reason) == ("paused", "9 × 500")
        assert len({one["position"] for one in bodies(there)}) == 1, "the second fact waits behind the first"
        assert Notice.objects.filter(organization=ours, kind="participants.webhook.paused").count() == 1
        there.answer = lambda handler: say(handler, 200)
        assert tell() == 0, "a paused address is left alone"
        resume_webhook(webhook=made, actor=actor, clock=MARKET_CLOCK)
        assert tell() == 2, "nothing was lost by the pause"


@covers("CAP-I6")
def test_a_replay_tells_again_from_any_place_under_the_same_ids() -> None:
    ours, actor = party()
    with receiver() as there:
        made, _secret = hook(there, ours, actor, kinds=["participants.token."])
        begun = made.position
        happen(actor, ours, 3)
        tell()
        resume_webhook(webhook=made, position=begun, actor=actor, clock=MARKET_CLOCK)
        assert tell() == 3
        ids = [one["id"] for one in bodies(there)]
        assert ids[:3] == ids[3:], "the receiver knows them again"
        with pytest.raises(Rejected) as no:
            resume_webhook(webhook=made, position=extent()[0] + 1, actor=actor, clock=MARKET_CLOCK)
        assert no.value.code == "participants.webhook.position"


@covers("CAP-I6")
def test_while_a_secret_is_changed_both_sign_and_afterwards_the_new_one_alone() -> None:
    ours, actor = party()
    with receiver() as there:
        made, former = hook(there, ours, actor, kinds=["participants.token."])
        fresh = rotate_secret(webhook=made, actor=actor, clock=MARKET_CLOCK)
        happen(actor, ours)
        tell()
        for secret in (former, fresh):
            check_webhook(secret, there.calls[0].headers, there.calls[0].body)
        move(days=webhooks.SECRET_DAYS)
        happen(actor, ours)
        tell()
        check_webhook(fresh, there.calls[1].headers, there.calls[1].body)
        with pytest.raises(Forged):
            check_webhook(former, there.calls[1].headers, there.calls[1].body)


@covers("CAP-I6", "I30")
def test_the_secret_is_shown_once_stands_enciphered_and_is_gone_with_its_end() -> None:
    ours, actor = party()
    with receiver() as there:
        made, secret = hook(there, ours, actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM participants_webhook")
        assert secret not in cursor.fetchone()[0]
    assert secret not in json.dumps([one.payload for one in Record.objects.all()])
    end_webhook(webhook=made, actor=actor, clock=MARKET_CLOCK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, former_secret FROM participants_webhook")
        assert cursor.fetchone() == ("", "")
    with pytest.raises(Rejected) as no:
        resume_webhook(webhook=made, actor=actor, clock=MARKET_CLOCK)
    assert no.value.code == "participants.webhook.ended"
    with pytest.raises(DatabaseError), transaction.atomic():
        Webhook.objects.filter(pk=made.pk).update(status="active")


@covers("CAP-I6", "T53")
def test_an_address_inside_is_refused_when_registered_and_again_when_it_is_called(settings: Any) -> None:
    ours, actor = party()
    with receiver() as there:
        hook(there, ours, actor, kinds=["participants.token."])
        happen(actor, ours)
        settings.WEBHOOKS_REACH_PRIVATE = False
        assert tell() == 0 and there.calls == []
        assert WebhookSend.objects.get().fault == "address"
        with pytest.raises(Rejected) as no:
            register_webhook(organization=ours, url="https://169.254.169.254/", actor=actor, clock=MARKET_CLOCK)
        assert (no.value.code, no.value.status) == ("participants.webhook.address", 400)


@covers("CAP-I6")
def test_bad_requests_name_what_is_wrong() -> None:
    ours, actor = party()
    with receiver() as there:
        made, _secret = hook(there, ours, actor)
        with pytest.raises(Rejected, match="taken"):
            hook(there, ours, actor)
        with pytest.raises(Rejected, match="kind_unknown"):
            register_webhook(organization=ours, url=there.url + "2", kinds=["'; DROP"], actor=actor, clock=MARKET_CLOCK)
        for number in range(MOST - 1):
            register_webhook(organization=ours, url=f"{there.url}/{number}", actor=actor, clock=MARKET_CLOCK)
        with pytest.raises(Rejected, match="too_many"):
            register_webhook(organization=ours, url=there.url + "/more", actor=actor, clock=MARKET_CLOCK)
        _other, stranger = party()
        for act in (pause_webhook, end_webhook, rotate_secret, resume_webhook):
            with pytest.raises(Rejected) as no:
                act(webhook=made, actor=stranger, clock=MARKET_CLOCK)
            assert no.value.status == 404, "a stranger's address is absent"


@covers("CAP-I6")
def test_a_place_moved_while_a_fact_was_told_is_not_overwritten() -> None:
    ours, actor = party()
    with receiver() as there:
        made, _secret = hook(there, ours, actor, kinds=["participants.token."])
        begun = made.position
        happen(actor, ours, 2)
        webhook = Webhook.objects.get(pk=made.pk)
        Webhook.objects.filter(pk=made.pk).update(position=begun + 1)
        assert not webhooks._step(webhook, begun + 2), "somebody moved it: the step is not taken"
        assert Webhook.objects.get(pk=made.pk).position == begun + 1


@covers("CAP-I6", "T26")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_an_address_each_fact_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight visits at once; the naive worker that takes no lock tells facts several times over."""
    stand_still()

    def calls(naive: bool) -> list[int]:
        ours, actor = party()
        with receiver() as there:
            hook(there, ours, actor, kinds=["participants.token."])
            happen(actor, ours, 12)
            if naive:
                monkeypatch.setattr(webhooks._Alone, "__enter__", lambda self: setattr(self, "mine", False) or True)
            in_threads(8, lambda _number: tell())
            while tell():
                pass
            end_webhook(webhook=Webhook.objects.exclude(status="ended").get(), actor=actor, clock=MARKET_CLOCK)
            return [one["position"] for one in bodies(there)]

    alone = calls(naive=False)
    assert alone == sorted(set(alone)) and len(alone) == 12
    crowd = calls(naive=True)
    assert len(crowd) > 12, "told more than once"


def test_tokens_revoked_are_told_too() -> None:
    ours, actor = party()
    with receiver() as there:
        hook(there, ours, actor, kinds=["participants.token.revoked"])
        happen(actor, ours)
        from evidence.operations import drain
        from participants.models import ApiToken

        revoke_token(token=ApiToken.objects.get(organization=ours), actor=actor, clock=MARKET_CLOCK)
        drain()
        assert tell() == 1 and isinstance(datetime.fromisoformat(bodies(there)[0]["at"]), datetime)
        assert bodies(there)[0]["at"] == rfc3339(MARKET_CLOCK.now())


@covers("CAP-I6")
def test_a_slow_address_does_not_take_the_turn_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit ends after its seconds; what is left is told at the next, and the place says from where."""
    ours, actor = party()
    with receiver() as there:
        made, _secret = hook(there, ours, actor, kinds=["participants.token."])
        happen(actor, ours, 3)
        there.answer = lambda handler: (time.sleep(0.2), say(handler, 200))[1]
        monkeypatch.setattr(webhooks, "_SECONDS", 0.3)
        assert tell() == 2 and tell() == 1
        made.refresh_from_db()
        assert made.position == extent()[0] and made.tries == 0
