"""Who is here: venue, organisations, people, roles for a period, capabilities, standing, calendar, parameters, notices.

Names and addresses of people stand sealed, under the key of the person they belong to (``evidence.vault``, I30).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from evidence.models import Deposit
from evidence.vault import SealedTextField
from participants.defaults import VENUE_CODE
from participants.roles import Band, Capability, OrganizationKind, Role, Standing, VenueLevel, VenueProfile
from participants.words import spoken

__all__ = [
    "ApiToken",
    "Approval",
    "ApprovalStatus",
    "CalendarDay",
    "CapabilityHold",
    "FieldExtension",
    "Membership",
    "Notice",
    "Organization",
    "OwnershipStake",
    "Parameter",
    "Person",
    "SecondFactor",
    "StandingChange",
    "User",
    "Venue",
]


class Venue(models.Model):
    """A data trading venue 数据交易场所 (R50, R55): its rules may only be stricter than its parent's.

    A further venue rests on its approval document; the one an installation opens with is part of the house.
    """

    code = models.CharField(max_length=16, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    level = models.CharField(max_length=12, choices=VenueLevel)
    profile = models.CharField(max_length=12, choices=VenueProfile)
    filing_number = models.CharField(max_length=60, help_text="批准或备案文号")
    rulebook_version = models.CharField(max_length=20)
    approval_document = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                          help_text="批准文件")
    mlps_level = models.PositiveSmallIntegerField(null=True, blank=True, help_text="网络安全等级保护定级（R86）")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = verbose_name_plural = _("交易场所")
        constraints = [
            models.CheckConstraint(condition=Q(level__in=VenueLevel.values), name="venue_level_known"),
            models.CheckConstraint(condition=Q(profile__in=VenueProfile.values), name="venue_profile_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="venue_not_its_own_parent"),
            models.CheckConstraint(condition=~Q(filing_number=""), name="venue_has_an_approval_number"),
            models.CheckConstraint(condition=Q(profile="simulation") | Q(code=VENUE_CODE) | Q(approval_document__isnull=False),
                                   name="venue_has_an_approval_document"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, user: Any) -> OrganizationQuerySet:
        """Organisations are public by name; the caller still chooses fields."""
        return self


class Organization(models.Model):  # type: ignore[django-manager-missing]  # keys come through knox
    """A party of the market. Standing and band move only by ``participants.operations.set_standing``."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="organizations")
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    short_name = models.CharField(max_length=40)
    short_name_en = models.CharField(max_length=60, blank=True)
    name_key = models.CharField(max_length=160, unique=True, help_text="skeleton of the name: no homoglyph twins (T55)")
    kind = models.CharField(max_length=16, choices=OrganizationKind)
    uscc = models.CharField(max_length=18, blank=True, help_text="统一社会信用代码")
    uscc_warning = models.BooleanField(default=False, help_text="checksum differs; warned about, not lost")
    lei = models.CharField(max_length=20, blank=True, default="", help_text="legal entity identifier (ISO 17442) of a party from abroad")
    registry_place = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166 country whose register the number is of")
    registry_number = models.CharField(max_length=40, blank=True, default="", help_text="number in the register of that country")
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.GOOD)
    band = models.CharField(max_length=1, choices=Band, default=Band.B)
    is_venue_affiliate = models.BooleanField(default=False, help_text="the venue or controlled by it: may not trade (R53)")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="when its succession was carried out: it acts no more (R39)")

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("机构名册")
        constraints = [
            models.CheckConstraint(condition=Q(standing__in=Standing.values), name="organization_standing_known"),
            models.CheckConstraint(condition=Q(band__in=Band.values), name="organization_band_known"),
            models.CheckConstraint(condition=Q(kind__in=OrganizationKind.values), name="organization_kind_known"),
            models.UniqueConstraint(fields=["uscc"], condition=~Q(uscc=""), name="organization_uscc_once"),
            models.UniqueConstraint(fields=["lei"], condition=~Q(lei=""), name="organization_lei_once"),
            models.UniqueConstraint(fields=["registry_place", "registry_number"], condition=~Q(registry_number=""),
                                    name="organization_registry_once"),
            models.CheckConstraint(condition=Q(lei="") | Q(lei__regex=r"^[0-9A-Z]{18}[0-9]{2}$"), name="organization_lei_shaped"),
            models.CheckConstraint(condition=Q(registry_place="", registry_number="") | Q(
                registry_place__regex=r"^[A-Z]{2}$") & ~Q(registry_number=""), name="organization_registry_whole"),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def identified(self) -> str:
        """The number it is known by: its credit code, else its LEI, else its number in the register of its country; '' if none."""
        return self.uscc or self.lei or f"{self.registry_place} {self.registry_number}".strip()

    @property
    def called(self) -> str:
        """The short name in the language of the page; Chinese where no other is on file."""
        return spoken((self.short_name, self.short_name_en or self.short_name))


class OwnershipStake(models.Model):
    """``owner`` holds ``share_bps`` of ``owned`` for a period; control is read along this graph (R53)."""

    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="holdings")
    owned = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="owners")
    share_bps = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True, help_text="register extract, filing or statement it was read from")
    turnover = models.JSONField(default=dict, blank=True, help_text="of a change of control: last year's turnover of both groups (R85)")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(owner=F("owned")), name="stake_not_in_itself"),
            models.CheckConstraint(condition=Q(share_bps__gt=0, share_bps__lte=10000), name="stake_share_in_range"),
        ]


class Person(models.Model):
    """A real person, once, however many accounts. ``real_name_key`` is a keyed hash of name and identity number.

    The record book knows the person by code and by a commitment over the name; erasure destroys the key of both (T60).
    """

    code = models.CharField(max_length=16, unique=True)
    name = SealedTextField()
    name_en = SealedTextField(blank=True)
    real_name_key = models.CharField(max_length=64, unique=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    def sealed_for(self) -> str:
        return self.code

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):  # type: ignore[django-manager-missing]  # keys come through knox
    """A sign-in. Rights come from the person's memberships at the act, never from flags here."""

    email = SealedTextField(blank=True)  # type: ignore[assignment]  # Django's is plain text; ours is the person's own (I30)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="users", null=True, blank=True)
    acting_for = models.ForeignKey(Organization, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
                                   help_text="the organisation this person is acting for now")
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=6, blank=True, choices=[("", "follow"), ("light", "light"), ("dark", "dark")])
    moves = models.CharField(max_length=4, blank=True, choices=[("", "cn"), ("intl", "intl")])
    session_epoch = models.PositiveIntegerField(default=0, help_text="raised to end every session of this sign-in")

    def sealed_for(self) -> str:
        return self.person.code if self.person else f"USER:{self.username}"[:64]

    def get_session_auth_hash(self) -> str:
        """Part of every session: a new password or a raised epoch ends them all at their next request."""
        return f"{super().get_session_auth_hash()}.{self.session_epoch}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for one in super().get_session_auth_fallback_hash():
            yield f"{one}.{self.session_epoch}"


class KeyManager(AuthTokenManager):
    """Keys with all that a request asks of them, in one statement: whose they are, and for which organisation."""

    def get_queryset(self) -> models.QuerySet[ApiToken]:
        keys: models.QuerySet[ApiToken] = super().get_queryset().select_related("user__person", "organization")
        return keys


class ApiToken(AbstractAuthToken):
    """A program's key: shown once, kept as a hash, for one organisation, with scopes and an end (T46)."""

    user = models.ForeignKey("participants.User", on_delete=models.PROTECT, related_name="auth_token_set")
    objects: ClassVar[models.Manager[ApiToken]] = KeyManager()

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=60)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_tokens")
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(expiry__isnull=False), name="token_ends")]


class SecondFactor(models.Model):
    """A sign-in's second factor; the secret is enciphered, ``last_step`` refuses a code twice."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.BinaryField()
    last_step = models.BigIntegerField(default=-1)
    recovery = ArrayField(models.CharField(max_length=128), default=list, help_text="hashes of unused recovery words")
    confirmed_at = models.DateTimeField(null=True, blank=True)


class Membership(models.Model):
    """A person acts for an organisation in a role, for a half-open period."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=24, choices=Role)
    role_group = models.CharField(max_length=16, blank=True, editable=False, help_text="set by trigger from the role (I29)")
    capabilities = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="review_first, review_second")
    sectors = ArrayField(models.CharField(max_length=2), default=list, blank=True, help_text="a supervisor's sectors; empty: all (R81)")
    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True, help_text="a supervisor's regions; empty: all (R81)")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("成员角色")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                                   name="membership_period_forward"),
            ExclusionConstraint(
                name="membership_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL), ("organization", RangeOperators.EQUAL), ("role", RangeOperators.EQUAL),
                    (Func(F("effective_from"), F("effective_to"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="membership_one_side_only",
                expressions=[
                    ("person", RangeOperators.EQUAL), ("role_group", RangeOperators.NOT_EQUAL),
                    (Func(F("effective_from"), F("effective_to"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(role_group=""),
            ),
        ]

    def in_force(self, at: datetime) -> bool:
        return self.effective_from <= at and (self.effective_to is None or at < self.effective_to)


class FieldExtension(models.Model):
    """An authority let into one object beyond the fields of its people, by a joint case and for its time (R81)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="field_extensions")
    subject = models.CharField(max_length=20, help_text="code of the object")
    cause_code = models.CharField(max_length=16, help_text="the joint case that lets it in")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "subject", "cause_code"], name="extension_once"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                                   name="extension_period_forward"),
        ]


class CapabilityHold(models.Model):
    """A capability cut for a reason; the capability is on while no hold is open."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="capability_holds")
    capability = models.CharField(max_length=12, choices=Capability)
    reason_code = models.CharField(max_length=60)
    reason = models.TextField()
    ordered_by = models.CharField(max_length=40)
    basis = models.CharField(max_length=120, blank=True)
    placed_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("权能暂停")
        constraints = [models.CheckConstraint(condition=Q(capability__in=Capability.values), name="hold_capability_known")]
        indexes = [models.Index(fields=["organization", "capability"], condition=Q(lifted_at__isnull=True), name="hold_open")]


class StandingChange(models.Model):
    """One move of an organisation's standing; append-only, so standing on any date can be read back."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="standing_changes")
    from_standing = models.CharField(max_length=12, choices=Standing)
    to_standing = models.CharField(max_length=12, choices=Standing)
    from_band = models.CharField(max_length=1, choices=Band)
    to_band = models.CharField(max_length=1, choices=Band)
    cause_code = models.CharField(max_length=16, help_text="the finding, sanction or restoration that moved it")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("信用变动")


class CalendarDay(models.Model):
    """A day that differs from Monday-to-Friday in a venue's working-day calendar (holidays and make-up days)."""

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="calendar_days")
    day = models.DateField()
    is_working = models.BooleanField()
    name_zh = models.CharField(max_length=40)
    source = models.CharField(max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = _("工作日历")
        constraints = [models.UniqueConstraint(fields=["venue", "day"], name="calendar_day_once")]


class Parameter(models.Model):
    """A dated figure of the venue's rules (fees, periods, steps); the row in force is frozen into objects at their start."""

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="parameters")
    key = models.CharField(max_length=60)
    scope = models.CharField(max_length=60, blank=True)
    name_zh = models.CharField(max_length=60, blank=True, help_text="what a payer reads; empty where nobody is shown it")
    name_en = models.CharField(max_length=120, blank=True)
    value = models.JSONField()
    unit = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    stricter = models.CharField(max_length=6, blank=True, choices=[("", "-"), ("lower", "lower"), ("higher", "higher")],
                                help_text="which way is stricter: a venue may go only that way from its parent's figure (R55)")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("规则参数")
        constraints = [
            models.CheckConstraint(condition=Q(stricter__in=["", "lower", "higher"]), name="parameter_stricter_known"),
            ExclusionConstraint(
                name="parameter_one_in_force",
                expressions=[
                    ("venue", RangeOperators.EQUAL), ("key", RangeOperators.EQUAL), ("scope", RangeOperators.EQUAL),
                    (Func(F("effective_from"), F("effective_to"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class ApprovalStatus(models.TextChoices):
    PENDING = "pending", _("待复核")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("不同意")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("过期")


class Approval(models.Model):
    """A second person's yes or no to an act (I18): CHECK maker differs from checker, trigger on the real person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    act = models.CharField(max_length=60, help_text="the permission name of the act")
    subject = models.CharField(max_length=20)
    payload = models.JSONField(default=dict)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                     help_text="when set, the checker must be of this organisation")
    checker_roles = ArrayField(models.CharField(max_length=24), default=list, help_text="roles that may check, frozen when asked")
    checker_capability = models.CharField(max_length=20, blank=True)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals_made")
    checker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals_checked", null=True, blank=True)
    status = models.CharField(max_length=12, choices=ApprovalStatus, default=ApprovalStatus.PENDING)
    reason = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("复核事项")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ApprovalStatus.values), name="approval_status_known"),
            models.CheckConstraint(condition=Q(checker__isnull=True) | ~Q(checker=F("maker")), name="approval_maker_is_not_checker"),
            models.UniqueConstraint(fields=["act", "subject"], condition=Q(status="pending"), name="approval_one_pending"),
        ]


class Notice(models.Model):
    """Something an organisation is told: what happened, what it means, what to do, by when (look §6)."""

    code = models.CharField(max_length=16, unique=True)
    seq = models.PositiveBigIntegerField(help_text="gapless per organisation, for the private live channel")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=60)
    tone = models.CharField(max_length=8, default="info", choices=[(t, t) for t in ("ok", "info", "wait", "bad", "held")])
    text_zh = models.TextField()
    text_en = models.TextField()
    subject = models.CharField(max_length=20, blank=True)
    href = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True, help_text="when what it asked for was done")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "seq"], name="notice_seq_once")]
        indexes = [models.Index(fields=["organization", "-seq"], name="notice_newest")]
