"""R114: take along everything one has here and nobody else's secrets, leave when nothing is open, be taken in elsewhere."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from evidence.models import Record
from evidence.sealing import seal_batch
from evidence.verify import verify_bundle
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion
from participants import packing
from participants.actors import actor_of
from participants.leaving import ask_to_leave, remaining
from participants.models import Organization, Takeout, User
from participants.packing import ask_takeout, make_takeouts, write_takeout
from participants.queries import may
from participants.roles import Role
from participants.successions import decide_succession
from participants.takeouts import Part, parts
from tests.factories import make_organization, make_user
from tests.settlement.estates import make_world
from tests.trading.worlds import make_listing, stand_still

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def floor(db: None) -> None:
    stand_still()


def packed(organization: Organization, actor: Actor) -> tuple[Takeout, zipfile.ZipFile]:
    one = write_takeout(takeout=ask_takeout(organization=organization, actor=actor, clock=MARKET_CLOCK), clock=MARKET_CLOCK)
    assert one.file is not None
    return one, zipfile.ZipFile(io.BytesIO(open_deposit(one.file).read()))


def seller() -> tuple[Organization, User, Actor]:
    organization = make_organization(Role.DATA_MERCHANT)
    user = make_user(Role.DATA_MERCHANT, organization=organization)
    return organization, user, actor_of(user)


@covers("R114")
def test_the_pack_holds_every_part_with_its_hash_and_an_evidence_bundle_that_verifies() -> None:
    world = make_world()
    seal_batch(clock=MARKET_CLOCK)
    actor = actor_of(make_user(Role.DATA_MERCHANT, organization=world.ends))
    one, archive = packed(world.ends, actor)
    manifest = json.loads(archive.read("manifest.json"))
    assert hashlib.sha256(archive.read("manifest.json")).hexdigest() == one.manifest_sha256
    assert {row["name"]: row["rows"] for row in manifest["parts"]}.items() >= {"listings": Listing.objects.filter(
        organization=world.ends).count(), "organisation": 1}.items()
    assert {part.name for part in parts()} == {row["name"] for row in manifest["parts"]}
    for listed in manifest["files"]:
        assert hashlib.sha256(archive.read(listed["path"])).hexdigest() == listed["sha256"]
    codes = {row["code"] for row in json.loads(archive.read("data/trades.json"))}
    assert {world.unpaid.code, world.due.code} <= codes
    bundle = json.loads(archive.read("evidence.json"))
    assert bundle["entries"] and verify_bundle(bundle).faults == []
    made = Record.objects.get(kind="participants.export.made")
    assert (made.subject, made.payload["manifest_sha256"]) == (world.ends.code, one.manifest_sha256)


@covers("R114")
def test_nobody_elses_secrets_go_along() -> None:
    world = make_world()
    _, archive = packed(world.ends, actor_of(make_user(Role.DATA_MERCHANT, organization=world.ends)))
    lots = json.loads(archive.read("data/lots.json"))
    assert lots and not {"top_fen", "second_fen", "leader", "reserve_salt"} & set(lots[0])
    assert all(row["lot"] != world.lot.code for row in json.loads(archive.read("data/bids.json"))), "the rival's bids stay the rival's"
    assert b"20000000" not in archive.read("data/lots.json"), "nor does the leader's maximum"
    for row in json.loads(archive.read("data/settlements.json")):
        assert not {"weights", "accounts", "organizations"} & set(row)


@covers("R114")
def test_progress_is_told_and_a_lost_worker_costs_only_time(monkeypatch: pytest.MonkeyPatch) -> None:
    organization, _, actor = seller()
    one = ask_takeout(organization=organization, actor=actor, clock=MARKET_CLOCK)
    known = parts()

    def lost(_of: Organization) -> Any:
        raise OSError("the worker is killed")

    monkeypatch.setattr(packing, "parts", lambda: [*known[:3], Part("x", ("x", "x"), lost), *known[4:]])
    assert make_takeouts(clock=MARKET_CLOCK) == 0
    one.refresh_from_db()
    assert (one.done, one.ready_at) == (3, None) and 0 < one.percent < 100
    with pytest.raises(Rejected, match=r"export\.under_way"):
        ask_takeout(organization=organization, actor=actor, clock=MARKET_CLOCK)
    monkeypatch.setattr(packing, "parts", parts)
    assert make_takeouts(clock=MARKET_CLOCK) == 1
    assert make_takeouts(clock=MARKET_CLOCK) == 0, "a pack is written once"
    again = write_takeout(takeout=one, clock=MARKET_CLOCK)
    assert again.percent == 100 and Record.objects.filter(kind="participants.export.made").count() == 1


@covers("R114")
def test_only_ones_own_and_only_whole() -> None:
    organization, _, actor = seller()
    with pytest.raises(Rejected) as caught:
        ask_takeout(organization=organization, actor=seller()[2], clock=MARKET_CLOCK)
    assert caught.value.status == 404
    one = ask_takeout(organization=organization, actor=actor, clock=MARKET_CLOCK)
    for changes in ({"ready_at": MARKET_CLOCK.now()}, {"done": one.total + 1}, {"asked_by": "PSN-OTHER"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Takeout.objects.filter(pk=one.pk).update(**changes)


@covers("R114")
def test_what_is_open_is_listed_and_leaving_is_refused_until_it_is_settled() -> None:
    world = make_world()
    actor = actor_of(make_user(Role.DATA_MERCHANT, organization=world.ends))
    with pytest.raises(Rejected, match=r"leaving\.no_pack"):
        ask_to_leave(organization=world.ends, reason="迁往别处", actor=actor, clock=MARKET_CLOCK)
    packed(world.ends, actor)
    listed = {one.subject for one in remaining(world.ends, at=MARKET_CLOCK.now())}
    assert {world.unpaid.code, world.lot.code, world.ends.code} <= listed, "a trade, a lot, money on the account"
    with pytest.raises(Rejected) as caught:
        ask_to_leave(organization=world.ends, reason="迁往别处", actor=actor, clock=MARKET_CLOCK)
    assert caught.value.code == "participants.leaving.open" and caught.value.text("detail", "en")


@covers("R114", "T43")
def test_who_leaves_is_closed_and_signed_out_and_its_history_stays_readable(
        django_capture_on_commit_callbacks: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    organization, user, actor = seller()
    listing = make_listing(organization)
    packed(organization, actor)
    seat, bells = Client(), list[str]()
    seat.force_login(user)
    case = ask_to_leave(organization=organization, reason="迁往别处", actor=actor, clock=MARKET_CLOCK)
    monkeypatch.setattr("participants.people.ring_after_commit", lambda group, message: bells.append(group))
    regulator = make_user(Role.REGULATOR)
    with pytest.raises(Rejected):
        decide_succession(succession=case, agree=True, reason="同意", actor=actor, clock=MARKET_CLOCK)
    decide_succession(succession=case, agree=True, reason="无未了事项", actor=actor_of(regulator), clock=MARKET_CLOCK)
    organization.refresh_from_db()
    listing.refresh_from_db()
    assert organization.closed_at is not None and listing.status == "delisted"
    assert may(organization, "list", at=MARKET_CLOCK.now()) != "" and actor_of(user).organization_id is None
    assert bells == [f"user.{user.pk}"], "open sockets close at once"
    assert seat.get("/desk/organisation/").status_code in {302, 403}, "the session opens nothing at its next request"
    desk = Client()
    desk.force_login(regulator)
    assert organization.short_name in desk.get(f"/desk/successions/{case.code}/").content.decode()
    assert Record.objects.filter(subject=listing.code).exists() and Takeout.objects.filter(organization=organization).exists()


@covers("R114")
def test_another_venue_takes_the_listings_in_as_drafts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    organization, _, actor = seller()
    listing = make_listing(organization, title_zh="港口吞吐量日度数据", description_zh="按日", sector="G", delivery_mode="download")
    one, _ = packed(organization, actor)
    assert one.file is not None
    path = tmp_path / "pack.zip"
    path.write_bytes(open_deposit(one.file).read())
    heir, heir_user, _ = seller()
    call_command("import_takeout", str(path), "--organization", heir.code, "--as", heir_user.username, "--json")
    report = json.loads(capsys.readouterr().out)
    assert [row["from"] for row in report["taken"]] == [listing.code] and report["refused"] == []
    draft = ListingVersion.objects.get(organization=heir)
    assert (draft.status, draft.title_zh, draft.price_fen, draft.listing.status) == ("draft", "港口吞吐量日度数据", 1_000_000, "unlisted")
    call_command("import_takeout", str(path), "--organization", heir.code, "--as", heir_user.username, "--json")
    assert json.loads(capsys.readouterr().out)["known"] == [listing.code], "a second time changes nothing"
    with pytest.raises(CommandError, match="nobody of"):
        call_command("import_takeout", str(path), "--organization", organization.code, "--as", heir_user.username)


@covers("R114", "T50")
def test_a_pack_that_is_not_what_its_manifest_says_is_refused_whole(tmp_path: Path) -> None:
    organization, _, actor = seller()
    make_listing(organization)
    _, archive = packed(organization, actor)
    heir, user, _ = seller()

    def rewritten(name: str, change: Callable[[bytes], bytes], *, without: str = "") -> Path:
        made = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(made, "w") as copy:
            for entry in archive.namelist():
                if entry != without:
                    copy.writestr(entry, change(archive.read(entry)) if entry == "data/listings.json" else archive.read(entry))
        return made

    for path, why in ((rewritten("changed", lambda text: text + b" "), "not what the manifest says"),
                      (rewritten("lost", bytes, without="manifest.json"), "manifest"),
                      (rewritten("short", bytes, without="data/rights.json"), "not what the manifest says")):
        with pytest.raises(CommandError, match=why):
            call_command("import_takeout", str(path), "--organization", heir.code, "--as", user.username)
    assert not ListingVersion.objects.filter(organization=heir).exists()


@covers("R114")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_asks_shows_progress_hands_out_and_lets_leave(language: str) -> None:
    _, user, _ = seller()
    seat, stranger, read = Client(), Client(), {"accept-language": language}
    seat.force_login(user)
    stranger.force_login(seller()[1])
    page = "/desk/takeout/"
    assert seat.post(page, {"act": "export"}, headers=read).status_code == 302
    assert seat.post(page, {"act": "export"}, headers=read).status_code == 409
    one = Takeout.objects.get()
    assert one.code in seat.get(page, headers=read).content.decode() and seat.get(f"{page}{one.code}/file/").status_code == 404
    assert seat.post(page, {"act": "leave", "reason": "迁往别处"}, headers=read).status_code == 409, "before a pack is ready"
    write_takeout(takeout=one, clock=MARKET_CLOCK)
    answer = seat.get(f"{page}{one.code}/file/")
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None  # type: ignore[attr-defined]
    assert stranger.get(f"{page}{one.code}/file/").status_code == 404 and one.code not in stranger.get(page).content.decode()
    assert seat.post(page, {"act": "leave", "reason": "迁往别处"}, headers=read).status_code == 302
    assert ("已申请退出" if language == "zh-hans" else "asked to leave") in seat.get(page, headers=read).content.decode()
