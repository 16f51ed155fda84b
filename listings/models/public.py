"""Public data under authorised operation 公共数据授权运营 (Data Twenty article 4; 发改数据规〔2025〕27号, 发改价格〔2025〕65号)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from kit.money import MAX_FEN
from listings.models.ground import known
from listings.models.supply import DataProduct
from listings.states import AuthorisationStatus, OperationReportStatus
from participants.actors import acting_for
from participants.models import Organization

__all__ = ["Authorisation", "AuthorisationModel", "GuidedPrice", "OperationReport"]


class AuthorisationModel(models.TextChoices):
    """How wide an authorisation reaches (Norms on authorised operation, art. 9)."""

    WHOLE = "whole", _("整体授权")
    FIELD = "field", _("分领域授权")
    SCENARIO = "scenario", _("依场景授权")


class AuthorisationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> AuthorisationQuerySet:
        """The operator's and the grantor's own; everybody reads the public register, which shows what is or was in force."""
        mine = acting_for(user)
        return self.filter(Q(organization_id=mine) | Q(grantor_id=mine))


class Authorisation(models.Model):
    """A public body lets an operator run its public data 授权运营: for how long, for what, by which document.

    It is in force only once the grantor has confirmed it; the term is five years at most (check in the database).
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="authorisations", help_text="the operator")
    grantor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="granted_authorisations")
    model = models.CharField(max_length=10, choices=AuthorisationModel)
    subject_zh = models.CharField(max_length=200, help_text="which public data is run")
    subject_en = models.CharField(max_length=240, blank=True)
    document_no = models.CharField(max_length=80, help_text="number of the authorising document")
    fields = ArrayField(models.CharField(max_length=4), default=list, blank=True, help_text="section letters of GB/T 4754-2017")
    purposes = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="empty = any lawful purpose")
    territory = ArrayField(models.CharField(max_length=20), default=list, help_text="CN, CN-31, …")
    price_basis = models.CharField(max_length=400, help_text="document and method by which its prices are guided")
    grantor_share_bps = models.PositiveIntegerField(default=0, help_text="of what a price leaves to share, to the grantor's account")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="the agreement")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField()
    status = models.CharField(max_length=10, choices=AuthorisationStatus, default=AuthorisationStatus.FILED)
    reason = models.CharField(max_length=400, blank=True)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="when the grantor's answer is due")
    register_by = models.DateTimeField(null=True, blank=True, help_text="when the first product must be registered")
    report_at = models.DateTimeField(null=True, blank=True, help_text="when the next yearly report is asked for")

    objects = AuthorisationQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", AuthorisationStatus.values, "authorisation_status_known"),
            known("model", AuthorisationModel.values, "authorisation_model_known"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("effective_from")), name="authorisation_term_forward"),
            models.CheckConstraint(condition=~Q(organization=F("grantor")), name="authorisation_of_another"),
            models.CheckConstraint(condition=~Q(model="field") | ~Q(fields=[]), name="authorisation_field_named"),
            models.CheckConstraint(condition=~Q(model="scenario") | ~Q(purposes=[]), name="authorisation_scenario_named"),
            models.CheckConstraint(condition=~Q(territory=[]), name="authorisation_territory_named"),
            models.CheckConstraint(condition=Q(grantor_share_bps__lt=10_000), name="authorisation_operator_earns_too"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="authorisation_newest"),
                   models.Index(fields=["report_at"], name="authorisation_report", condition=Q(report_at__isnull=False))]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.organization_id, self.grantor_id}


class GuidedPrice(models.Model):
    """The cap a grantor sets for one licence of a product 政府指导价上限, with the figures it was reckoned from; append-only.

    The newest in force counts. A cap times the licences expected never exceeds the revenue permitted (check in the database).
    """

    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, related_name="prices")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="guided_prices")
    cap_fen = models.BigIntegerField()
    quantity = models.PositiveIntegerField(help_text="licences expected in the cycle")
    cost_fen = models.BigIntegerField()
    subsidy_fen = models.BigIntegerField(default=0)
    bond_yield_bps = models.PositiveIntegerField(help_text="average yield of ten-year government bonds, year before the survey")
    rate_bps = models.PositiveIntegerField()
    tax_fen = models.BigIntegerField(default=0)
    excess_fen = models.BigIntegerField(default=0, help_text="earned too much in the cycle before")
    permitted_fen = models.BigIntegerField()
    document_no = models.CharField(max_length=80)
    effective_from = models.DateTimeField()
    review_by = models.DateTimeField(help_text="reviewed at the latest then; no cap after it")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cap_fen__range=(0, MAX_FEN), cost_fen__range=(0, MAX_FEN), subsidy_fen__range=(0, MAX_FEN),
                                               tax_fen__range=(0, MAX_FEN), excess_fen__range=(0, MAX_FEN)),
                                   name="guided_price_amounts"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="guided_price_quantity"),
            models.CheckConstraint(condition=Q(rate_bps__lte=F("bond_yield_bps") + 600), name="guided_price_rate"),
            models.CheckConstraint(condition=Q(review_by__gt=F("effective_from")), name="guided_price_term_forward"),
        ]
        indexes = [models.Index(fields=["product", "-id"], name="guided_price_newest")]


class OperationReport(models.Model):
    """The yearly report of an authorisation 年度运营报告: owed by the end of March, with separate accounts; a late one stays owed."""

    code = models.CharField(max_length=16, unique=True)
    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, related_name="reports")
    year = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=OperationReportStatus, default=OperationReportStatus.DUE)
    due_at = models.DateTimeField(null=True, blank=True)
    cost_fen = models.BigIntegerField(null=True, blank=True)
    revenue_fen = models.BigIntegerField(null=True, blank=True)
    permitted_fen = models.BigIntegerField(null=True, blank=True, help_text="of the caps in force in that year")
    adjust = models.CharField(max_length=8, blank=True, help_text="nothing, prices or caps")
    note = models.TextField(blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            known("status", OperationReportStatus.values, "operation_report_status_known"),
            known("adjust", ("", "nothing", "prices", "caps"), "operation_report_adjust_known"),
            models.UniqueConstraint(fields=["authorisation", "year"], name="operation_report_once_a_year"),
            models.CheckConstraint(condition=~Q(status="filed") | Q(revenue_fen__isnull=False, cost_fen__isnull=False,
                                                                    filed_at__isnull=False),
                                   name="operation_report_filed_whole"),
        ]
        indexes = [models.Index(fields=["due_at"], name="operation_report_due", condition=Q(due_at__isnull=False))]
