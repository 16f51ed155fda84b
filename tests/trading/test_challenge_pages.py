"""The pages of a challenge: published with its files, entered with answers, compared without names, awarded by number (R112)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kit.coverage import covers
from tests.trading.deals import closed
from tests.trading.test_challenges import challenged, entered
from tests.trading.trials import KEYS, TRUTH
from trading.models import Challenge, Rfq

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def signed_in(actor: Any) -> Client:
    from participants.models import User

    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def csv(rows: dict[str, str], heading: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("t.csv", "\n".join([heading, *(f"{key},{value}" for key, value in rows.items())]).encode(), "text/csv")


@covers("R112")
def test_a_buyer_publishes_a_challenge_on_the_page() -> None:
    from tests.trading.worlds import make_buyer

    browser = signed_in(make_buyer())
    asked = {"title": "船型识别", "need": "按雷达回波识别船型", "purpose": "industry", "closes_at": "2030-01-01T10:00",
             "measure": "accuracy", "weight": "70", "least": "62.5"}
    half = browser.post(reverse("trading:ask"), asked | {"questions": csv(dict.fromkeys(KEYS, "1"), "key,length")})
    assert half.status_code == 400 and "揭榜须同时附题目和标准答案" in half.content.decode()
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from evidence.clock import MARKET_CLOCK
    end = (MARKET_CLOCK.now() + timedelta(days=3)).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M")
    whole = browser.post(reverse("trading:ask"), asked | {
        "closes_at": end, "questions": csv(dict.fromkeys(KEYS, "1"), "key,length"), "answers": csv(TRUTH, "key,answer")})
    assert whole.status_code == 302, whole.content.decode()[:3000]
    challenge = Challenge.objects.get()
    assert (challenge.weight, challenge.least_ppm, challenge.items) == (70, 625_000, 20)


@covers("R112", "T39")
def test_before_the_award_the_buyer_reads_numbers_and_prices_and_no_name() -> None:
    rfq, buyer = challenged()
    (first, seller), _ = entered(rfq, 900_000, 2), entered(rfq, 1_200_000, 1)
    held = closed(rfq)
    browser = signed_in(buyer)
    page = browser.get(reverse("trading:demand", args=[rfq.code])).content.decode()
    assert "94.00" in page and "87.00" in page
    for hidden in (first.seller.code, first.seller.short_name, first.listing.code, first.version.title_zh, first.code):
        assert hidden not in page
    best = next(number for number in (1, 2) if f'name="entry" value="{number}"' in page.split("btn-primary")[0])
    done = browser.post(reverse("trading:decide", args=[rfq.code]), {"act": "award", "entry": str(best)})
    assert done.status_code == 302 and Rfq.objects.get(pk=held.pk).status == "awarded"
    after = browser.get(reverse("trading:demand", args=[rfq.code])).content.decode()
    assert first.seller.short_name in after
    public = Client().get(reverse("trading:demand", args=[rfq.code])).content.decode()
    assert first.seller.short_name in public and "12,000" not in public, "the others' prices stay theirs"
    own = signed_in(seller).get(reverse("trading:trial_file", args=[rfq.code, "answers"]))
    assert own.status_code == 200 and b"S00,cargo" in b"".join(own.streaming_content)  # type: ignore[attr-defined]


@covers("R112")
def test_a_seller_downloads_the_questions_and_sends_answers_with_the_quote() -> None:
    from tests.factories import make_organization
    from tests.trading.deals import negotiable
    from tests.trading.worlds import seller_of

    rfq, _ = challenged()
    listing = negotiable(seller=make_organization())
    browser = signed_in(seller_of(listing))
    questions = browser.get(reverse("trading:trial_file", args=[rfq.code, "questions"]))
    assert b"S00,40" in b"".join(questions.streaming_content)  # type: ignore[attr-defined]
    given = {"act": "quote", "listing": str(listing.pk), "price": "9000", "note": ""}
    short = browser.post(reverse("trading:quote", args=[rfq.code]), given | {"answers": csv({"S00": "tug"}, "key,answer")})
    assert short.status_code == 400 and "缺少 19 题" in short.content.decode()
    sent = browser.post(reverse("trading:quote", args=[rfq.code]), given | {"answers": csv(TRUTH, "编号,答案")})
    assert sent.status_code == 302, sent.content.decode()[:2000]
