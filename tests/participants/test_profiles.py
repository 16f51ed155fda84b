"""What a party tells of itself, whom it vouches for, and that who owns it is read by no rule (R60, R91, R96, R111, W17, W23)."""

from __future__ import annotations

import ast
from datetime import timedelta

import pytest

from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.checklists import versions
from participants.defaults import DEFAULTS
from participants.models import PartyProfile
from participants.operations import (
    assess_compliance,
    edit_profile,
    end_sponsorship,
    note_contractor,
    register_organization,
    vouch_for,
)
from participants.profiles import compliance_weak, profile_of, projects_of, sponsors_of
from participants.roles import Role
from tests.clones import HOUSE
from tests.factories import NOW, clock, make_actor, make_organization, make_user


def merchant():
    user = make_user(Role.DATA_MERCHANT)
    return user.acting_for, actor_of(user)


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    return caught.value.code


@covers("R96", "W17", "W12")
@pytest.mark.django_db
def test_the_profile_names_who_answers_for_data_and_the_record_book_holds_no_name() -> None:
    ours, actor = merchant()
    edit_profile(organization=ours, changes={"region": "310115", "chief_data_officer": "欧阳慎之",
                                             "incident_contact": "欧阳慎之 13912345678", "intermediary_kinds": ["broker", "data_trust"]},
                 actor=actor, clock=clock())
    held = profile_of(ours, at=NOW)
    assert (held.chief_data_officer, held.intermediary_kinds) == ("欧阳慎之", ["broker", "data_trust"])
    fact = Record.objects.get(kind="participants.profile.changed")
    assert "欧阳" not in str(fact.payload) and len(fact.payload["officer_commitment"]) == 64
    assert len(fact.payload["contact_commitment"]) == 64


@covers("T8")
@pytest.mark.django_db
def test_two_editors_do_not_overwrite_each_other() -> None:
    ours, actor = merchant()
    seen = profile_of(ours, at=NOW).version
    edit_profile(organization=ours, changes={"sector": "I"}, edit_version=seen, actor=actor, clock=clock())
    assert code_of(edit_profile, organization=ours, changes={"sector": "J"}, edit_version=seen, actor=actor,
                   clock=clock()) == "participants.profile.stale"
    assert profile_of(ours, at=NOW).sector == "I"


@covers("T40")
@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"region": "31"}, {"region": "３１０１１５"}, {"size": "small"}, {"assessment_score": 100},
                                     {"organization_id": 1}, {"intermediary_kinds": ["emperor"]}, {"sector": "ABC"}])
def test_only_what_the_profile_has_is_written(changes) -> None:
    ours, actor = merchant()
    assert code_of(edit_profile, organization=ours, changes=changes, actor=actor, clock=clock()) == "participants.profile.faulty"


@pytest.mark.django_db
def test_the_region_is_read_from_the_credit_code() -> None:
    from participants.actors import VISITOR

    one = register_organization(name="沪上数据有限公司", uscc="91310115MA1K35X75A", actor=VISITOR, clock=clock())
    assert one.profile.region == "310115"


@covers("R111")
@pytest.mark.django_db
def test_a_weak_self_assessment_counts_for_a_year_and_none_counts_for_nothing() -> None:
    ours, actor = merchant()
    assert not compliance_weak(ours, at=NOW)
    every = {key: True for key, _, _ in versions()[0].assessment}
    assert assess_compliance(organization=ours, answers=every, actor=actor, clock=clock()).assessment_score == 100
    weak = assess_compliance(organization=ours, answers={"officer": True, "unknown": True}, actor=actor, clock=clock())
    assert weak.assessment_score == 15 and compliance_weak(ours, at=NOW)
    assert not compliance_weak(ours, at=NOW.replace(year=NOW.year + 1))


@covers("W23")
@pytest.mark.django_db
def test_a_merchant_vouches_for_a_supplier_for_a_time() -> None:
    ours, actor = merchant()
    supplier = make_organization(admitted=False)
    held = vouch_for(sponsor=ours, sponsored=supplier, actor=actor, clock=clock())
    assert sponsors_of(supplier, at=NOW) == [ours]
    assert code_of(vouch_for, sponsor=ours, sponsored=supplier, actor=actor, clock=clock()) == "participants.sponsorship.on_file"
    assert code_of(vouch_for, sponsor=ours, sponsored=ours, actor=actor, clock=clock()) == "participants.sponsorship.unfit"
    assert code_of(vouch_for, sponsor=make_organization(Role.BUYER), sponsored=supplier, actor=actor,
                   clock=clock()) == "participants.object.absent"
    end_sponsorship(sponsorship=held, actor=actor, clock=clock(NOW + timedelta(days=1)))
    end_sponsorship(sponsorship=held, actor=actor, clock=clock(NOW + timedelta(days=2)))
    assert sponsors_of(supplier, at=NOW + timedelta(days=1)) == [] and sponsors_of(supplier, at=NOW) == [ours]


@covers("R91")
@pytest.mark.django_db
def test_a_government_project_stays_on_file_after_its_end() -> None:
    ours, actor = merchant()
    common = {"organization": ours, "authority": "某市数据局", "source": "中标公告", "effective_from": NOW - timedelta(days=900),
              "effective_to": NOW - timedelta(days=200), "clock": clock()}
    note_contractor(project="城市运行平台", actor=actor, **common)
    assert code_of(note_contractor, project=" ", actor=actor, **common) == "participants.profile.faulty"
    assert code_of(note_contractor, project="x", actor=make_actor(Role.BUYER), **common) == "participants.object.absent"
    assert [one.project for one in projects_of(ours)] == ["城市运行平台"]


# ---- equal for all owners ----------------------------------------------------------------------------------------------------

#: Where who owns a party is written down and shown; nowhere else may the word stand.
MAY_NAME = {"participants/models/__init__.py", "participants/models/profiles.py", "participants/forms.py", "participants/profiles.py",
            "participants/views/admission.py", "exchange/export.py"}
WORDS = ("ownership_type", "OwnershipType")


def names_of_owners(source: str) -> set[str]:
    """Every identifier, attribute or text of a Python source that names who owns a party."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name")] + [
            node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None]
        found |= {word for word in WORDS for name in names if isinstance(name, str) and word in name}
    return found


@covers("R60", "R54")
def test_no_rule_ranking_or_fee_reads_who_owns_a_party() -> None:
    sources = [path for path in HOUSE.glob("*/**/*.py") if path.relative_to(HOUSE).parts[0] not in {"tests", "node_modules", "var", ".venv"}
               and "migrations" not in path.parts]
    reading = {path.relative_to(HOUSE).as_posix() for path in sources if names_of_owners(path.read_text(encoding="utf-8"))}
    assert reading <= MAY_NAME
    for path in [*HOUSE.glob("*/sql/*.sql"), *HOUSE.glob("*/data/*.yaml"), *HOUSE.glob("*/rules/*.yaml"), *HOUSE.glob("static/**/*.js")]:
        assert not any(word in path.read_text(encoding="utf-8") for word in WORDS), path


@covers("R60")
def test_the_look_through_the_code_finds_a_rule_that_does() -> None:
    """The mutant: a ranking that favours state-owned sellers."""
    mutant = "def rank(listing):\n    return -1 if listing.organization.profile.ownership_type == 'state' else 0\n"
    assert names_of_owners(mutant) == {"ownership_type"}
    assert names_of_owners("Listing.objects.order_by('organization__profile__ownership_type')") == {"ownership_type"}


@covers("R60", "R54")
def test_no_figure_and_no_class_depends_on_who_owns_a_party() -> None:
    owners = {"state", "private", "foreign", "mixed", "collective", "国有", "民营", "外资", "混合所有制"}
    for one in DEFAULTS:
        keys = set(one.value) if isinstance(one.value, dict) else set()
        assert not owners & {one.scope, *keys, *one.key.split(".")}, one.key
    for version in versions():
        for one in version.classes.values():
            assert not owners - {"foreign"} & set(one.kinds), "a class is for a kind of body, never for a kind of owner"
    assert PartyProfile._meta.get_field("ownership_type").blank, "nobody must tell"
