"""Cross-border cases 出境 (exporter × product × recipient) and the yearly count of persons (item 11; rules D)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.rules.scenarios import SCENARIOS
from compliance.states import ExportStatus, RecognitionStatus
from evidence.models import Deposit
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["ExportCase", "ExportComment", "ExportRecognition", "ExportedPerson", "RecognitionKind"]


class RecognitionKind(models.TextChoices):
    CERTIFICATE = "certificate", _("境外认证证书")
    BINDING_RULES = "binding_rules", _("约束性公司规则")


class ExportRecognition(models.Model):
    """A foreign certificate, or a group's binding corporate rules, recognised here for a time by two of the authority (R108)."""

    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=16, choices=RecognitionKind)
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=80)
    issuer = models.CharField(max_length=120, help_text="who certified it, or approved the rules")
    country = models.CharField(max_length=2, help_text="ISO 3166; where the recipient is")
    names = models.JSONField(default=list, help_text="whom it covers: the holder; of binding rules every member of the group")
    basis = models.CharField(max_length=200, help_text="the provision or arrangement under which it is recognised")
    paper = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    dated = models.DateField(help_text="the certificate's own date")
    status = models.CharField(max_length=10, choices=RecognitionStatus, default=RecognitionStatus.PROPOSED)
    reason = models.TextField(blank=True)
    proposed_at = models.DateTimeField()
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(help_text="its own end")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("境外认证与公司规则")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RecognitionStatus.values), name="recognition_status_known"),
            models.CheckConstraint(condition=Q(kind__in=RecognitionKind.values), name="recognition_kind_known"),
            models.CheckConstraint(condition=~Q(country="CN"), name="recognition_is_foreign"),
            models.CheckConstraint(condition=~Q(names=[]) & ~Q(basis=""), name="recognition_has_its_grounds"),
            models.CheckConstraint(condition=Q(effective_from__isnull=True) | Q(effective_to__gt=F("effective_from")),
                                   name="recognition_period_forward"),
            models.CheckConstraint(condition=~Q(status="in_force") | Q(effective_from__isnull=False), name="recognition_begins"),
            models.UniqueConstraint(fields=["issuer", "number"], condition=Q(status__in=["proposed", "in_force"]),
                                    name="recognition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class ExportQuerySet(models.QuerySet["ExportCase"]):
    def visible_to(self, user: Any) -> ExportQuerySet:
        return self.filter(exporter_id=acting_for(user))


class ExportCase(models.Model):
    """One exporter's case for one product and recipient; checked at offer, at signing and at each delivery."""

    code = models.CharField(max_length=16, unique=True)
    exporter = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="export_cases")
    product_code = models.CharField(max_length=20)
    recipient = models.CharField(max_length=120)
    country = models.CharField(max_length=2, help_text="ISO 3166")
    facts = models.JSONField(default=dict)
    scenario = models.CharField(max_length=24, choices=[(key, one.text[0]) for key, one in SCENARIOS.items()], default="other")
    recognition = models.ForeignKey(ExportRecognition, on_delete=models.PROTECT, related_name="cases", null=True, blank=True,
                                    help_text="what its clearance rests on, beside contract and certification here")
    safeguards = models.CharField(max_length=400, blank=True,
                                  help_text="how the recipient protects the data no less than at home (PIPL 38)")
    origin_law = models.CharField(max_length=400, blank=True,
                                  help_text="of data collected abroad: that its law of origin was kept, and how")
    foreign_authority = models.CharField(max_length=160, blank=True, help_text="the court or agency abroad that asks for it")
    approval_no = models.CharField(max_length=80, blank=True, help_text="approval of the competent authority here (DSL 36, PIPL 41)")
    status = models.CharField(max_length=16, choices=ExportStatus, default=ExportStatus.DRAFT)
    mechanism = models.CharField(max_length=28, blank=True, help_text="what the table asks for")
    row = models.PositiveSmallIntegerField(default=0, help_text="row of the table that decided")
    papers = models.JSONField(default=list)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    second = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(default=False, help_text="the authority is late with it; it stays where it is")
    extension_asked_at = models.DateTimeField(null=True, blank=True, help_text="since when an extension of the assessment is asked for")

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="export_status_known"),
            models.CheckConstraint(condition=Q(scenario__in=list(SCENARIOS)), name="export_scenario_known"),
            models.CheckConstraint(condition=~Q(status="cleared") | Q(effective_to__isnull=False), name="export_cleared_has_a_term"),
            models.CheckConstraint(condition=Q(recognition__isnull=True) | Q(mechanism="contract_or_certification"),
                                   name="export_recognition_only_in_row_11"),
            models.CheckConstraint(condition=~Q(status="cleared") | Q(foreign_authority="") | ~Q(approval_no=""),
                                   name="export_foreign_authority_approved"),
            models.CheckConstraint(condition=Q(overdue=False) | Q(status__in=["in_assessment", "security_review"]),
                                   name="export_late_while_it_waits"),
            models.UniqueConstraint(fields=["exporter", "product_code", "recipient"],
                                    condition=~Q(status__in=["refused", "expired", "withdrawn"]), name="export_one_running"),
        ]

    def party_ids(self) -> tuple[int, ...]:
        return (self.exporter_id,)


class ExportComment(models.Model):
    """What a body says of a case under assessment 会商意见 (R67); append-only. It is heard before the decision and decides nothing."""

    case = models.ForeignKey(ExportCase, on_delete=models.PROTECT, related_name="comments")
    body = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the body that speaks")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="export_comment_says_something")]


class ExportedPerson(models.Model):
    """A natural person counted once per exporter, year and kind; the key is a keyed hash, the person is not in here."""

    exporter = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    person_key = models.CharField(max_length=64)
    sensitive = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exporter", "year", "sensitive", "person_key"], name="exported_person_once")]
