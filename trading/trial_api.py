"""Challenges 揭榜挂帅 for programs: criteria with a demand, answers with a quote, the tables to read, the entries without names (R112).

Tables of questions and answers travel as the text of a CSV inside the JSON body.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from evidence.models import Deposit
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import Requires, StrictSerializer, actor_for
from trading.auctions.challenge import MILLION
from trading.challenge_models import Challenge, Measure
from trading.challenge_views import kept_table
from trading.challenges import Result, answers_open_to, challenge_of, entry_of, results
from trading.models import Quote, Rfq
from trading.operations.challenging import ChallengeTerms
from trading.requests import rfq_for
from trading.secrecy import screened
from trading.states import RfqStatus

__all__ = ["ChallengeIn", "CsvField", "answers_in", "criteria_in", "quote_named", "urlpatterns"]

#: Two tables fit into one body of a megabyte, whatever their script.
_LONGEST = 400_000
_OVER = (RfqStatus.AWARDED, RfqStatus.FAILED)


class CsvField(serializers.CharField):
    """The text of a CSV, kept as it came: its line ends and spaces are part of what is hashed."""

    def __init__(self, **named: Any) -> None:
        super().__init__(max_length=_LONGEST, trim_whitespace=False, **named)


class ChallengeIn(StrictSerializer):
    """How the request is decided; ``weight`` is the mark's in percent, ``least_ppm`` the least mark in millionths."""

    measure = serializers.ChoiceField(choices=Measure.values)
    weight = serializers.IntegerField(min_value=10, max_value=90)
    least_ppm = serializers.IntegerField(min_value=0, max_value=MILLION)
    questions = CsvField(help_text="CSV with a column `key`, without answers")
    answers = CsvField(help_text="CSV with the columns `key` and `answer`; nobody else reads it before the decision")


class EntryRow(serializers.Serializer):
    """One entry by its number; who it is shows with the award, prices and others' points show to the buyer alone."""

    entry = serializers.IntegerField()
    mark_ppm = serializers.IntegerField()
    place = serializers.IntegerField(allow_null=True, help_text="null below the least mark")
    points = serializers.CharField(required=False, help_text="of 100, cut to two places; empty below the least mark")
    price_fen = serializers.IntegerField(required=False)
    tied = serializers.ListField(child=serializers.IntegerField(), required=False, help_text="entries of parties tied to this one")
    quote = serializers.CharField(required=False)
    seller = serializers.CharField(required=False)
    listing = serializers.CharField(required=False)


class TrialRow(serializers.Serializer):
    demand = serializers.CharField()
    measure = serializers.CharField()
    weight = serializers.IntegerField()
    least_ppm = serializers.IntegerField()
    items = serializers.IntegerField()
    questions_sha256 = serializers.CharField()
    commitment = serializers.CharField(help_text="to the true answers, from the first day")
    salt = serializers.CharField(allow_null=True, help_text="of the commitment, once it is decided")
    entries = EntryRow(many=True)


class TableRow(serializers.Serializer):
    demand = serializers.CharField()
    sha256 = serializers.CharField()
    csv = serializers.CharField()


def _deposited(text: str, name: str, actor: Actor) -> Deposit:
    kept = kept_table(ContentFile(text.encode(), name=name), actor)
    assert kept is not None, "a text was given"
    return kept


def criteria_in(given: dict[str, Any] | None, actor: Actor) -> ChallengeTerms | None:
    """This will read the criteria that came with a demand; None where none did."""
    if given is None:
        return None
    return ChallengeTerms(given["measure"], given["weight"], given["least_ppm"], _deposited(given["questions"], "questions.csv", actor),
                          _deposited(given["answers"], "answers.csv", actor))


def answers_in(text: str, actor: Actor) -> Deposit | None:
    """This will take the trial answers that came with a quote; None where none did."""
    return _deposited(text, "answers.csv", actor) if text else None


@covers("R112", "T39")
def quote_named(rfq: Rfq, quote: str, entry: int | None, *, at: datetime) -> Quote:
    """This will find what a buyer awards: a quote by its code, in a challenge an entry by its number, since nobody has a name yet."""
    challenge = challenge_of(rfq)
    if challenge is not None and rfq.status != RfqStatus.AWARDED:
        return entry_of(rfq, challenge, entry or 0, at=at)
    if challenge is not None and entry is not None:
        return entry_of(rfq, challenge, entry, at=at)
    found = Quote.objects.filter(rfq=rfq, code=quote.replace("\0", "")).first()
    if found is None:
        raise Rejected("trading.quote.absent")
    return found


def _entry(one: Result, *, buyer: bool, named: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"entry": one.number, "mark_ppm": one.mark_ppm, "place": one.place}
    won = one.quote.status == "won"
    if buyer:
        row |= {"price_fen": one.quote.price_fen, "tied": list(one.tied)}
    if buyer or won:
        row["points"] = one.points_text
    if named and (buyer or won):
        row |= {"quote": one.quote.code, "seller": one.quote.seller.code, "listing": one.quote.listing.code}
    return row


def _row(rfq: Rfq, challenge: Challenge, organization_id: int | None, at: datetime) -> dict[str, Any]:
    buyer, named = organization_id is not None and organization_id == rfq.buyer_id, rfq.status == RfqStatus.AWARDED
    shown = rfq.status != RfqStatus.OPEN and (buyer or named)
    return screened("trial", {
        "demand": rfq.code, "measure": challenge.measure, "weight": challenge.weight, "least_ppm": challenge.least_ppm,
        "items": challenge.items, "questions_sha256": challenge.questions.sha256, "commitment": challenge.commitment().digest(),
        "salt": challenge.salt_told if rfq.status in _OVER else None,
        "entries": [_entry(one, buyer=buyer, named=named) for one in results(rfq, challenge, at=at)] if shown else []})


def _challenge(rfq: Rfq) -> Challenge:
    found = challenge_of(rfq)
    if found is None:
        raise Rejected("trading.challenge.absent", rfq=rfq.code)
    return found


class Trial(APIView):
    """How a challenge is decided; once the round is over its entries, to the buyer by number, to all with the award."""

    permission_classes = [Requires(GET="trading.demand.see")]

    @covers("R112", "T39")
    @extend_schema(operation_id="trial", responses={200: TrialRow})
    def get(self, request: Request, code: str) -> Response:
        rfq = rfq_for(code, request.user)
        return Response(_row(rfq, _challenge(rfq), actor_for(request).organization_id, MARKET_CLOCK.now()))


class TrialTable(APIView):
    """The questions for whoever sees the demand; the true answers for the buyer, and once it is decided for who entered."""

    permission_classes = [Requires(GET="trading.demand.see")]

    @covers("R112", "T39")
    @extend_schema(operation_id="trial_table", responses={200: TableRow})
    def get(self, request: Request, code: str, which: str) -> Response:
        rfq = rfq_for(code, request.user)
        challenge = _challenge(rfq)
        if which not in ("questions", "answers") or (which == "answers" and not answers_open_to(rfq, actor_for(request).organization_id)):
            raise Rejected("trading.challenge.absent", rfq=rfq.code)
        one = challenge.questions if which == "questions" else challenge.answers
        with open_deposit(one) as stored:
            raw = stored.read()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("gb18030")
        return Response({"demand": rfq.code, "sha256": one.sha256, "csv": text})


urlpatterns = [
    path("demands/<str:code>/trial/", Trial.as_view(), name="demand_trial"),
    path("demands/<str:code>/trial/<str:which>/", TrialTable.as_view(), name="demand_trial_table"),
]
