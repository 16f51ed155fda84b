"""Reckoning who contributed what to a product, and proposing an agreement by it (R69, R70; G4).

Coverage is read from the files of what the product is made of: the parties are the owners of its inputs, near-copies count once. A table of
utility is what the model's owner measured. The inputs are kept and hashed; an agreement that goes by them names the hash.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from evidence.canonical import canonical
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import split
from kit.rejected import FieldFault, Rejected
from listings.models import DataProduct, ListingVersion, Part, ProductInput, ShareAgreement
from listings.operations import propose_shares
from listings.sharing import Line
from listings.tables import encoding_of, text_of
from participants.models import Organization
from participants.permissions import require
from settlement.events import ContributionReckoned
from settlement.models import Contribution
from settlement.sharing.contribution import WHOLE, Reckoned, coalitions_wanted, reckon, regions_of, weights_of
from settlement.sharing.games import MOST_PLAYERS, ShareFault
from settlement.sharing.measured import read_measured
from settlement.sharing.owners import of_owners

__all__ = ["coverage_inputs", "measured_inputs", "propose_by_contribution", "reckon_contribution", "reckoned", "sampled_seed",
           "wanted_of", "whole_table"]

_FAULT = "settlement.contribution.faulty"
#: Rows of one file that are read.
MOST_ROWS = 500_000
BPS = 10_000


def _refuse(field: str, zh: str, en: str) -> Rejected:
    return Rejected(_FAULT, errors=[FieldFault(field, "unreadable", (zh, en))])


# ---- the inputs ------------------------------------------------------------------------------------------------------------

def _sources(product: DataProduct, above: frozenset[int] = frozenset()) -> list[tuple[Organization, ListingVersion]]:
    """Whose file stands at the start of each branch of a product's lineage, however many products lie between; each file once.

    A branch of which no start has a file on deposit is read where it first has one above it.
    """
    found: dict[int, tuple[Organization, ListingVersion]] = {}
    rows = ProductInput.objects.filter(product=product).select_related(
        "right__product__organization", "source__organization", "source__resource")
    met = above | {product.pk}
    for one in rows.order_by("pk"):
        below = one.right.product if one.right is not None and one.right.product_id not in met else None
        starts = _sources(below, met) if below is not None else []
        for owner, file in starts or _own_file(one, met):
            found.setdefault(file.pk, (owner, file))
    return list(found.values())


def _own_file(one: ProductInput, above: frozenset[int]) -> list[tuple[Organization, ListingVersion]]:
    """The last file on deposit of one input: of the product a right is held in, or of a resource that is listed itself."""
    owner = one.right.product.organization if one.right is not None else one.source.organization if one.source is not None else None
    files = ListingVersion.objects.filter(deposit__isnull=False).exclude(listing__product__in=above)
    if one.right is not None:
        files = files.filter(listing__product=one.right.product)
    elif one.source is not None and one.source.resource is not None:
        files = files.filter(listing__product__resource=one.source.resource)
    else:
        return []
    file = files.select_related("deposit").order_by("-pk").first()
    return [(owner, file)] if owner is not None and file is not None else []


def _records(one: Deposit, key: str) -> frozenset[str]:
    """The records of a deposited table, each by the hash of its key; blank keys are nobody's."""
    with text_of(one, encoding_of(one)) as lines:
        rows = csv.DictReader(lines)
        if key not in (rows.fieldnames or []):
            raise _refuse("key", f"文件 {one.name} 没有列“{key}”", f"The file {one.name} has no column “{key}”")
        found = set()
        for number, row in enumerate(rows, 1):
            if number > MOST_ROWS:
                raise _refuse("key", f"文件 {one.name} 超过 {MOST_ROWS} 行", f"The file {one.name} has more than {MOST_ROWS} rows")
            if told := (row[key] or "").strip():
                found.add(hashlib.sha256(told.encode()).hexdigest()[:24])
    return frozenset(found)


@covers("R69", "E37", "E39")
def coverage_inputs(version: ListingVersion, key: str) -> dict[str, Any]:
    """This will read what the owners of a product's inputs supply: regions of records, near-copies counted once, and the files read."""
    files = _sources(version.listing.product)
    sets = {f"{owner.code} {file.code}": _records(file.deposit, key) for owner, file in files if file.deposit is not None}
    owners = {name: name.partition(" ")[0] for name in sets}
    if len(set(owners.values())) < 2:
        raise _refuse("kind", "本产品的谱系中不足两方有存证文件：先登记来源并取得其数据文件",
                      "Fewer than two owners in the product's lineage have a file on deposit: enter its inputs first")
    read = sorted([owner.code, file.code, file.file_sha256, len(sets[f"{owner.code} {file.code}"])] for owner, file in files)
    return {"kind": "coverage", "key": key, "files": read, "regions": regions_of(of_owners(sets, owners))}


@covers("G4", "R69")
def measured_inputs(file: BinaryIO, parties: Sequence[str]) -> dict[str, Any]:
    """This will read a file of ``coalition,value`` into a whole table; every fault is told with its row."""
    read = read_measured(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""), parties)
    if read.faults:
        raise Rejected(_FAULT, errors=[FieldFault("parties" if one.code == "parties" else "file", one.code, (
            f"第 {one.row} 行：{one.words[0]}" if one.row else one.words[0], f"Row {one.row}: {one.words[1]}" if one.row else one.words[1]))
            for one in read.faults])
    return {"kind": "utility", "parties": list(read.parties), "table": read.table}


def whole_table(parties: Sequence[str]) -> Iterator[str]:
    """This will write every coalition of the parties, as a file of utility names them; refused above twenty."""
    named = list(parties)
    if not 1 <= len(named) <= MOST_PLAYERS or len(set(named)) < len(named):
        raise _refuse("parties", f"请列出 1 至 {MOST_PLAYERS} 方，每方一次", f"Name 1 to {MOST_PLAYERS} parties, each once")
    return (";".join(str(n + 1) for n in range(len(named)) if mask >> n & 1) for mask in range(1, 1 << len(named)))


def sampled_seed(version: ListingVersion) -> str:
    """This will give the seed orders are drawn by: nobody chooses it, and everybody can draw again."""
    return hashlib.sha256(f"contribution:{version.code}:{version.listing.product.code}".encode()).hexdigest()


def wanted_of(version: ListingVersion, parties: Sequence[str], orders: int) -> list[list[str]]:
    """This will list the coalitions a model is to be measured on where there are too many parties for a whole table."""
    try:
        return coalitions_wanted(parties, sampled_seed(version), orders)
    except ShareFault as fault:
        raise _refuse("parties", f"无法抽样：{fault}", str(fault)) from fault


# ---- the acts --------------------------------------------------------------------------------------------------------------

@covers("G4", "R69", "R70")
@operation("settlement.contribution.reckon")
def reckon_contribution(*, version: ListingVersion, inputs: Mapping[str, Any], actor: Actor, clock: Clock) -> Contribution:
    """This will reckon contributions to a draft from written inputs and keep both; the same inputs give the same hash and values."""
    at = clock.now()
    held = ListingVersion.objects.select_for_update(of=("self",), no_key=True).select_related("listing__product", "organization").get(
        pk=version.pk)
    require(actor, "settlement.contribution.reckon", subject=held, at=at)
    given = dict(inputs)
    if given.get("kind") == "sampled" and given.get("seed") != sampled_seed(held):
        raise _refuse("seed", "抽样种子由系统给定", "The seed of the orders is given by the exchange")
    try:
        found = reckon(given)
        weights = weights_of(found.values)
    except ShareFault as fault:
        raise _refuse("worths", f"无法计算：{fault}", str(fault)) from fault
    known = set(Organization.objects.filter(code__in=weights, closed_at__isnull=True).values_list("code", flat=True))
    if unknown := sorted(set(weights) - known):
        raise _refuse("worths", f"{'、'.join(unknown)} 不是本所机构编号", f"{', '.join(unknown)}: no organisation here")
    made = Contribution.objects.create(
        code=new_code("CTB"), version=held, organization=held.organization, kind=given["kind"], inputs=given,
        inputs_sha256=hashlib.sha256(canonical(given)).hexdigest(), method=found.method, orders=found.orders, bound_ppm=found.bound_ppm,
        whole=str(found.whole), values=_told(found), weights=weights, at=at)
    record(ContributionReckoned(subject=made.code, listing=held.listing.code, version_code=held.code, method=made.method,
                                inputs_sha256=made.inputs_sha256, values=[[party, row[0]] for party, row in sorted(made.values.items())]),
           actor=actor, at=at)
    return made


def _told(found: Reckoned) -> dict[str, list[str]]:
    beside = (found.left_out, found.banzhaf)
    return {party: [str(value), *(str(one.get(party, "")) for one in beside)] for party, value in found.values.items()}


def reckoned(one: Contribution) -> Reckoned:
    """This will reckon again from the kept inputs."""
    return reckon(one.inputs)


@covers("G4", "R69", "R70", "R71")
def propose_by_contribution(*, contribution: Contribution, others: Sequence[tuple[Organization, str, int]] = (),
                            period_months: int = 0, shortage: str = "proportional", words: str = "", actor: Actor,
                            clock: Clock) -> ShareAgreement:
    """This will propose an agreement in which sources share by contribution; ``others`` have so many basis points of the whole.

    The agreement names the reckoning and the hash of its inputs, so what is signed is what was reckoned.
    """
    taken = sum(bps for _, _, bps in others)
    if any(bps < 1 for _, _, bps in others) or taken >= BPS:
        raise _refuse("others", "其他各方合计须小于 100%，每方大于零",
                      "The others have more than nothing each and less than the whole together")
    parties = {one.code: one for one in Organization.objects.filter(code__in=contribution.weights)}
    whole = split(WHOLE // BPS * (BPS - taken), contribution.weights)
    lines = [Line(parties[code], Part.SOURCE, weight) for code, weight in sorted(whole.items()) if weight]
    lines += [Line(party, part, WHOLE // BPS * bps) for party, part, bps in others]
    if contribution.version.organization_id not in {one.organization.pk for one in lines}:
        raise _refuse("others", "请写明本机构的环节与份额", "Name your own organisation's link and part")
    return propose_shares(
        version=contribution.version, lines=lines, shortage=shortage, words=words, actor=actor, clock=clock,
        rest={"contribution": {name: getattr(contribution, name) for name in ("code", "inputs_sha256", "method")},
              **({"period_months": period_months} if period_months else {})})
