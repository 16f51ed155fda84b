"""Contribution decides: reckoned from the files of a product's sources or a model's utility, kept with its inputs, and paid by (R69, G4).

Worked example: Anna's file has the keys 0…59, Ben's 40…89, Carla's 80…99 (E37). A record is shared by those who supply it: 50, 35, 15. Of
965,000 fen the processor has 10 %; of the other 868,500 Anna gets 434,250, Ben 303,975, Carla 130,275.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import InternalError, transaction
from django.db.utils import DatabaseError

from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, Part, ProductInput, ShareAgreement
from listings.operations import sign_shares
from participants.actors import actor_of
from participants.models import Organization
from participants.roles import Role
from settlement.contributing import coverage_inputs, propose_by_contribution, reckon_contribution, sampled_seed, wanted_of
from settlement.invariants import ContributionsReckonAgain
from settlement.models import Contribution, Settlement
from settlement.sharing.contribution import coalitions_wanted, reckon, regions_of, weights_of
from settlement.sharing.games import Coverage, Game, ShareFault
from settlement.sharing.leave_one_out import leave_one_out_of_coverage
from settlement.sharing.shapley import banzhaf_of_coverage, shapley, shapley_of_coverage
from settlement.tasks import move_cycle
from tests.delivery.worlds import make_listing, seller_of
from tests.factories import make_organization, make_user
from tests.listings.worlds import make_right
from tests.settlement.test_agreed_shares import paid, sold
from tests.settlement.worlds import frozen

pytestmark = pytest.mark.django_db

RANGES = {"anna": range(60), "ben": range(40, 90), "carla": range(80, 100)}


def with_file(listing: Listing, keys: Any, name: str, column: str = "id") -> None:
    rows = "".join(f"k{key},{name}\n" for key in keys)
    stored = default_storage.save(f"{name}.csv", ContentFile(f"{column},value\n{rows}".encode()))
    file = Deposit.objects.create(sha256=name.ljust(64, "0"), size=1, media_type="text/csv", name=f"{name}.csv", storage_name=stored,
                                  owner=listing.organization.code, at=CLOCK.now())
    ListingVersion.objects.filter(pk=listing.version_id).update(deposit=file, file_sha256=file.sha256)


def mixed(ranges: dict[str, Any] | None = None) -> tuple[Listing, dict[str, Organization]]:
    """A product made of rights in three others' products, each with its file."""
    mine, owners = make_listing(), {}
    for name, keys in (ranges or RANGES).items():
        theirs = make_listing()
        with_file(theirs, keys, name)
        right = make_right(theirs.product, "use", holder=mine.organization)
        ProductInput.objects.bulk_create([ProductInput(product=mine.product, right=right, at=CLOCK.now())])
        owners[name] = theirs.organization
    return mine, owners


@covers("G4", "R69", "R70", "E37")
def test_sources_are_paid_by_what_their_records_contribute(client: Any) -> None:
    listing, owners = mixed()
    by: dict[str, Any] = {"actor": seller_of(listing), "clock": CLOCK}
    one = reckon_contribution(version=listing.version, inputs=coverage_inputs(listing.version, "id"), **by)
    code = {name: party.code for name, party in owners.items()}
    assert one.values == {code["anna"]: ["50", "40", "50"], code["ben"]: ["35", "20", "35"], code["carla"]: ["15", "10", "15"]}
    agreement = propose_by_contribution(contribution=one, others=[(listing.organization, Part.PROCESSING, 1_000)], **by)
    for party in owners.values():
        user = make_user(Role.DATA_MERCHANT, organization=party)
        client.force_login(user)
        told = client.get(f"/desk/contributions/{one.code}/").content.decode()
        assert one.inputs_sha256 in told and "每条记录由提供它的各方均分" in told
        agreement = sign_shares(agreement=agreement, content_hash=agreement.content_hash, actor=actor_of(user), clock=CLOCK)
    trade = sold(listing)
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert paid(trade) == {listing.organization_id: 96_500, owners["anna"].pk: 434_250, owners["ben"].pk: 303_975,
                           owners["carla"].pk: 130_275}
    page = client.get(f"/desk/statements/{Settlement.objects.get(trade=trade).code}/").content.decode()
    assert one.code in page and "来源方按贡献计算" in page
    assert list(ContributionsReckonAgain().check()) == []
    client.force_login(make_user(Role.DATA_MERCHANT, organization=make_organization()))
    assert client.get(f"/desk/contributions/{one.code}/").status_code == 404


@covers("E39", "R69")
def test_an_owner_that_lists_its_file_twice_or_a_few_rows_changed_gains_nothing() -> None:
    listing, owners = mixed({"anna": range(100), "ben": range(100)})
    copy = make_listing(owners["anna"])
    with_file(copy, range(4, 104), "copy")
    right = make_right(copy.product, "use", holder=listing.organization)
    ProductInput.objects.bulk_create([ProductInput(product=listing.product, right=right, at=CLOCK.now())])
    values = reckon(coverage_inputs(listing.version, "id")).values
    assert set(values.values()) == {Fraction(50)}
    naive = shapley_of_coverage(Coverage({"a": frozenset(map(str, range(100))), "a2": frozenset(map(str, range(4, 104))),
                                          "b": frozenset(map(str, range(100)))}))
    assert naive["a"] + naive["a2"] > 66, "paying data sets pays for the copy"


@covers("R69", "R70")
def test_the_lineage_is_read_to_its_sources_however_many_products_lie_between() -> None:
    """anna's and ben's files went into a blend, the blend into the product, and anna's directly too: the blender supplied no record,
    each source counts once. Reading what is next to the product alone, the blender would be paid for what anna and ben gave."""
    blend, owners = mixed({"anna": range(100), "ben": range(100, 150)})
    with_file(blend, range(150), "blend")
    listing = make_listing()
    anna = ProductInput.objects.get(product=blend.product, right__product__organization=owners["anna"]).right.product
    rights = [make_right(one, "use", holder=listing.organization) for one in (blend.product, anna)]
    ProductInput.objects.bulk_create([ProductInput(product=listing.product, right=right, at=CLOCK.now()) for right in rights])
    inputs = coverage_inputs(listing.version, "id")
    assert [row[0] for row in inputs["files"]] == sorted(one.code for one in owners.values())
    assert reckon(inputs).values == {owners["anna"].code: Fraction(100), owners["ben"].code: Fraction(50)}


@covers("R69")
def test_a_branch_whose_sources_have_no_file_is_read_where_it_first_has_one() -> None:
    listing, owners = mixed({"anna": range(10)})
    bare, blend = make_listing(), make_listing()
    with_file(blend, range(10, 15), "blend")
    for product, right in ((blend.product, make_right(bare.product, "use", holder=blend.organization)),
                           (listing.product, make_right(blend.product, "use", holder=listing.organization))):
        ProductInput.objects.bulk_create([ProductInput(product=product, right=right, at=CLOCK.now())])
    values = reckon(coverage_inputs(listing.version, "id")).values
    assert values == {owners["anna"].code: Fraction(10), blend.organization.code: Fraction(5)}


@covers("R69")
def test_a_file_without_the_key_and_a_lineage_of_one_owner_are_refused_with_words() -> None:
    listing, _ = mixed()
    for key in ("", "nothing"):
        with pytest.raises(Rejected) as refused:
            coverage_inputs(listing.version, key)
        assert refused.value.errors[0].field == "key"
    with pytest.raises(Rejected) as refused:
        coverage_inputs(make_listing().version, "id")
    assert refused.value.errors[0].field == "kind"


def utility(parties: list[str]) -> list[list[Any]]:
    """A model's accuracy in millionths: saturating in what the parties bring."""
    rows = []
    for mask in range(1, 1 << len(parties)):
        group = [party for n, party in enumerate(parties) if mask >> n & 1]
        rows.append([group, 900_000 * len(group) // (len(group) + 2) + 1_000 * (mask & 1)])
    return rows


@covers("G4", "R69")
def test_a_table_of_utility_is_exact_and_a_missing_coalition_is_named() -> None:
    rows = utility(list("abcd"))
    found = reckon({"kind": "utility", "worths": rows})
    assert found.values == shapley(Game.of({tuple(group): worth for group, worth in rows}))
    assert sum(found.values.values()) == found.whole and found.method == "exact" and set(found.banzhaf) == set("abcd")
    with pytest.raises(ShareFault, match="1 coalitions have no utility: b,d first"):
        reckon({"kind": "utility", "worths": [row for row in rows if row[0] != ["b", "d"]]})
    for bad in ([[["a"], -1]], [[["a"], True]], [[["a"], 1.5]], [[["a", "a"], 1]], [[[], 1]], [[["a"], 2**32]], []):
        with pytest.raises(ShareFault):
            reckon({"kind": "utility", "worths": bad})


@covers("G4")
def test_above_twenty_parties_orders_are_drawn_by_a_seed_nobody_chose_and_the_bound_is_stated() -> None:
    parties = [f"p{n:02}" for n in range(24)]
    worth = {frozenset(group): 10_000 * len(group) for group in coalitions_wanted(parties, "seed", 40)}
    inputs = {"kind": "sampled", "parties": parties, "seed": "seed", "orders": 40,
              "worths": [[sorted(one), fen] for one, fen in worth.items()]}
    found = reckon(inputs)
    assert set(found.values.values()) == {Fraction(10_000)} and sum(found.values.values()) == found.whole
    assert found.method == "sampled" and 0 < found.bound_ppm < 1_000_000 and set(found.left_out.values()) == {Fraction(10_000)}
    with pytest.raises(ShareFault, match="has no utility, and a drawn order asks for it"):
        reckon(inputs | {"seed": "another"})
    listing = make_listing()
    with pytest.raises(Rejected) as refused:
        reckon_contribution(version=listing.version, inputs=inputs, actor=seller_of(listing), clock=CLOCK)
    assert refused.value.errors[0].field == "seed"
    assert wanted_of(listing.version, parties, 4) == coalitions_wanted(parties, sampled_seed(listing.version), 4)


def test_regions_say_what_the_coverage_says_and_weights_sum() -> None:
    coverage = Coverage({name: frozenset(map(str, keys)) for name, keys in RANGES.items()})
    found = reckon({"kind": "coverage", "regions": regions_of(coverage)})
    assert found.values == shapley_of_coverage(coverage) and found.banzhaf == banzhaf_of_coverage(coverage)
    assert found.left_out == leave_one_out_of_coverage(coverage)
    assert sum(weights_of({"a": Fraction(1, 3), "b": Fraction(2, 3), "c": Fraction(-1)}).values()) == 10**10
    with pytest.raises(ShareFault):
        weights_of({"a": Fraction(0)})


@covers("G4", "R69")
def test_the_page_reckons_proposes_and_gives_the_inputs_to_reckon_again(client: Any, capsys: Any, tmp_path: Any) -> None:
    listing, owners = mixed()
    client.force_login(make_user(Role.DATA_MERCHANT, organization=listing.organization))
    address = f"/desk/listings/{listing.code}/contribution/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"kind": "coverage", "key": "none"}).status_code == 400
    a, b = (owners[name].code for name in ("anna", "ben"))
    faulty = client.post(address, {"kind": "utility", "worths": f"{a} = x"})
    assert faulty.status_code == 400 and "第 1 行" in faulty.content.decode()
    sent = {"kind": "utility", "worths": f"{a} = 600000\n{b}＝500000\n\n{a}，{b} = 800000"}
    assert client.post(address, sent).status_code == 302
    one = Contribution.objects.get()
    assert {code: row[0] for code, row in one.values.items()} == {a: "450000", b: "350000"}
    assert "精确分数" in client.get(address).content.decode()
    file = tmp_path / "inputs.json"
    file.write_bytes(client.get(f"/desk/contributions/{one.code}/inputs.json").content)
    call_command("share", str(file))
    assert capsys.readouterr().out.splitlines() == sorted([f"{a}: 450000 → 5625 fen", f"{b}: 350000 → 4375 fen"])
    told = {"act": "propose", "contribution": one.code, "party": [listing.organization.code, ""], "part": ["processing", "processing"],
            "percent": ["100", ""], "period": "3"}
    assert client.post(address, told).status_code == 400, "nothing would be left for the sources"
    assert client.post(address, told | {"percent": ["20", ""]}).status_code == 302
    agreement = ShareAgreement.objects.get()
    assert agreement.rest == {"period_months": 3, "contribution": {"code": one.code, "inputs_sha256": one.inputs_sha256, "method": "exact"}}
    assert [line.weight for line in agreement.parties.order_by("weight")] == [2_000_000_000, 3_500_000_000, 4_500_000_000]
    assert one.code in client.get("/desk/share-agreements/").content.decode()
    many = ",".join(f"ORG-{n}" for n in range(22))
    table = client.get(f"{address}coalitions.csv", {"parties": many, "orders": "2"})
    assert table.status_code == 200 and b";ORG-" in table.getvalue()
    assert client.get(f"{address}coalitions.csv", {"parties": many, "orders": "3"}).status_code == 400
    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        Contribution.objects.update(whole="1")


@covers("R72", "G3")
def test_the_command_answers_agreements_and_periods(capsys: Any, tmp_path: Any) -> None:
    def said(order: dict[str, Any]) -> list[dict[str, Any]]:
        file = tmp_path / "order.json"
        file.write_text(json.dumps(order))
        call_command("share", str(file), json=True)
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["parties"]
        return found

    terms = {"weights": {"a": 3, "c": 1}, "first": [{"kind": "royalty", "party": "b", "tiers": [[100_000, 1_000], [None, 500]]}],
             "before_fen": 90_000}
    assert [(one["party"], one["fen"]) for one in said({"pot_fen": 30_000, "rule": "agreement", "terms": terms})] == [
        ("a", 21_000), ("b", 2_000), ("c", 7_000)]
    pool = said({"pot_fen": 2, "rule": "period",
                 "pool": {"weights": {"a": 6, "b": 6, "c": 2}, "carried": {"a": "2/7", "b": "2/7", "c": "3/7"}}})
    assert [(one["fen"], one["waits"]) for one in pool] == [(0, "5/7"), (0, "5/7"), (0, "4/7")]
