"""Worlds of computing at the holder: a file that stays there, a delivery by query, an approved algorithm, an ordered job."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

from delivery.computing.algorithms import approve_algorithm, secure_algorithm, submit_algorithm
from delivery.computing.jobs import order_job
from delivery.computing.language import Answer, run
from delivery.models import Algorithm, ComputeJob, Delivery
from delivery.operations import open_delivery
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger.operations import fund
from listings.models import Listing, ListingVersion
from participants.actors import actor_of
from participants.models import Organization
from participants.roles import Role
from tests.delivery.worlds import make_buyer, make_listing, make_trade, pay
from tests.factories import make_actor, make_user

HEADING = ["站点", "城市", "利用率"]
#: A mark that stands in one row at the holder and must be found nowhere at the house.
CANARY = "金丝雀站点-7f3a"
ALGORITHM: dict[str, Any] = {"format": "aggregate/1", "group_by": ["城市"], "where": [],
                             "measures": [{"of": "count"}, {"of": "mean", "column": "利用率"}]}
TEXT = json.dumps(ALGORITHM, ensure_ascii=False)


def rows() -> list[list[str]]:
    """Twelve stations in 上海 at 0.30, ten in 苏州 at 0.50, three in 杭州; the canary is one of those in 上海."""
    towns = [("上海", 12, "0.30"), ("苏州", 10, "0.50"), ("杭州", 3, "0.90")]
    made = [[f"S{town}{number}", town, share] for town, count, share in towns for number in range(count)]
    made[4][0] = CANARY
    return made


def file_of_holder() -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEADING, *rows()])
    return out.getvalue().encode()


SHA256 = hashlib.sha256(file_of_holder()).hexdigest()


def computed_listing(seller: Organization | None = None, mode: str = "query") -> Listing:
    """A product whose file is known here by its hash alone."""
    listing = make_listing(seller)
    ListingVersion.objects.filter(pk=listing.version_id).update(delivery_mode=mode, file_sha256=SHA256)
    return Listing.objects.select_related("version", "organization").get(pk=listing.pk)


def approved(owner: Actor, text: str = TEXT) -> Algorithm:
    """An algorithm that passed both stages."""
    made = submit_algorithm(organization=Organization.objects.get(pk=owner.organization_id), title="城市均值", text=text, actor=owner,
                            clock=MARKET_CLOCK)
    made = secure_algorithm(algorithm=made, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    return approve_algorithm(algorithm=made, actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)


def paid(listing: Listing, buyer: Actor) -> Delivery:
    """A paid delivery of the listing, of money it was given for it."""
    fund(organization=buyer.organization, amount_fen=1_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    one = open_delivery(trade=pay(make_trade(listing=listing, buyer=buyer)), actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    return one


def ordered(listing: Listing, buyer: Actor | None = None) -> ComputeJob:
    """A job that waits for the holder's runner."""
    buyer = buyer or make_buyer()
    return order_job(delivery=paid(listing, buyer), algorithm=approved(buyer), actor=buyer, clock=MARKET_CLOCK)


def holder_of(listing: Listing) -> Actor:
    return actor_of(make_user(Role.DATA_MERCHANT, organization=listing.organization))


def answer_of(job: ComputeJob) -> Answer:
    """What the holder's runner makes of the job."""
    return run(job.algorithm.text, HEADING, rows(), file_sha256=SHA256)
