"""Clean rooms, the privacy budgets they draw on, the questions asked and the buyers' own lists (F7, F8, I21, W26)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from delivery.states import CohortStatus, QueryStatus, RoomPlace, RoomStatus
from listings.models import DataProduct, ListingVersion
from participants.actors import acting_for
from participants.models import Organization

__all__ = ["CHARGED", "Cohort", "PrivacyBudget", "Room", "RoomQuery", "RunnerKey"]

#: States in which a question's epsilon counts against its budgets.
CHARGED = (QueryStatus.QUEUED, QueryStatus.RUNNING, QueryStatus.DONE, QueryStatus.FAILED)


class RoomQuerySet(models.QuerySet["Room"]):
    def visible_to(self, user: Any) -> RoomQuerySet:
        """The holder's own."""
        return self.filter(version__organization_id=acting_for(user))


class Room(models.Model):
    """What may be asked about one version's file: the offer never changes; another offer is another room, and draws on the same budgets."""

    code = models.CharField(max_length=16, unique=True)
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="rooms")
    file_sha256 = models.CharField(max_length=64, help_text="the data version every question of it runs over")
    offer = models.JSONField(help_text="heading, columns, person column and limits, as the holder declares them")
    epsilon_buyer_micro = models.PositiveIntegerField(help_text="per buyer and product-year, in millionths")
    epsilon_all_micro = models.PositiveIntegerField(help_text="of all buyers in a product-year, in millionths")
    exponent = models.PositiveSmallIntegerField(default=100,
                                                help_text="how the price grows with epsilon, in hundredths; at most its square")
    place = models.CharField(max_length=6, choices=RoomPlace, default=RoomPlace.VENUE, help_text="where its questions run")
    status = models.CharField(max_length=6, choices=RoomStatus, default=RoomStatus.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=40, help_text="actor code")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RoomStatus.values), name="room_status_known"),
            models.CheckConstraint(condition=Q(place__in=RoomPlace.values), name="room_place_known"),
            models.CheckConstraint(condition=Q(file_sha256__regex=r"^[0-9a-f]{64}$"), name="room_file_is_pinned"),
            models.CheckConstraint(condition=Q(exponent__gte=1, exponent__lte=200), name="room_price_cannot_be_undercut"),
            models.CheckConstraint(condition=Q(epsilon_buyer_micro__gt=0) & Q(epsilon_buyer_micro__lte=F("epsilon_all_micro")),
                                   name="room_buyer_within_all"),
            models.UniqueConstraint(fields=["version"], condition=Q(status="open"), name="room_one_open"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.version.organization_id}


class PrivacyBudget(models.Model):
    """How much epsilon of a product-year is granted: of one buyer, or of all ('' in ``buyer``). It never exceeds its limit (I21)."""

    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="privacy_budgets")
    year = models.PositiveSmallIntegerField()
    buyer = models.CharField(max_length=16, blank=True, help_text="the buyer's code; empty: of all buyers together")
    limit_micro = models.PositiveIntegerField()
    granted_micro = models.PositiveIntegerField(default=0)
    #: Not of the row: what the room asked now gives at most, and what is granted this year of the same file under other products.
    bound_micro: int | None = None
    elsewhere_micro: int = 0

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "year", "buyer"], name="budget_one_a_year"),
            models.CheckConstraint(condition=Q(granted_micro__lte=F("limit_micro")), name="budget_never_exceeded"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.year} {self.buyer or 'all'}"

    @property
    def most_micro(self) -> int:
        """A stricter room binds at once; a wider one fills nothing before the next year."""
        return self.limit_micro if self.bound_micro is None else min(self.limit_micro, self.bound_micro)

    @property
    def used_micro(self) -> int:
        return self.granted_micro + self.elsewhere_micro

    @property
    def left_micro(self) -> int:
        return max(self.most_micro - self.used_micro, 0)


class Cohort(models.Model):
    """A buyer's own list of persons, kept as hashes only, joined within its delivery's room and emptied after its time."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="cohorts")
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=8, choices=CohortStatus, default=CohortStatus.HELD)
    hashes = models.BinaryField(help_text="32 bytes an id, in order; empty once emptied")
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="of the hashes: what a question names")
    taken_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="when it is emptied")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CohortStatus.values), name="cohort_status_known"),
            models.CheckConstraint(condition=Q(status="held", due_at__isnull=False) | Q(status="emptied", hashes=b"", due_at__isnull=True),
                                   name="cohort_emptied_holds_nothing"),
            models.CheckConstraint(condition=Q(size__gte=2), name="cohort_of_several"),
        ]

    def __str__(self) -> str:
        return self.code


class RoomQueryQuerySet(models.QuerySet["RoomQuery"]):
    def visible_to(self, user: Any) -> RoomQueryQuerySet:
        """The two sides of the delivery; the answer itself is shown to the buyer's people alone."""
        key = acting_for(user)
        return self.filter(Q(delivery__buyer_id=key) | Q(delivery__seller_id=key))


class RoomQuery(models.Model):
    """One question and what became of it: its epsilon is reserved before it runs; the same question is the same row."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="queries")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="queries")
    buyer = models.CharField(max_length=16, help_text="the buyer's code when it was asked")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="queries")
    question = models.JSONField(help_text="as it was asked, in the one way it is written")
    question_sha256 = models.CharField(max_length=64, help_text="of the question, its epsilon, its list and the data version")
    epsilon_micro = models.PositiveIntegerField()
    year = models.PositiveSmallIntegerField(help_text="the budget year it draws on")
    price_fen = models.BigIntegerField(help_text="its share of the price")
    status = models.CharField(max_length=9, choices=QueryStatus, default=QueryStatus.QUEUED)
    rows = models.JSONField(default=list, help_text="one row a declared group, with noise; small groups without numbers")
    rows_sha256 = models.CharField(max_length=64, blank=True)
    given_up = models.JSONField(default=list, help_text="what the process gave up before it read the data")
    job_sha256 = models.CharField(max_length=64, blank=True, help_text="of the signed text the runner took")
    answer_sha256 = models.CharField(max_length=64, blank=True, help_text="of the text a holder's runner signed")
    trace = models.JSONField(default=list, help_text="the steps of a holder's runner, each naming the hash of those before")
    reason = models.CharField(max_length=60, blank=True, help_text="refusal code, or what ended it")
    asked_by = models.CharField(max_length=40, help_text="actor code")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = RoomQueryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=QueryStatus.values), name="query_status_known"),
            models.CheckConstraint(condition=Q(epsilon_micro__gt=0, price_fen__gte=0), name="query_costs_something"),
            models.CheckConstraint(name="query_answer_only_when_done", condition=Q(status="done") & ~Q(rows=[]) & ~Q(rows_sha256="")
                                   | ~Q(status="done") & Q(rows=[], rows_sha256="")),
            models.CheckConstraint(condition=Q(status__in=["queued", "running"], due_at__isnull=False, ended_at__isnull=True)
                                   | ~Q(status__in=["queued", "running"]) & Q(due_at__isnull=True,
                                                                              ended_at__isnull=False), name="query_open_until"),
            models.UniqueConstraint(fields=["buyer", "question_sha256"], condition=Q(status__in=["queued", "running", "done"]),
                                    name="query_asked_once"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="query_due")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return self.delivery.party_ids()


class RunnerKey(models.Model):
    """The public key with which a holder's runner signs its answers; one at a time, and an end is final."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="runner_keys")
    key = models.CharField(max_length=64, unique=True, help_text="Ed25519, hexadecimal")
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=40, help_text="actor code")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], condition=Q(ended_at__isnull=True), name="runner_one_key"),
            models.CheckConstraint(condition=Q(key__regex=r"^[0-9a-f]{64}$"), name="runner_key_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.key[:12]}"
