"""Registration of rights and its certificate 登记、登记凭证 (Data Twenty article 3; 发改数据规〔2025〕26号)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from listings.models.ground import CATEGORIES, TenantQuerySet, known
from listings.models.supply import DataProduct, OriginClass, PropertyRight
from listings.states import (
    CertificateStatus,
    RegistrationStatus,
)
from participants.models import Organization, Person, Venue


class RegistrationKind(models.TextChoices):
    FIRST = "first", _("首次登记")
    LICENCE = "licence", _("许可登记")
    TRANSFER = "transfer", _("转移登记")
    CHANGE = "change", _("变更登记")
    CORRECTION = "correction", _("更正登记")
    CANCELLATION = "cancellation", _("注销登记")
    RENEWAL = "renewal", _("续展登记")


class Registration(models.Model):
    """An application to register rights 数据产权登记 (R10); notice periods per regime come from Parameters."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="registrations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="registrations")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="registrations")
    rights = models.ManyToManyField(PropertyRight, related_name="registrations")
    kind = models.CharField(max_length=12, choices=RegistrationKind, default=RegistrationKind.FIRST)
    regime = models.CharField(max_length=12, help_text="public, personal or enterprise: which notice applies")
    before = models.ForeignKey("RegistrationCertificate", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                               help_text="the certificate it renews, changes, corrects, transfers, licenses from or cancels")
    counterparty = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                     help_text="who receives the rights: transferee or licensee; the certificate is theirs")
    statement = models.TextField(blank=True, help_text="source and rights as the applicant states them")
    special = models.BooleanField(default=False, help_text="special personal data: in no public notice, for admitted units alone (R30)")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                help_text="the deposited evidence")
    status = models.CharField(max_length=12, choices=RegistrationStatus, default=RegistrationStatus.DRAFT)
    missing = models.JSONField(default=list, help_text="one list of all that is missing, on return")
    reason = models.TextField(blank=True)
    notice_from = models.DateTimeField(null=True, blank=True)
    notice_to = models.DateTimeField(null=True, blank=True)
    notice_left_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="what was left when an objection stopped it")
    due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True, help_text="when its formal review ran out of time and the head was told")
    applied_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", RegistrationStatus.values, "registration_status_known"),
            known("regime", CATEGORIES, "registration_regime_known"),
            models.CheckConstraint(condition=~Q(status="in_notice") | Q(notice_to__isnull=False), name="registration_notice_has_end"),
            models.CheckConstraint(condition=Q(kind="first", before__isnull=True) | (~Q(kind="first") & Q(before__isnull=False)),
                                   name="registration_names_the_one_before"),
            models.CheckConstraint(condition=Q(kind__in=["transfer", "licence"], counterparty__isnull=False)
                                   | (~Q(kind__in=["transfer", "licence"]) & Q(counterparty__isnull=True)),
                                   name="registration_names_the_other_side"),
            models.UniqueConstraint(fields=["product"], name="registration_one_open",
                                    condition=Q(status__in=["draft", "applied", "returned", "in_review", "in_notice", "objected"])),
        ]
        indexes = [models.Index(fields=["product"], name="registration_special", condition=Q(special=True)),
                   models.Index(fields=["due_at"], name="registration_due", condition=Q(due_at__isnull=False))]


class RegistrationObjection(models.Model):
    """An objection to a registration in notice or just issued, by anyone with a real name and evidence."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="objections")
    objector = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    grounds = models.TextField()
    claim = models.CharField(max_length=10, blank=True, choices=OriginClass, help_text="on what the objector's own right rests, if any")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="the evidence")
    at = models.DateTimeField()
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True, choices=[("rejected", _("驳回")), ("upheld", _("成立"))])
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True, help_text="when its time ran out undecided and the authority was told")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration"], condition=Q(decided_at__isnull=True), name="objection_one_open"),
            models.CheckConstraint(name="objection_decided_once",
                                   condition=Q(decided_at__isnull=True, outcome="")
                                   | Q(decided_at__isnull=False, outcome__in=["rejected", "upheld"])),
        ]


class RegistrationCertificate(models.Model):
    """The certificate 登记凭证 of a finished registration: what is registered, for whom, until when."""

    code = models.CharField(max_length=16, unique=True)
    registration = models.OneToOneField(Registration, on_delete=models.PROTECT, related_name="certificate")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="certificates")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="certificates")
    content = models.JSONField(help_text="holder, product, rights and terms as certified")
    content_hash = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=CertificateStatus, default=CertificateStatus.VALID)
    cause_code = models.CharField(max_length=16, blank=True)
    issued_at = models.DateTimeField()
    effective_to = models.DateTimeField()
    objection_to = models.DateTimeField(null=True, blank=True, help_text="open to objection until, where no notice went before")
    due_at = models.DateTimeField(null=True, blank=True, help_text="while frozen: when a person looks at it again")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", CertificateStatus.values, "certificate_status_known"),
            models.UniqueConstraint(fields=["product", "organization"], condition=Q(status__in=["valid", "frozen"]),
                                    name="certificate_one_in_force"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("issued_at")), name="certificate_term_forward"),
            models.CheckConstraint(condition=Q(due_at__isnull=True) | Q(status="frozen"), name="certificate_due_while_frozen"),
        ]
        indexes = [models.Index(fields=["due_at"], name="certificate_due", condition=Q(due_at__isnull=False))]
