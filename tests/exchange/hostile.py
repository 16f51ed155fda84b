"""A house in which every text that a person once wrote is an attack, and a reader that sees what a browser would run (T52).

``whole_world`` makes one of everything by the real operations; ``poison`` then overwrites, past every guard, whatever is written
in Chinese or stands in a column for names, titles and notes. ``faults_of`` reads a page as a browser's tokenizer does.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

from evidence.clock import MARKET_CLOCK, set_market_clock
from listings.finding import keep, resource_things
from listings.models import DataResource
from listings.publishing import hold_listing
from listings.search import index_listing
from participants.actors import actor_of
from participants.models import Admission, Organization
from participants.operations import hold_capability
from tests.exchange.worlds import rich_listing, running, sold
from tests.matrix import ROOMS, STANDING, Row, World, rows

__all__ = ["ATTACK", "MARK", "SHORT", "faults_of", "pages_of", "poison", "poison_answers", "talkative_world", "unwritten", "whole_world"]

#: What no page may ever hold as an attribute.
MARK = "data-xss"
#: Runs where it is taken for an address, breaks out of an attribute, a title, a text area, a style, an option and a template, and
#: leaves its mark wherever it gets out.
ATTACK = (f"""javascript:window.xss=1//"'><img src=x {MARK} onerror="window.xss=1"><script {MARK}>window.xss=1</script>"""
          f"</title></textarea></option></style><svg/{MARK} onload=window.xss=1>" "{{7*7}}${7*7}")
RUNNING = ("javascript:", "data:text", "vbscript:")
SHORT = f""""'><b {MARK}>"""


# ---- the house -----------------------------------------------------------------------------------------------------------------


#: A file as somebody names it, with headings and cells as somebody writes them.
FILE: dict[str, Any] = {
    "file_name": "港口吞吐.csv", "keywords": "港口 吞吐",
    "columns": [{"name": "日期", "type": "date", "missing": 0, "distinct": 90, "bins": [3, 5], "min": "一月一日", "max": "三月一日"},
                {"name": "电话", "type": "text", "missing": 12, "distinct": 880, "bins": [1, 2, 3]}],
    "sample": [["十月三十日", "一三八****"]], "hints": [{"column": "电话", "looks_like": ["mobile"]}],
}


def whole_world() -> World:
    """One world with the things of every room in it, a rich listing with a running lot, and one that was sold."""
    set_market_clock(STANDING, 0)
    world = World()
    for room in ROOMS:
        module = import_module(f"tests.{room}.matrix") if room in rows() else None
        if module is not None and hasattr(module, "extend"):
            module.extend(world)
    world.things["rich"], _ = running(rich_listing(**FILE))
    world.things["sold"], _ = sold()
    return world


def talkative_world() -> World:
    """The whole world, and more of what people say in it: search's rows, an imported catalogue, a review with its reasons, a report of
    a trade made elsewhere, a listing held and a party's capability cut, each with the reason for it."""
    from tests.exchange.test_supervision import in_review
    from tests.listings.test_catalogues import run
    from tests.listings.worlds import desk_decides
    from tests.trading.test_reports import reported

    world = whole_world()
    rich = world.things["rich"].listing
    reviewed, (report, reporter, _) = in_review(), reported()
    index_listing(rich)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / "港口.json"
        catalogue.write_text(json.dumps({"dataset": [
            {"title": "港口目录", "identifier": "1", "description": "港口逐日吞吐", "keyword": ["港口"]}]}))
        run(catalogue)
    world.things["imported"] = DataResource.objects.get(title="港口目录")
    keep(resource_things([world.things["imported"]]))
    officer = actor_of(world.users["compliance"])
    desk_decides(reviewed, "return", MARKET_CLOCK, officer, reason="样本不足，请补充航线组")
    hold_capability(organization=Organization.objects.get(pk=reporter.organization_id), capability="list", reason_code="source_check",
                    reason="来源核查", actor=officer, at=MARKET_CLOCK.now())
    hold_listing(listing=world.things["sold"].listing, reason_code="ordered.compliance_officer", reason=("核查来源", "Checking the source"),
                 actor=officer, at=MARKET_CLOCK.now())
    _deleted_for(world)
    _talked_about(world)
    _disputed(world)
    _set_apart(world)
    _taken_abroad(world)
    world.things |= {"reviewed": reviewed, "report": report}
    return world


def _deleted_for(world: World) -> None:
    """A trustee took a consent back after something was handed over, and its recipient said how it deleted."""
    from delivery.deletions import confirm_deletion
    from delivery.models import DeletionTask
    from evidence.operations import drain
    from listings.models import Principal
    from listings.operations import give_consent, withdraw_consent
    from tests.delivery.test_deletions import handed_over
    from tests.delivery.worlds import buyer_of

    past, at = handed_over(), MARKET_CLOCK.now()
    trustee = {"actor": actor_of(world.users["trustee"]), "clock": MARKET_CLOCK}
    person = Principal.objects.filter(organization=world.users["trustee"].acting_for).first()
    one = give_consent(product=past.version.listing.product, purpose="industry", kinds=["位置"], recipients=["买方"],
                       effective_to=at + timedelta(days=100), principal=person, **trustee)
    withdraw_consent(consent=one, **trustee)
    drain()
    confirm_deletion(task=DeletionTask.objects.get(consent=one, delivery=past), statement="已从数据仓库与备份中删除",
                     actor=buyer_of(past.trade), clock=MARKET_CLOCK)


def _elsewhere(world: World) -> None:
    """Another exchange with what its register says, and one that is recognised no more."""
    from listings.models import Peer, PeerCertificate, PeerStanding

    at = MARKET_CLOCK.now()
    asked: dict[str, Any] = {"name_zh": "南方数据交易所", "name_en": "South", "address": "https://south.example.org", "key": "ab" * 32,
                             "recognised_at": at, "due_at": at}
    live = Peer.objects.create(code="PEX-1", origin="south.example.org", fault="不应答", missed=1, **asked)
    Peer.objects.create(code="PEX-2", origin="gone.example.org", ended_at=at, end_reason="对方停业", **asked)
    PeerCertificate.objects.create(peer=live, code="CRT-SOUTH00001", state="valid", title_zh="南方港口", title_en="Ports",
                                   holder="南方数据公司", holder_en="South Data", content_hash="ab" * 32, issued_at=at, effective_to=at,
                                   position=1)
    PeerStanding.objects.create(peer=live, uscc="91310000MA1FL0001X", name="南方数据公司", standing="restricted", band="D", since=at,
                                position=1)


def _set_apart(world: World) -> None:
    """A fund for small firms, a firm's size, a unit admitted to special personal data and out again, a person who had a seat in a
    licence, a reading by a desk found unfitting, and a fault that a seller reported itself."""
    from compliance.self_reports import report_fault
    from delivery.seats import end_seat
    from listings.operations import end_buyer
    from participants.models import StaffRead
    from participants.reads import review_read
    from participants.sizes import state_size
    from tests.listings.test_whitelist import admitted, closed
    from tests.settlement.matrix import money_words
    from tests.settlement.subsidies import fund_open

    fund_open()
    money_words(world)
    _elsewhere(world)
    from tests.delivery.test_seats import licensed, named

    one, *people = licensed(2)
    end_seat(seat=named(one, people[0]), reason="调离岗位", actor=people[0], clock=MARKET_CLOCK)
    state_size(organization=world.users["buyer"].acting_for, industry="other", year=MARKET_CLOCK.now().year, staff=9, basis="年度社保人数",
               actor=actor_of(world.users["buyer"]), clock=MARKET_CLOCK)
    regulator, seller = actor_of(world.users["regulator"]), world.users["merchant"]
    assert seller.acting_for is not None and world.users["buyer"].acting_for is not None
    review_read(read=StaffRead.objects.get(pk=world.things["staff_read"]), fitting=False, note="与在办案件无关", actor=regulator,
                clock=MARKET_CLOCK)
    end_buyer(admitted=admitted(closed(), world.users["buyer"].acting_for), reason="授权被撤销", actor=regulator, clock=MARKET_CLOCK)
    report_fault(organization=seller.acting_for, subject_kind="listing", subject_code=world.listed.code, text="当日查询量少计两成",
                 mended="已更正口径并通知买方", setting="pilot", actor=actor_of(seller), clock=MARKET_CLOCK)


def _taken_abroad(world: World) -> None:
    """A foreign certificate recognised here, a body's word on a case of export, and a leak that is to go to the authority."""
    from compliance.operations import comment_export, file_papers, open_export, screen_export
    from compliance.rules.cross_border import PAPERS
    from delivery.leaks import prepare_referral
    from evidence.files import deposit
    from tests.compliance.profiles import clean
    from tests.compliance.test_recognitions import registered
    from tests.factories import PDF

    seller, regulator = world.users["merchant"], actor_of(world.users["regulator"])
    by: dict[str, Any] = {"actor": actor_of(seller), "clock": MARKET_CLOCK}
    assert seller.acting_for is not None
    registered()
    case = open_export(exporter=seller.acting_for, product_code="PRD-9", recipient="海外买方", country="SG", safeguards="合同约定同等保护",
                       facts=clean(cross_border=True, grade="important"), **by)
    screen_export(case=case, **by)
    file_papers(case=case, papers=dict.fromkeys(PAPERS, "DEP-1"), **by)
    comment_export(case=case, text="接收方的保护措施需补充", actor=regulator, clock=MARKET_CLOCK)
    paper = deposit(io.BytesIO(PDF), name="report.pdf", owner="VENUE", at=MARKET_CLOCK.now())
    prepare_referral(about="LKC-1", authority="市公安局网安支队", grounds="样本六成与在售文件相同", papers=[paper], actor=regulator,
                     clock=MARKET_CLOCK)


def _disputed(world: World) -> None:
    """A share agreement that a party disputed and its seller answered."""
    from listings.models import ShareAgreement
    from listings.operations import answer_share_dispute, dispute_shares

    one = ShareAgreement.objects.get(code=world.things["agreement"])
    dispute_shares(agreement=one, text="二成与工时不符", actor=actor_of(world.users["merchant_b"]), clock=MARKET_CLOCK)
    answer_share_dispute(agreement=one, text="按工时单计算", actor=actor_of(world.users["merchant"]), clock=MARKET_CLOCK)


def _talked_about(world: World) -> None:
    """Questions about a listing, answered and hidden, and reviews by its buyers, replied to and hidden."""
    from delivery.cleanroom.cohorts import take_cohort
    from delivery.models import SCORED
    from delivery.operations import accept_delivery
    from delivery.parts import offer_part, refuse_part
    from delivery.ratings import hide_rating, rate_delivery, reply_rating
    from listings.operations import answer_question, ask_question, hide_question
    from tests.delivery.matrix import _room
    from tests.delivery.worlds import delivered

    sides = {name: {"actor": actor_of(world.users[name]), "clock": MARKET_CLOCK} for name in ("merchant", "buyer", "compliance")}
    first, second = (ask_question(listing=world.listed, text=text, **sides["buyer"]) for text in ("多久更新一次？", "能否送我一份？"))
    answer_question(question=first, answer="每日更新一次。", **sides["merchant"])
    hide_question(question=second, reason="与产品内容无关", **sides["compliance"])
    listing = world.delivery.version.listing
    given = [rate_delivery(delivery=accept_delivery(delivery=delivered(listing=listing, buyer=sides["buyer"]["actor"]), **sides["buyer"]),
                           scores=dict.fromkeys(SCORED, 4), text="口径清楚，更新及时。", **sides["buyer"]) for _ in range(2)]
    claim = offer_part(delivery=delivered(listing=listing, buyer=sides["buyer"]["actor"]), unit="files", accepted=1, promised=2,
                       defects=["第二个文件为空"], **sides["buyer"])
    refuse_part(delivery=claim.delivery, reason="第二个文件完好", **sides["merchant"])
    reply_rating(rating=given[0], reply="谢谢评价。", **sides["merchant"])
    hide_rating(rating=given[1], reason="与产品内容无关", **sides["compliance"])
    _room(world)
    take_cohort(delivery=world.things["room"], name="我们的住户", ids=[f"P{n}" for n in range(40)], **sides["buyer"])
    _let_out(world, sides)


def _let_out(world: World, sides: dict[str, dict[str, Any]]) -> None:
    """An output two people withheld, a service that was called and is held, and what the desk said of it."""
    from delivery.models import ServiceHold
    from delivery.releasing.reviewing import give_opinion
    from delivery.scoring.calling import end_hold
    from tests.delivery.matrix import _output, _service
    from tests.delivery.outputs import officer
    from tests.delivery.test_services import guessed

    _output(world)
    for who in (sides["compliance"]["actor"], officer()):
        give_opinion(output=world.things["output"], verdict="withhold", reason="分组说明不够清楚", actor=who, clock=MARKET_CLOCK)
    _service(world)
    guessed(world.things["service"])
    end_hold(hold=ServiceHold.objects.get(), act="lift", reason="买方已说明用途", **sides["compliance"])


#: Columns that say *what* a row is, not what somebody wrote; and what a machine must be able to read again.
_KEPT = {"name_key", "real_name_key", "storage_name", "username", "password", "codename", "app_label", "model", "session_data", "name_hash",
         "grams"}
#: What search compares with, folded; no page shows it. And answers under a person's key: attacked one by one below.
_FOLDED = {("listings_listingindex", "text"), ("listings_findable", "text"), ("participants_admission", "answers")}
_TABLES = ("participants_", "compliance_", "listings_", "trading_", "delivery_", "settlement_", "ledger_", "evidence_")
_WRITTEN = r"(title|name|summary|description|keywords|note|reason|statement|text|grounds|reply|claim|answer|frequency|opinion)"


def poison(superuser: Any) -> int:
    """This will overwrite every text that a person wrote by an attack, guards or not; returns how many columns held some."""
    superuser.execute("SET session_replication_role = replica")
    poisoned = sum(bool(superuser.execute(_attack_on(table, column, kind, length)).rowcount)
                   for table, column, kind, length in _texts(superuser))
    superuser.execute("SET session_replication_role = origin")
    return poisoned


def poison_answers(superuser: Any) -> None:
    """This will overwrite what applicants answered, which stands enciphered: an attack in the clear is read as it is."""
    superuser.execute("SET session_replication_role = replica")
    for one in Admission.objects.all():
        superuser.execute("UPDATE participants_admission SET answers = %s WHERE id = %s",
                          [json.dumps(dict.fromkeys(one.answers, ATTACK)), one.pk])
    superuser.execute("SET session_replication_role = origin")


def unwritten(superuser: Any) -> set[str]:
    """This will return the columns for people's words in which no attack stands: the pages say nothing about them."""
    return {f"{table}.{column}" for table, column, kind, length in _texts(superuser)
            if re.search(_WRITTEN, column) and length > len(SHORT) and kind in {"varchar", "text"}
            and not superuser.execute(f"SELECT 1 FROM {table} WHERE \"{column}\" LIKE '%{MARK}%' LIMIT 1").fetchone()}


def _texts(superuser: Any) -> list[tuple[str, str, str, int]]:
    """The rooms' columns that may hold words: table, column, type, length. Views hold what tables hold."""
    found = superuser.execute(
        "SELECT c.table_name, column_name, udt_name, coalesce(character_maximum_length, (SELECT nullif(atttypmod, -1) - 4 "
        "FROM pg_attribute WHERE attrelid = c.table_name::regclass AND attname = column_name), 10000) FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE' "
        "AND table_schema = 'public' AND udt_name IN ('varchar', 'text', 'jsonb', '_text', '_varchar')").fetchall()
    return [one for one in found if one[0].startswith(_TABLES) and one[1] not in _KEPT and one[:2] not in _FOLDED]


def _attack_on(table: str, column: str, kind: str, length: int) -> str:
    """The statement for one column. Rows stay distinct by a number, since many names are unique."""
    foreign, words = "[^\\x01-\\x7f]", (ATTACK + " ").replace("'", "''")
    short = SHORT.replace("'", "''")
    if kind == "jsonb":
        leaf = json.dumps(ATTACK, ensure_ascii=False).replace("'", "''").replace("\\", "\\" * 4)  # for pattern and literal
        return (f'UPDATE {table} SET "{column}" = regexp_replace("{column}"::text, \'"[^"\\\\]*{foreign}[^"\\\\]*"(?!\\s*:)\', '
                f"E'{leaf}', 'g')::jsonb WHERE \"{column}\"::text ~ '{foreign}'")
    if kind in {"_text", "_varchar"}:
        return f"UPDATE {table} SET \"{column}\" = ARRAY[left('{short}', {length})] WHERE array_to_string(\"{column}\", ' ') ~ '{foreign}'"
    told = f"'{words}' || (ctid::text)" if length > len(ATTACK) + 16 else f"left('{short}' || (ctid::text), {length})"
    if length <= len(SHORT):
        return f"UPDATE {table} SET \"{column}\" = left('<b {MARK}>', {length}) WHERE \"{column}\" ~ '{foreign}'"
    return (f'UPDATE {table} SET "{column}" = {told} WHERE "{column}" ~ \'{foreign}\' '
            f"OR ('{column}' ~ '{_WRITTEN}' AND '{column}' !~ '_code$' AND \"{column}\" !~ '^[a-z_.]+$')")


# ---- the pages -----------------------------------------------------------------------------------------------------------------


def pages_of(world: World) -> Iterator[tuple[str, str]]:
    """Every page of the resolver with who may read it: (actor, address)."""
    rich, trade = world.things["rich"], world.things["sold"]
    yield from (("visitor", where) for where in (
        f"/listings/{rich.listing.code}/", f"/listings/{rich.listing.code}/why/", f"/trading/lots/{rich.code}/",
        f"/trading/lots/{rich.code}/?part=live", f"/listings/{trade.listing.code}/", f"/verify/{trade.code}",
        f"/verify/{trade.listing.certificate.code}", f"/trading/lots/{trade.award.auction.code}/replay/", "/listings/?q=港口"))
    if imported := world.things.get("imported"):
        yield from (("visitor", where) for where in (f"/listings/resources/{imported.code}/", "/listings/found/?q=港口&kind=resource"))
        yield "compliance", f"/admin/cases/{world.things['reviewed'].code}/"
        yield "compliance", f"/admin/cases/{world.things['report'].filing}/"
        held = Organization.objects.get(pk=world.things["report"].seller_id)
        yield "compliance", f"/admin/participants/organization/{held.pk}/capabilities/"
    for table in rows().values():
        for route, several in table.items():
            for row in several:
                for actor in _readers(row):
                    yield actor, row.address(route, world)
    from tests.exchange.test_admin_desk import admin_addresses

    for where in admin_addresses(world):
        if where != "/admin/logout/" and not where.endswith(("/add/", "/delete/", "/x/")):  # which are turned away: test_admin_desk.py
            yield "compliance", where
            yield "regulator", where


def _readers(row: Row) -> list[str]:
    """A visitor or a party, and a desk: the pages that differ."""
    first = [actor for actor in ("merchant", "buyer", "visitor", "operator") if actor in row.get]
    return first[:2]


# ---- the reader ----------------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Reads a page tag by tag and keeps what would run, or got out of the place where it was written."""

    def __init__(self, strict: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.strict = strict
        self.faults: list[str] = []
        self.script = False
        self.shown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if MARK in given:
            self.faults.append(f"<{tag}> carries the mark of an attack")
        for name, value in given.items():
            if name.startswith("on") or (name == "style" and self.strict):
                self.faults.append(f"<{tag} {name}=…> is inline code")
            if name in {"href", "src", "action", "formaction"} and value.strip().lower().startswith(RUNNING):
                self.faults.append(f"<{tag} {name}={value[:30]}…> runs")
            if name.startswith("data-") and value[:1] in {"{", "["}:
                self._json(tag, name, value)
            if MARK in value and name.startswith(("x-", "hx-", "@", ":")):
                self.faults.append(f"<{tag} {name}=…> is read as a program, with an attack in it")
            self.shown += MARK in value
        self.script = tag == "script" and given.get("type") != "application/json"
        if tag == "script" and self.script and not re.match(r"/(?!/)", given.get("src", "")):
            self.faults.append("<script> without a file of our own")

    def handle_endtag(self, tag: str) -> None:
        self.script = False

    def handle_data(self, data: str) -> None:
        if self.script and data.strip():
            self.faults.append(f"inline script: {data.strip()[:40]}")
        self.shown += MARK in data
        if "x49$" in data or "$49" in data:
            self.faults.append("a text was taken for a template")

    def _json(self, tag: str, name: str, value: str) -> None:
        try:
            json.loads(value)
        except ValueError:
            self.faults.append(f"<{tag} {name}> holds JSON that does not read")


def faults_of(html: str, *, strict: bool = True) -> tuple[list[str], int]:
    """This will return what is wrong with a page, and how often an attack is shown on it as the plain words it is.

    ``strict`` is the portal's policy; the desk's and the schema's pages come from packages that write styles into their tags.
    """
    reader = Reader(strict)
    reader.feed(html)
    reader.close()
    return reader.faults, reader.shown
