"""Admission 准入 by class, the proofs it rests on, and the security review of who is controlled from abroad (R40, R48, R107)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from evidence.vault import SealedJSONField
from participants.checklists import checklist
from participants.models.parties import Organization
from participants.roles import Role
from participants.words import spoken

__all__ = [
    "Admission", "AdmissionBasis", "AdmissionObjection", "AdmissionObjectionStatus", "AdmissionStatus", "Proof", "ProofNeed", "ProofStatus",
    "SecurityReview", "SecurityReviewStatus",
]


class AdmissionStatus(models.TextChoices):
    DRAFT = "draft", _("填报")
    SUBMITTED = "submitted", _("待受理")
    RETURNED = "returned", _("待补正")
    IN_REVIEW = "in_review", _("审核中")
    ADMITTED = "admitted", _("已准入")
    REFUSED = "refused", _("不予准入")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("到期")
    REVOKED = "revoked", _("撤销")


class AdmissionBasis(models.TextChoices):
    DESK = "desk", _("材料审核")
    DECLARATION = "declaration", _("声明承诺")


class Admission(models.Model):
    """An organisation's admission 准入 in one class, with its term; once admitted its code is the number of the licence.

    ``category`` names the class in the checklist of version ``checklist``; what the class opens stands in ``capabilities``.
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="admissions")
    role = models.CharField(max_length=24, choices=Role)
    category = models.CharField(max_length=32, blank=True)
    checklist = models.CharField(max_length=12, blank=True)
    basis = models.CharField(max_length=12, choices=AdmissionBasis, default=AdmissionBasis.DESK)
    status = models.CharField(max_length=12, choices=AdmissionStatus, default=AdmissionStatus.DRAFT)
    answers = SealedJSONField(default=dict, blank=True)
    declaration_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the promise that was accepted")
    declared_by = models.CharField(max_length=40, blank=True)
    missing = models.JSONField(default=list, help_text="one list of all that is missing, on return")
    reason = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True, help_text="since when the desk is late with it; it stays where it is")
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(null=True, blank=True)
    capabilities = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    licence = models.JSONField(default=dict, blank=True, help_text="what is printed on the licence")
    licence_hash = models.CharField(max_length=64, blank=True)
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewals")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="when it was refused, withdrawn, expired or revoked")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when the documents promised with it were looked for")
    refused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                   help_text="who refused it last; never decides an objection to that")

    class Meta:
        verbose_name = verbose_name_plural = _("准入审核")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AdmissionStatus.values), name="admission_status_known"),
            models.CheckConstraint(condition=Q(basis__in=AdmissionBasis.values), name="admission_basis_known"),
            models.CheckConstraint(condition=~Q(basis="declaration") | Q(status__in=["draft", "returned", "withdrawn"])
                                   | ~Q(declaration_hash=""), name="admission_by_declaration_is_signed"),
            models.UniqueConstraint(fields=["organization", "role", "category"], condition=Q(status="admitted"),
                                    name="admission_one_in_force"),
            models.CheckConstraint(condition=Q(flagged_at__isnull=True) | Q(status="in_review"), name="admission_late_while_reviewed"),
        ]
        indexes = [models.Index(fields=["effective_from"], condition=Q(status="admitted", basis="declaration", looked_at__isnull=True),
                                name="admission_to_look_at")]

    def sealed_for(self) -> str:
        return self.code

    def get_category_display(self) -> str:
        """The class in words, as the application's own version of the checklist names it."""
        one = checklist(self.checklist).classes.get(self.category)
        return spoken(one.text) if one else self.category


class AdmissionObjectionStatus(models.TextChoices):
    OPEN = "open", _("异议待决")
    UPHELD = "upheld", _("异议成立")
    REJECTED = "rejected", _("异议不成立")
    WITHDRAWN = "withdrawn", _("异议已撤回")


class AdmissionObjection(models.Model):
    """The applicant's objection to a refusal 对不予准入的异议, decided by the authority; never by who refused (trigger).

    One for each refusal, which ``refused_at`` names; upheld, the refusal is annulled and the application is examined anew.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="objections")
    refused_at = models.DateTimeField(help_text="of the refusal that it objects to")
    grounds = models.TextField()
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="evidence, if any")
    status = models.CharField(max_length=10, choices=AdmissionObjectionStatus, default=AdmissionObjectionStatus.OPEN)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when it is flagged as late; it stays open")
    flagged_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("准入异议")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AdmissionObjectionStatus.values), name="admission_objection_status_known"),
            models.CheckConstraint(condition=~Q(grounds=""), name="admission_objection_says_something"),
            models.CheckConstraint(condition=~Q(status__in=["upheld", "rejected"])
                                   | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason="")),
                                   name="admission_objection_end_has_a_person"),
            models.UniqueConstraint(fields=["admission", "refused_at"], name="admission_objection_once"),
        ]

    def party_ids(self) -> set[int]:
        return {self.admission.organization_id}


class ProofStatus(models.TextChoices):
    HANDED_IN = "handed_in", _("待核")
    ACCEPTED = "accepted", _("有效")
    REFUSED = "refused", _("不予采信")
    REPLACED = "replaced", _("已更换")
    EXPIRED = "expired", _("到期")
    WITHDRAWN = "withdrawn", _("已撤回")


class Proof(models.Model):
    """A document of an organisation: a licence, a certificate, a letter, with its own term and, where it has one, its level.

    The file lies in the record book's storage; its name there says only what it is, so that no person's name stands in a row
    that is never changed.
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="proofs")
    item = models.CharField(max_length=40)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=80, blank=True, help_text="the document's own number")
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=ProofStatus, default=ProofStatus.HANDED_IN)
    reason = models.TextField(blank=True)
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)
    handed_in_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="when it stopped counting")
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("准入材料")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ProofStatus.values), name="proof_status_known"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                                   name="proof_period_forward"),
            models.UniqueConstraint(fields=["organization", "item"], condition=Q(status="accepted"), name="proof_one_accepted"),
        ]
        indexes = [models.Index(fields=["status", "effective_to"], name="proof_deadline")]

    def in_force(self, at: datetime) -> bool:
        return (self.status in {ProofStatus.ACCEPTED, ProofStatus.EXPIRED} and self.effective_from <= at
                and (self.effective_to is None or at < self.effective_to))


class ProofNeed(models.Model):
    """That an admission rests on a proof: without one in force from ``needed_from`` on, the named capabilities are closed (A5)."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="needs")
    item = models.CharField(max_length=40)
    capabilities = ArrayField(models.CharField(max_length=12), default=list)
    needed_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["admission", "item"], name="proof_need_once")]


class SecurityReviewStatus(models.TextChoices):
    OPEN = "open", _("审查中")
    CLEARED = "cleared", _("放行")
    BARRED = "barred", _("不予放行")


class SecurityReview(models.Model):
    """The security review 安全审查 of a party that is controlled from abroad (R65, R107); only the authority ends it, no deadline does.

    ``owners`` are the organisations abroad that stood above the party when it was opened: a later change opens another review.
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="security_reviews")
    owners = ArrayField(models.CharField(max_length=16), default=list)
    cause = models.CharField(max_length=20, help_text="code of the admission or of the organisation whose stakes changed")
    status = models.CharField(max_length=8, choices=SecurityReviewStatus, default=SecurityReviewStatus.OPEN)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when it is flagged as late; it stays open")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("安全审查")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SecurityReviewStatus.values), name="security_review_status_known"),
            models.CheckConstraint(condition=Q(status="open") | (~Q(decided_by="") & Q(decided_at__isnull=False)),
                                   name="security_review_end_has_a_person"),
            models.UniqueConstraint(fields=["organization"], condition=Q(status="open"), name="security_review_one_open"),
        ]
