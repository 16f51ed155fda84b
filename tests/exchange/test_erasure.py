"""T60: a person is erased; the log still verifies, and nothing of the person is left in rows, search, cache, files or exports.

What stood in the log were commitments: their salt goes with the person's key, in every copy of the database. The naive variant
writes the name into the fact, and can then have either the name gone or the log whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client

from compliance.models import Complaint
from compliance.operations import close_complaint, file_complaint
from evidence import queries as evidence
from evidence import vault
from evidence.clock import MARKET_CLOCK
from evidence.events import Commitment, Event
from evidence.files import open_deposit
from evidence.models import SubjectKey
from evidence.operations import drain, operation, record
from evidence.vault import open_text, salt_of
from evidence.verify import verify_log
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.invariants import PersonalIsSealed
from participants.keeping import erase_person
from participants.models import Admission, Membership, Person, Proof, User
from participants.operations import edit_profile, end_membership, invite_member, open_admission
from participants.people import name_commitment
from participants.retention import keep_retention, keepings
from participants.roles import Role
from participants.timers import every
from tests.factories import NOW, clock, hand_in, make_actor, make_organization, make_user

NAME, NAME_EN, PHONE, MAIL = "司马懿之谜", "Sima Enigma", "13987654321", "sima.enigma@example.cn"
TRACES = (NAME, NAME_EN, PHONE, MAIL, "sima-login")


def log_is_whole() -> bool:
    verdict = verify_log(evidence.log_entries(), evidence.seals(), public_keys=evidence.public_keys())
    return not verdict.faults


def everywhere(connection: Any) -> dict[str, int]:
    """Rows of every table that hold a trace in clear (read as the superuser, so that nothing hides)."""
    found: dict[str, int] = {}
    asked = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    tables = [row[0] for row in connection.execute(asked)]
    for table in tables:
        clause = " OR ".join(["t::text LIKE %s"] * len(TRACES))
        count = connection.execute(f'SELECT count(*) FROM "{table}" t WHERE {clause}', [f"%{one}%" for one in TRACES]).fetchone()[0]
        if count:
            found[table] = count
    return found


def in_cache() -> list[str]:
    client = cache._cache.get_client(write=True)
    keys = list(client.scan_iter("*"))
    values = [client.get(key) if client.type(key) == b"string" else b"" for key in keys]
    return [str(key) for key, value in zip(keys, values, strict=True) for one in TRACES if one.encode() in (value or b"") + bytes(key)]


def in_files() -> list[str]:
    names = []
    for folder in default_storage.listdir("")[0]:
        names += [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    return [name for name in names for one in TRACES if one.encode() in default_storage.open(name).read()]


def a_person_who_left_traces() -> Person:
    """Somebody who joined, applied, was named chief data officer, complained, signed in, and left."""
    boss = make_user(Role.DATA_MERCHANT, organization=make_organization(admitted=False))
    ours = boss.acting_for
    membership, user = invite_member(organization=ours, name=NAME, name_en=NAME_EN, identity="310101199001019999", role=Role.BUYER,
                                     username="sima-login", password="correct-horse-9", actor=SYSTEM, clock=MARKET_CLOCK)
    user.email = MAIL
    user.save()
    edit_profile(organization=ours, changes={"chief_data_officer": NAME, "incident_contact": f"{NAME} {PHONE}"}, actor=actor_of(boss),
                 clock=MARKET_CLOCK)
    open_admission(organization=ours, category="merchant_other", answers={"legal_representative": NAME, "contact_email": MAIL,
                                                                          "business": "数据"},
                   actor=actor_of(boss), clock=MARKET_CLOCK)
    file_complaint(kind="privacy", text="对方未经同意使用我的信息，请处理。", reporter_name=NAME, contact=PHONE, actor=actor_of(user),
                   clock=MARKET_CLOCK)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert NAME in client.get("/desk/organisation/").content.decode()
    end_membership(membership=membership, reason="离职", actor=actor_of(boss), clock=MARKET_CLOCK)
    drain()
    return membership.person


@covers("T60", "I30")
@pytest.mark.django_db(transaction=True)
def test_an_erased_person_is_gone_everywhere_and_the_log_still_verifies(superuser_connection: Any) -> None:
    person = a_person_who_left_traces()
    before = everywhere(superuser_connection)
    assert set(before) == {"participants_user"}, "in clear there is only the sign-in's own name, and it is not the person's"
    backup = superuser_connection.execute("SELECT name, name_en FROM participants_person WHERE id = %s", [person.pk]).fetchone()
    assert [open_text(one) for one in backup] == [NAME, NAME_EN], "a backup is readable while the key lives"
    assert log_is_whole()
    promised = name_commitment(person)
    facts = [one.payload["name_commitment"] for one in evidence.records(kind="participants.membership.invited")]
    assert promised is not None and promised.digest() in facts, "the log can still prove the name"

    erased = erase_person(person=person, reason="本人请求", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    drain()
    assert everywhere(superuser_connection) == {} and in_cache() == [] and in_files() == []
    assert [open_text(one) for one in backup] == ["", ""], "the backup cannot be read any more"
    assert log_is_whole()
    assert (erased.name, erased.erased_at is not None, name_commitment(erased)) == ("", True, None)
    assert not SubjectKey.objects.filter(subject=person.code, destroyed_at__isnull=True).exists()
    assert not list(PersonalIsSealed().check())
    user = User.objects.get(person=person)
    assert not user.is_active and not user.has_usable_password() and user.email == ""
    complaint = Complaint.objects.get()
    assert (complaint.reporter_name, complaint.contact) == ("", "") and complaint.text, "the matter itself stays"


@covers("T60")
@pytest.mark.django_db(transaction=True)
def test_erasing_is_done_once_and_never_to_whoever_still_holds_a_role() -> None:
    user = make_user(Role.BUYER)
    desk = make_actor(Role.COMPLIANCE_OFFICER)
    with pytest.raises(Rejected) as caught:
        erase_person(person=user.person, reason="x", actor=desk, clock=MARKET_CLOCK)
    assert caught.value.code == "participants.person.active"
    Membership.objects.filter(person=user.person).update(effective_to=MARKET_CLOCK.now())
    with pytest.raises(Rejected) as caught:
        erase_person(person=user.person, reason="x", actor=make_actor(Role.DATA_MERCHANT), clock=MARKET_CLOCK)
    assert caught.value.code == "participants.permission.denied"
    first = erase_person(person=user.person, reason="x", actor=desk, clock=MARKET_CLOCK)
    assert erase_person(person=user.person, reason="x", actor=desk, clock=MARKET_CLOCK).erased_at == first.erased_at
    from django.db import IntegrityError, transaction

    for change in ({"real_name_key": "again"}, {"erased_at": None}, {"name": "dx1:00"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.filter(pk=user.person_id).update(**change)


# ---- the naive variant -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class NaiveJoined(Event):
    kind: ClassVar[str] = "participants.naive.joined"
    name: str


@dataclass(frozen=True, kw_only=True)
class CommittedJoined(Event):
    kind: ClassVar[str] = "participants.naive.committed"
    name: Commitment


@operation("participants.naive.join")
def join(*, event: Event, actor: Actor, clock: Any) -> None:
    record(event, actor=actor, at=clock.now())


@covers("T60")
@pytest.mark.django_db(transaction=True)
def test_a_name_written_into_the_fact_can_only_be_struck_by_breaking_the_log(superuser_connection: Any) -> None:
    """The mutant: erasing leaves the name where it is; taking it out of the record breaks the chain."""
    join(event=NaiveJoined(subject="PSN-1", name=NAME), actor=SYSTEM, clock=MARKET_CLOCK)
    join(event=CommittedJoined(subject="PSN-2", name=Commitment(NAME_EN, salt_of("PSN-2", "name"))), actor=SYSTEM, clock=MARKET_CLOCK)
    drain()
    assert log_is_whole() and everywhere(superuser_connection) == {"evidence_record": 1}
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute("UPDATE evidence_record SET payload = '{\"name\": \"\"}' WHERE kind = 'participants.naive.joined'")
    assert everywhere(superuser_connection) == {} and not log_is_whole()


# ---- terms of keeping --------------------------------------------------------------------------------------------------------


@covers("T60")
def test_every_kept_kind_has_its_term_in_the_timers() -> None:
    keys = {row.key for row in every()}
    assert {one.timer for one in keepings()} <= keys
    assert {"participants.application", "participants.proof", "participants.person", "participants.signin", "compliance.reporter",
            "compliance.declaration_draft"} <= {one.kind for one in keepings()}


@covers("T60")
@pytest.mark.django_db(transaction=True)
def test_the_nightly_round_destroys_what_is_past_its_term_and_nothing_a_day_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    from participants.operations import refuse_proof, withdraw_admission

    boss = make_user(Role.DATA_MERCHANT, organization=make_organization(admitted=False))
    ours, actor = boss.acting_for, actor_of(boss)
    held = open_admission(organization=ours, category="merchant_other", answers={"legal_representative": NAME}, actor=actor, clock=clock())
    withdraw_admission(admission=held, actor=actor, clock=clock())
    [proof] = hand_in(ours, actor, "mlps")
    refuse_proof(proof=proof, reason="伪造", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=clock())
    complaint, _ = file_complaint(kind="privacy", text="请核查这一来源是否合法，谢谢。", reporter_name=NAME, contact=PHONE,
                                  actor=make_actor(Role.BUYER),
                                  clock=clock())
    from compliance.operations import accept_complaint

    desk = make_actor(Role.COMPLIANCE_OFFICER)
    complaint = accept_complaint(complaint=complaint, actor=desk, clock=clock())
    close_complaint(complaint=complaint, answer="已核查，来源合法。", actor=desk, clock=clock())
    gone = make_user(Role.BUYER)
    Membership.objects.filter(person=gone.person).update(effective_to=NOW)
    three_years = NOW.replace(year=NOW.year + 3)
    assert keep_retention(clock=clock(three_years - timedelta(days=1))) == {}
    assert Admission.objects.get(pk=held.pk).answers == {"legal_representative": NAME}
    with monkeypatch.context() as naive:
        naive.setattr("participants.retention.record", lambda *_, **__: 1 / 0)
        assert keep_retention(clock=clock(three_years)) == {}, "what cannot be told is not destroyed"
    assert Admission.objects.get(pk=held.pk).answers == {"legal_representative": NAME}
    destroyed = {"participants.application": 1, "participants.proof": 1, "compliance.reporter": 1, "participants.person": 1}
    assert keep_retention(clock=clock(three_years)) == destroyed
    assert Admission.objects.get(pk=held.pk).answers == {}
    assert Person.objects.get(pk=gone.person_id).erased_at == three_years
    with pytest.raises(Rejected) as caught:
        open_deposit(Proof.objects.get(pk=proof.pk).deposit)
    assert caught.value.code == "evidence.file.erased"
    assert keep_retention(clock=clock(three_years)) == {}, "what is done is found done"
    told = [one.payload["destroyed"] for one in evidence.records(kind="participants.retention.kept")]
    assert len(told) == len(destroyed) and {kind: count for one in told for kind, count in one.items()} == destroyed


@covers("T60")
@pytest.mark.django_db(transaction=True)
def test_a_file_that_another_still_needs_is_kept_until_the_last_one_goes(settings: Any, tmp_path: Any) -> None:
    from evidence.files import erase_deposit

    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                                                          "OPTIONS": {"location": str(tmp_path)}}}
    from django.db import transaction

    papers = []
    for _ in range(2):
        user = make_user(Role.DATA_MERCHANT)
        papers += hand_in(user.acting_for, actor_of(user), "mlps")
    one, other = (paper.deposit for paper in papers)
    assert one.storage_name == other.storage_name
    with transaction.atomic():
        assert not erase_deposit(one, reason="x", at=NOW)
    assert default_storage.exists(one.storage_name)
    with transaction.atomic():
        assert erase_deposit(other, reason="x", at=NOW)
    assert not default_storage.exists(one.storage_name)


@covers("I30")
@pytest.mark.django_db(transaction=True)
def test_the_checker_finds_a_personal_value_that_stands_in_clear(superuser_connection: Any) -> None:
    user = make_user(Role.BUYER)
    plant = superuser_connection.execute
    plant("SET session_replication_role = replica")
    plant("UPDATE participants_person SET name = '张三' WHERE id = %s", [user.person_id])
    plant("UPDATE participants_user SET first_name = '三' WHERE id = %s", [user.pk])
    plant("INSERT INTO participants_notice (code, seq, organization_id, kind, tone, text_zh, text_en, subject, href, at) "
          "VALUES ('NTC-Y', 1, %s, 'x', 'info', '请联系 13912345678', 'x', '', '', now())", [user.acting_for_id])
    told = " ".join(PersonalIsSealed().check())
    assert "participants_person.name" in told and "holds a name" in told and "mobile" in told


@covers("I30")
@pytest.mark.django_db
def test_a_sealed_column_is_not_searched_and_not_set_by_a_query() -> None:
    user = make_user(Role.BUYER)
    with pytest.raises(TypeError, match="sealed"):
        Person.objects.filter(name="测试人")
    with pytest.raises(TypeError, match="sealed"):
        Person.objects.filter(pk=user.person_id).update(name="改名")


@covers("T60", "I30")
@pytest.mark.django_db
def test_a_wrong_key_of_the_installation_is_said_and_never_read_as_erased(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key lost in a configuration is put back; what was saved over as empty is gone. The naive vault reads both alike."""
    person, right = make_user(Role.BUYER).person, settings.FIELD_KEY
    assert person is not None and person.name
    settings.FIELD_KEY = "another" * 8
    vault._READ.clear()
    with pytest.raises(vault.Unopened, match="FIELD_KEY_FALLBACKS"):
        Person.objects.get(pk=person.pk)
    settings.FIELD_KEY_FALLBACKS = [right]
    assert Person.objects.get(pk=person.pk).name == person.name, "the key of before opens what it sealed"

    settings.FIELD_KEY_FALLBACKS = []
    vault._READ.clear()
    with monkeypatch.context() as naive:
        naive.setattr(vault, "_unwrap", lambda wrapped: None)
        held = Person.objects.get(pk=person.pk)
        held.save()
    settings.FIELD_KEY = right
    vault._READ.clear()
    assert Person.objects.get(pk=person.pk).name == "", "saved over: the right key comes too late"
