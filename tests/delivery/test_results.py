"""An answer's certificate: anybody checks it, nobody reads from it; a changed answer is found, online and offline (F10).

Worked example: a room answers "305 persons". Its certificate shows hashes and an epsilon; with the answer's file it says "the one
certified", with 306 in the file it says which thing differs.
"""

from __future__ import annotations

import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import ProgrammingError, transaction
from django.test import Client

from delivery.certifying import answer_file, certify_result
from delivery.cleanroom.jail import Outcome
from delivery.computing.jobs import answer_job
from delivery.models import ResultCertificate
from delivery.results import committed, held_against, rows_hash, signature_fits
from evidence.clock import MARKET_CLOCK
from evidence.keys import public_bytes, signing_key
from evidence.models import Record
from evidence.operations import drain
from kit.coverage import covers
from tests.delivery.computing import answer_of, computed_listing, holder_of, ordered
from tests.delivery.rooms import ANSWER, asked, ended, sold
from tests.delivery.worlds import buyer_of, make_buyer, seller_of
from tests.exchange.worlds import signed_in

pytestmark = pytest.mark.django_db


def certified() -> ResultCertificate:
    one = sold()
    query = ended(asked(one), Outcome(rows=ANSWER, opened=True))
    assert query.status == "done"
    drain()
    return ResultCertificate.objects.get(query=query)


@covers("F10")
def test_each_answer_gets_one_certificate_and_no_other_end_does() -> None:
    held = certified()
    assert Record.objects.filter(kind="delivery.result.certified").count() == 1
    assert certify_result(query=held.query, clock=MARKET_CLOCK) == held and ResultCertificate.objects.count() == 1
    failed = ended(asked(sold()), Outcome(opened=True))
    drain()
    assert failed.status == "failed" and not ResultCertificate.objects.filter(query=failed).exists()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ResultCertificate.objects.update(salt="0" * 64)


@covers("F10")
def test_a_certificate_names_answer_question_data_policy_and_epsilon_by_hash_and_the_house_signed_it() -> None:
    held = certified()
    said, query = held.content, held.query
    assert query is not None
    assert said["output"] == committed(held.salt, "output", query.rows_sha256) and said["data"] == query.room.file_sha256
    assert said["algorithm"] == committed(held.salt, "algorithm", query.question_sha256) and said["epsilon_micro"] == 250_000
    assert signature_fits(said, held.signature, public_bytes(signing_key()))
    for field, other in (("output", "0" * 64), ("epsilon_micro", 1), ("data", "f" * 64), ("policy", "0" * 64)):
        assert not signature_fits({**said, field: other}, held.signature, public_bytes(signing_key())), field


def naive_output_hash(rows: Any) -> str:
    """What is often done: the answer's plain hash on the public page."""
    return rows_hash(rows)


@covers("F10")
def test_a_stranger_cannot_guess_the_answer_from_the_certificate_though_it_is_one_of_a_thousand() -> None:
    held = certified()
    guesses = [[{**ANSWER[0], "measures": [str(n)]}] for n in range(1000)]
    assert rows_hash(ANSWER) in {naive_output_hash(guess) for guess in guesses}, "the naive hash is found by trying"
    tried = {hashlib.sha256(rows_hash(guess).encode()).hexdigest() for guess in guesses} | {rows_hash(guess) for guess in guesses}
    assert held.content["output"] not in tried and held.salt not in json.dumps(held.content)


@covers("F10")
def test_the_public_page_checks_it_and_says_nothing_secret(client: Client) -> None:
    held = certified()
    page = client.get(f"/verify/{held.code}").content.decode()
    assert "凭证真实，现行有效" in page and "<svg class=\"qr\"" in page and held.content["output"] in page
    assert held.query is not None
    one = held.query.delivery
    for secret in (one.code, one.buyer.code, one.seller.code, one.trade.code, held.salt, held.query.code, held.query.question_sha256,
                   held.query.rows_sha256, one.buyer.name):
        assert secret not in page, secret
    said = client.get(f"/verify/{held.code}/certificate.json").json()
    assert signature_fits(said["content"], said["signature"], bytes.fromhex(said["key"]))
    assert client.get("/verify/RCT-0000000000/certificate.json").status_code == 404


@covers("F10")
@pytest.mark.parametrize(("change", "word"), [("", "逐字一致"), ("rows", "不是这份凭证所证明的内容"), ("salt", "不是这份凭证所证明的内容"),
                                             ("algorithm", "不是这份凭证所证明的内容"), ("certificate", "不是这份凭证所证明的内容")])
def test_an_answers_file_is_held_against_it_on_the_page_and_a_changed_one_fails_with_words(client: Client, change: str, word: str) -> None:
    held = certified()
    document = answer_file(held)
    if change:
        document[change] = [{**ANSWER[0], "measures": ["306"]}] if change == "rows" else "0" * 64
    upload = SimpleUploadedFile("answer.json", json.dumps(document, ensure_ascii=False).encode(), "application/json")
    page = client.post(f"/verify/{held.code}/result/", {"answer": upload}).content.decode()
    assert word in page
    broken = client.post(f"/verify/{held.code}/result/", {"answer": SimpleUploadedFile("x.json", b"\xff{", "application/json")})
    assert "读不出这份结果文件" in broken.content.decode()


@covers("F10")
def test_certificate_and_answer_are_checked_offline_and_the_command_names_what_differs(client: Client, tmp_path: Path) -> None:
    held = certified()
    (tmp_path / "bundle.json").write_bytes(client.get(f"/verify/{held.code}/bundle/").content)
    document = answer_file(held)

    def told() -> tuple[int, str]:
        (tmp_path / "answer.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        out, err = StringIO(), StringIO()
        try:
            call_command("check_result", str(tmp_path / "bundle.json"), str(tmp_path / "answer.json"), stdout=out, stderr=err)
        except SystemExit as over:
            return int(over.code or 0), err.getvalue()
        return 0, out.getvalue()

    assert told()[0] == 0
    document["rows"] = [{**ANSWER[0], "measures": ["306"]}]
    code, words = told()
    assert code == 1 and "The answer: NOT the one certified" in words


@covers("F10")
def test_the_buyers_people_get_the_file_that_opens_it_and_the_holder_does_not() -> None:
    held = certified()
    assert held.query is not None
    one = held.query.delivery
    where = f"/desk/deliveries/{one.code}/room/{held.query.code}/"
    buyer = signed_in(buyer_of(one.trade))
    assert held.code in buyer.get(where).content.decode()
    assert all(good for _, good in held_against(held.content, buyer.get(f"{where}answer.json").json()))
    seller = signed_in(seller_of(one.version.listing))
    assert seller.get(f"{where}answer.json").status_code == 404 and held.code in seller.get(where).content.decode()


@covers("F10", "W14")
def test_a_computing_jobs_answer_is_certified_too() -> None:
    listing, buyer = computed_listing(), make_buyer()
    job = ordered(listing, buyer)
    given = answer_of(job)
    answer_job(job=job, rows=given.rows, trace=given.trace, actor=holder_of(listing), clock=MARKET_CLOCK)
    drain()
    held = ResultCertificate.objects.get(job=job)
    assert held.content["of"] == "job" and all(good for _, good in held_against(held.content, answer_file(held)))
    page = signed_in(buyer).get(f"/desk/computing/jobs/{job.code}/").content.decode()
    assert held.code in page and signed_in(buyer).get(f"/desk/computing/jobs/{job.code}/answer.json").status_code == 200


