"""What a party tells of itself: profile and self-assessment, whom it vouches for, which government projects it worked on."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.vault import SealedTextField
from participants.models.parties import Organization, User

__all__ = ["ContractorProject", "EmailChange", "OwnershipType", "PartyProfile", "PartySize", "SizeStatement", "Sponsorship"]


class OwnershipType(models.TextChoices):
    """Who owns a party, for statistics alone: no rule, ranking or fee reads it (R54, R60)."""

    STATE = "state", _("国有")
    PRIVATE = "private", _("民营")
    FOREIGN = "foreign", _("外资")
    MIXED = "mixed", _("混合所有制")
    COLLECTIVE = "collective", _("集体")
    OTHER = "other", _("其他")


class PartySize(models.TextChoices):
    MICRO = "micro", _("微型")
    SMALL = "small", _("小型")
    MEDIUM = "medium", _("中型")
    LARGE = "large", _("大型")


class PartyProfile(models.Model):
    """An organisation's profile: region, the people answerable for data, the internal-compliance self-assessment (R96, W17, R111).

    Levels of maturity and protection are not written here: they are read from the certificates in force.
    """

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, primary_key=True, related_name="profile")
    region = models.CharField(max_length=6, blank=True, help_text="行政区划代码")
    sector = models.CharField(max_length=2, blank=True)
    ownership_type = models.CharField(max_length=12, blank=True, choices=OwnershipType)
    chief_data_officer = SealedTextField(blank=True, help_text="首席数据官（W17）")
    incident_contact = SealedTextField(blank=True, help_text="安全事件联系人与 7×24 小时电话")
    intermediary_kinds = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    assessment = models.JSONField(default=dict, blank=True, help_text="answers of the internal-compliance self-assessment")
    assessment_score = models.PositiveSmallIntegerField(null=True, blank=True)
    assessed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(assessment_score__isnull=True) | Q(assessment_score__lte=100),
                                   name="profile_score_in_range"),
        ]

    def sealed_for(self) -> str:
        return f"{self.organization.code}:profile"


class SizeStatement(models.Model):
    """What a firm stated of its size, with the figures and their basis (R1); append-only. It counts until its term ends."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="size_statements")
    size = models.CharField(max_length=8, choices=PartySize, help_text="computed from the figures by the standard named")
    industry = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField(help_text="whose figures they are")
    staff = models.PositiveIntegerField(null=True)
    turnover_fen = models.BigIntegerField(null=True)
    assets_fen = models.BigIntegerField(null=True)
    basis = models.CharField(max_length=200)
    standard = models.CharField(max_length=20)
    stated_at = models.DateTimeField()
    effective_to = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__in=PartySize.values), name="size_statement_known"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("stated_at")), name="size_statement_term"),
            models.CheckConstraint(condition=Q(staff__isnull=False) | Q(turnover_fen__isnull=False) | Q(assets_fen__isnull=False),
                                   name="size_statement_rests_on_figures"),
        ]
        indexes = [models.Index(fields=["organization", "-stated_at"], name="size_statement_newest")]


class Sponsorship(models.Model):
    """A merchant vouches 保荐 for a supplier for a period: a finding against the supplier counts for the merchant too (W23)."""

    sponsor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="vouches_for")
    sponsored = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="vouched_by")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(sponsor=F("sponsored")), name="sponsorship_of_another"),
            models.UniqueConstraint(fields=["sponsor", "sponsored"], condition=Q(effective_to__isnull=True), name="sponsorship_once"),
        ]


class ContractorProject(models.Model):
    """A government IT project an organisation worked on: it may not list data from there (R91)."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="contractor_projects")
    authority = models.CharField(max_length=120)
    project = models.CharField(max_length=160)
    source = models.CharField(max_length=160, help_text="where it was read: contract, award notice, own statement")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True, help_text="end of the project; the ban outlives it")


class EmailChange(models.Model):
    """A new e-mail address that waits to be confirmed from its own mailbox (T46)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_changes")
    email = SealedTextField()
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token in the link")
    expires_at = models.DateTimeField(help_text="wall time")
    used_at = models.DateTimeField(null=True, blank=True)

    def sealed_for(self) -> str:
        return self.user.sealed_for()
