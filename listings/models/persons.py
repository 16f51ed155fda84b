"""Personal data and the people it is about: consents, those whom a trustee acts for, what people ask of a holder (Data Twenty 6, 7)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.vault import SealedTextField
from listings.models.ground import TenantQuerySet, known
from listings.models.supply import DataProduct
from listings.states import ConsentStatus, MandateStatus, OptOutStatus, SubjectRequestStatus
from participants.models import Organization, Person

__all__ = ["Ask", "Consent", "OptOut", "Principal", "SubjectRequest"]


class Principal(models.Model):
    """A person whose interests a trustee looks after 委托人, for a term; the person stands by code, the name is sealed elsewhere."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="principals", help_text="the trustee")
    subject = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40, help_text="the trustee's own number of the mandate")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField()
    status = models.CharField(max_length=8, choices=MandateStatus, default=MandateStatus.ACTIVE)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", MandateStatus.values, "principal_status_known"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("effective_from")), name="principal_term_forward"),
            models.UniqueConstraint(fields=["subject"], condition=Q(status="active"), name="principal_one_trustee"),
            models.UniqueConstraint(fields=["organization", "reference"], condition=Q(status="active"), name="principal_reference_once"),
        ]


class ConsentQuerySet(TenantQuerySet):
    def concerning(self, user: Any) -> ConsentQuerySet:
        """The person's own, and those of everyone whose trustee the person acts for now."""
        mandates = Principal.objects.filter(organization_id=user.acting_for_id or 0, status=MandateStatus.ACTIVE)
        return self.filter(Q(subject_id=user.person_id or 0) | Q(trustee_id=user.acting_for_id or 0,
                                                                 subject__in=mandates.values("subject")))


class Consent(models.Model):
    """A person's consent 个人同意 for one purpose (R27, R28); the person stands as a token, never by name."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="consents", help_text="who may use the data")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="consents")
    subject = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    trustee = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                help_text="who gave it for the person")
    purpose = models.CharField(max_length=40)
    kinds = ArrayField(models.CharField(max_length=40), default=list)
    recipients = ArrayField(models.CharField(max_length=40), default=list)
    minor = models.BooleanField(default=False, help_text="the person is under fourteen")
    guardian = models.BooleanField(default=False, help_text="given by the guardian (PIPL 31)")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField()
    status = models.CharField(max_length=12, choices=ConsentStatus, default=ConsentStatus.ACTIVE)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: Any = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", ConsentStatus.values, "consent_status_known"),
            models.UniqueConstraint(fields=["subject", "product", "purpose"], condition=Q(status="active"), name="consent_one_active"),
            models.CheckConstraint(condition=Q(minor=False) | Q(guardian=True), name="consent_of_a_minor_by_guardian"),
        ]

    def party_ids(self) -> set[int]:
        return {self.organization_id, *([self.trustee_id] if self.trustee_id else [])}


class Ask(models.TextChoices):
    """What a person may ask of whoever holds the data (PIPL 44 to 47)."""

    COPY = "copy", _("查阅、复制")
    CORRECT = "correct", _("更正、补充")
    MOVE = "move", _("转移到另一处理者")
    OBJECT = "object", _("反对这样使用")
    OPT_OUT = "opt_out", _("退出，不再提供给他人")


class SubjectRequest(models.Model):
    """One thing asked of a holder under a consent 个人信息权利请求, with the holder's answer and its deadline."""

    code = models.CharField(max_length=16, unique=True)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="requests")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the holder, who answers")
    kind = models.CharField(max_length=8, choices=Ask)
    text = SealedTextField(blank=True)
    status = models.CharField(max_length=10, choices=SubjectRequestStatus, default=SubjectRequestStatus.OPEN)
    answer = SealedTextField(blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", SubjectRequestStatus.values, "subject_request_status_known"),
            known("kind", Ask.values, "subject_request_kind_known"),
            models.UniqueConstraint(fields=["consent", "kind"], condition=Q(status__in=["open", "late"]), name="subject_request_one_open"),
            models.CheckConstraint(condition=~Q(status__in=["answered", "refused"]) | ~Q(answer=""), name="subject_request_answer_said"),
        ]
        indexes = [models.Index(fields=["due_at"], name="subject_request_due", condition=Q(due_at__isnull=False))]

    def sealed_for(self) -> str:
        """What was asked and said goes with the person's key."""
        return self.consent.subject.code


class OptOut(models.Model):
    """A person who opted out of a product made of anonymised data 退出名单 (W15); the holder answers before it delivers again."""

    code = models.CharField(max_length=16, unique=True)
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="opt_outs", db_index=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the holder, who answers")
    subject = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    trustee = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reference = SealedTextField(help_text="how the holder knows the person")
    status = models.CharField(max_length=8, choices=OptOutStatus, default=OptOutStatus.OPEN)
    answer = SealedTextField(blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", OptOutStatus.values, "opt_out_status_known"),
            models.UniqueConstraint(fields=["product", "subject"], name="opt_out_once"),
            models.CheckConstraint(condition=~Q(status__in=["removed", "absent"]) | ~Q(answer=""), name="opt_out_answer_said"),
        ]
        indexes = [models.Index(fields=["due_at"], name="opt_out_due", condition=Q(due_at__isnull=False))]

    def sealed_for(self) -> str:
        """How the person is known and what was answered go with the person's key."""
        return self.subject.code
