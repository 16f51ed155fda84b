"""Letters of the desk: versions in two languages, approved by a second person, their fields filled from the case at hand.

A field that no case fills is refused when the letter is drafted, so that nobody is ever sent an empty brace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max, QuerySet

from compliance.catalogue import hash_of
from compliance.desk_events import LetterDecided, LetterDrafted
from compliance.models import LetterTemplate
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.approvals import ask_approval, decide_approval, pending_approval
from participants.permissions import require

__all__ = ["APPROVE", "FIELDS", "decide_letter", "draft_letter", "filled", "letter_in_force", "letters_in_force", "letters_waiting"]

APPROVE = "compliance.letter.approve"
#: What a letter may name -> what it is filled with.
FIELDS: dict[str, tuple[str, str]] = {
    "code": ("案件编号", "code of the case"), "title": ("案件标题", "title of the case"), "party": ("当事机构", "the party"),
    "state": ("现在的状态", "its state now"), "due": ("办理期限", "its deadline"), "today": ("今天", "today"),
}
_FIELD = re.compile(r"\{([^{}]*)\}")
_LONGEST = 1800


@covers("H3", "I18")
@operation("compliance.letter.draft")
def draft_letter(*, key: str, names: tuple[str, str], bodies: tuple[str, str], actor: Actor, clock: Clock) -> LetterTemplate:
    """This will draft the next version of a letter and ask a second person; the version in force is used until then."""
    at = clock.now()
    require(actor, "compliance.letter.draft", at=at)
    assert actor.user_id is not None, "letters are drafted by people"
    zh, en = (body.strip().replace("\r\n", "\n") for body in bodies)
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,19}", key) or not all(name.strip() for name in names) or not zh or not en:
        raise Rejected("compliance.letter.incomplete")
    if max(len(zh), len(en)) > _LONGEST:
        raise Rejected("compliance.letter.too_long", most=_LONGEST)
    for body in (zh, en):
        unknown = [one for one in _FIELD.findall(body) if one not in FIELDS]
        if unknown or _FIELD.sub("", body).count("{") or _FIELD.sub("", body).count("}"):
            raise Rejected("compliance.letter.unknown_field", field=unknown[0][:40] if unknown else "{", fields=", ".join(FIELDS))
    last = LetterTemplate.objects.select_for_update(no_key=True).filter(key=key).order_by("-version").first()
    if last is not None and last.effective_from is None and last.refused_at is None:
        raise Rejected("compliance.letter.one_waiting", key=key, version=last.version)
    made = LetterTemplate.objects.create(
        code=new_code("LTR"), key=key, version=(last.version if last else 0) + 1, name_zh=names[0].strip()[:40],
        name_en=names[1].strip()[:80], body_zh=zh, body_en=en, drafted_by_id=actor.user_id, drafted_at=at)
    ask_approval(act=APPROVE, subject=made.code, payload={"key": key, "version": made.version}, actor=actor, at=at)
    record(LetterDrafted(subject=made.code, key=key, letter_version=made.version, text_hash=hash_of(zh + "\n" + en)), actor=actor, at=at)
    return made


@covers("H3", "I18")
@operation("compliance.letter.decide")
def decide_letter(*, letter: LetterTemplate, approve: bool, reason: str, actor: Actor, clock: Clock) -> LetterTemplate:
    """This will let a drafted version be used from now on, or refuse it; never by the person who drafted it."""
    held = LetterTemplate.objects.select_for_update(no_key=True).get(pk=letter.pk)
    at = clock.now()
    require(actor, APPROVE, at=at)
    asked = pending_approval(APPROVE, held.code)
    if asked is None:
        raise Rejected("compliance.letter.not_waiting", key=held.key, version=held.version)
    decide_approval(approval=asked, approve=approve, reason=reason.strip()[:300], actor=actor, at=at)
    if approve:
        held.effective_from = at
    else:
        held.refused_at = at
    held.save(update_fields=["effective_from", "refused_at"])
    record(LetterDecided(subject=held.code, key=held.key, letter_version=held.version, outcome="approved" if approve else "refused"),
           actor=actor, at=at)
    return held


def letters_in_force(at: datetime) -> QuerySet[LetterTemplate]:
    """This will list of every letter the newest version in force at ``at``."""
    newest = LetterTemplate.objects.filter(effective_from__lte=at).values("key").annotate(last=Max("version"))
    keys = {row["key"]: row["last"] for row in newest}
    rows = LetterTemplate.objects.filter(effective_from__lte=at, key__in=keys)
    return rows.filter(pk__in=[one.pk for one in rows if one.version == keys[one.key]]).order_by("key")


def letter_in_force(key: str, at: datetime) -> LetterTemplate | None:
    """This will return the version of a letter that is used at ``at``."""
    return LetterTemplate.objects.filter(key=key, effective_from__lte=at).order_by("-version").first()


def letters_waiting() -> QuerySet[LetterTemplate]:
    """This will list versions that wait for their second person."""
    return LetterTemplate.objects.filter(effective_from__isnull=True, refused_at__isnull=True).select_related("drafted_by__person")


def _put(body: str, values: Mapping[str, tuple[str, str]], side: int) -> str:
    return _FIELD.sub(lambda found: values.get(found[1], ("—", "—"))[side] or "—", body)


@covers("H3")
def filled(letter: LetterTemplate, values: Mapping[str, tuple[str, str]]) -> str:
    """This will write the letter in both languages with the case's values; what a case lacks is a dash. The last line names the version.

    Values go in once: braces within a value are letters, not fields.
    """
    zh, en = _put(letter.body_zh, values, 0), _put(letter.body_en, values, 1)
    return f"{zh}\n\n{en}\n\n（{letter.name_zh} 第 {letter.version} 版 / {letter.name_en}, version {letter.version}）"
