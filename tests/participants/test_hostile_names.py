"""T55: whatever Unicode can write into a name is refused or written plainly, at once, and no look-alike of a registered name gets in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from importlib import import_module

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kit.composing import MARKS, normalized
from kit.coverage import covers
from kit.lookalikes import LOOKALIKES
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.forms import TidyField
from participants.models import Organization
from participants.names import name_key, tidy_name
from participants.operations import register_organization
from tests.architecture.test_tidy import SOURCES, shown
from tests.factories import clock, make_organization

#: Two marks of different classes by turns: the worst there is for a sorter of marks.
ZALGO = "a" + "\u0301\u0316" * 500_000


#: What a text without a word of warning may cost: up to four hundred characters are not looked through first.
CHEAP = 400 * 400


class Sorter:
    """What sorting marks costs: the square of each run handed to the library, summed up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cost, self.real = 0, unicodedata.normalize
        monkeypatch.setattr(unicodedata, "normalize", self.normalize)

    def normalize(self, form: str, text: str) -> str:
        runs = "".join("m" if unicodedata.combining(one) else " " for one in text).split()
        self.cost += sum(len(run) ** 2 for run in runs)
        return self.real(form, text)  # type: ignore[arg-type]


@covers("T55")
@pytest.mark.parametrize("read", [tidy_name, name_key, TidyField(max_length=120, required=False).to_python],
                         ids=["kept", "skeleton", "form"])
def test_of_a_million_combining_marks_only_short_runs_are_sorted(read: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> None:
    sorter = Sorter(monkeypatch)
    read(ZALGO)
    assert 0 < sorter.cost <= CHEAP


@covers("T55")
def test_the_obvious_way_pays_the_square_of_the_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive variant: ten thousand marks, a hundredth of them, already cost hundreds of times what a million cost here."""
    sorter = Sorter(monkeypatch)
    unicodedata.normalize("NFC", ZALGO[:10_001])
    assert sorter.cost == 10_000 ** 2 > 600 * CHEAP


@covers("T55")
@given(st.text(max_size=600))
def test_a_text_with_no_more_marks_than_a_script_needs_is_in_its_normal_form_unchanged(text: str) -> None:
    runs = "".join("m" if unicodedata.combining(one) else " " for one in unicodedata.normalize("NFKD", text)).split()
    if all(len(run) <= MARKS for run in runs):
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@covers("T55")
def test_texts_are_brought_to_a_normal_form_in_one_place() -> None:
    elsewhere = {shown(path) for path in SOURCES if "unicodedata.normalize(" in path.read_text(encoding="utf-8")}
    assert elsewhere == {"kit/composing.py", "compliance/rules/evasion.py", "compliance/rules/sounds.py"}, "the two look at single letters"


@covers("T55")
@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "kept"), [
    ("远航\u202e数据\u202c", "远航数据"), ("远\u200b航\ufeff数据", "远航数据"), ("远航\x00数据", "远航数据"),
    ("远航\ud800数据", "远航数据"),
    ("  远航 \u00a0 数据 ", "远航 数据"), ("远航👩\u200d💻数据", "远航👩💻数据"), ("e\u0301cole", "école"),
])
def test_what_is_invisible_or_turns_the_line_round_does_not_enter_a_name(typed: str, kept: str) -> None:
    made = register_organization(name=typed, actor=VISITOR, clock=clock())
    assert made.name == kept and Organization.objects.get(pk=made.pk).name == kept


@covers("T55")
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["👩\u200d💻", "\u202e\u200b", "！？——", ""])
def test_a_name_without_a_letter_is_no_name(name: str) -> None:
    with pytest.raises(Rejected) as refused:
        register_organization(name=name, actor=VISITOR, clock=clock())
    assert (refused.value.code, refused.value.status) == ("participants.organization.name_unreadable", 400)
    assert refused.value.text("next_step", "zh") and refused.value.text("next_step", "en")


@covers("T55")
@pytest.mark.django_db
@pytest.mark.parametrize("twin", sorted(LOOKALIKES))
def test_no_letter_drawn_like_another_makes_a_second_organisation(twin: str) -> None:
    plain = LOOKALIKES[twin]
    make_organization(name=f"华{plain}南数据{plain}", name_key=name_key(f"华{plain}南数据{plain}"))
    with pytest.raises(Rejected) as refused:
        register_organization(name=f"华{twin}南数据{plain}", actor=VISITOR, clock=clock())
    assert refused.value.code == "participants.organization.name_taken"


@covers("T55")
@pytest.mark.django_db
def test_skeletons_on_file_follow_the_table_and_the_second_of_two_twins_keeps_its_own() -> None:
    from django.db import connection

    step = import_module("participants.migrations.0029_look_alikes")
    one = make_organization(name="Ассоu որատ", name_key="accouոlatm")
    taken, twin = make_organization(name="ցa", name_key="ga"), make_organization(name="ga", name_key="ցa")
    with connection.cursor() as cursor:
        cursor.execute(step.REWRITTEN)
    keys = dict(Organization.objects.filter(pk__in=[one.pk, taken.pk, twin.pk]).values_list("pk", "name_key"))
    assert keys == {one.pk: "accounlatm", taken.pk: "ga", twin.pk: "ցa"}
    expected = {letter: name_key(letter) for letter in step.DRAWN}
    assert expected == dict(zip(step.DRAWN, step.TAKEN_FOR, strict=True)), "what the step wrote is what names are compared by"


@covers("T55")
@pytest.mark.django_db
def test_a_form_full_of_marks_is_answered_as_a_fault_of_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    sorter = Sorter(monkeypatch)
    answer = Client().post("/accounts/apply/", {"name": "a" + "\u0301\u0316" * 60_000})
    assert answer.status_code in {200, 400, 422} and sorter.cost <= 10 * CHEAP
