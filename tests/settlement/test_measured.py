"""A measured table of utility as a file: read whole for up to twenty parties, exact, every fault named with its row (G4, R69)."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from participants.roles import Role
from settlement import contribution_views
from settlement.models import Contribution
from settlement.sharing.contribution import reckon
from settlement.sharing.games import ShareFault
from settlement.sharing.measured import MOST_FAULTS, read_measured
from tests.delivery.worlds import make_listing
from tests.factories import make_organization, make_user

ABC = ["A", "B", "C"]
#: The game of the published vectors: 2, 4, 5 alone, 18, 14, 9 by two, 24 together.
WHOLE = "coalition,value\nA,2\nB,4\nC,5\nA;B,18\n1;3,14\n3;2,9\nA;B;C,24\n"


def faults(text: str, parties: list[str] | None = None) -> list[tuple[int, str]]:
    return [(one.row, one.code) for one in read_measured(io.StringIO(text), ABC if parties is None else parties).faults]


@covers("G4", "R69", "E35")
def test_codes_and_numbers_name_the_same_parties_and_the_value_is_exact() -> None:
    read = read_measured(io.StringIO(WHOLE), ABC)
    assert not read.faults and read.table == [0, 2, 4, 18, 5, 14, 9, 24], "by bit mask"
    found = reckon({"kind": "utility", "parties": list(read.parties), "table": read.table})
    typed = [[["A"], 2], [["B"], 4], [["C"], 5], [["A", "B"], 18], [["A", "C"], 14], [["B", "C"], 9], [["A", "B", "C"], 24]]
    assert found == reckon({"kind": "utility", "worths": typed})
    assert sum(found.values.values()) == 24 and found.method == "exact"


@covers("G4")
@pytest.mark.parametrize(("row", "code"), [
    ("D,1", "unknown_party"), ("4,1", "unknown_party"), (",1", "unknown_party"), ("A;A,1", "party_twice"), ("A;1,1", "party_twice"),
    ("B;A,1", "coalition_twice"), ("1,1", "coalition_twice"), ("A,1,1", "columns"), ("A", "columns"), ("A;C,-1", "number"),
    ("A;C,1.5", "number"), ("A;C,", "number"), ("A;C,4294967296", "number"), ("A;C,1e3", "number"), ("A;C,١", "number")])
def test_every_fault_is_named_with_its_row(row: str, code: str) -> None:
    assert faults(f"coalition,value\nA,2\nA;B,18\n{row}\n")[0] == (4, code)


@covers("G4")
def test_all_faults_are_told_together_up_to_twenty_and_what_is_missing_is_named() -> None:
    assert faults("A,2\nX,1\nB,x\nA,3\n") == [(2, "unknown_party"), (3, "number"), (4, "coalition_twice")]
    assert len(faults("X,1\n" * 50)) == MOST_FAULTS
    short = read_measured(io.StringIO(WHOLE.replace("3;2,9\n", "")), ABC).faults
    assert [(one.row, one.code) for one in short] == [(0, "coalition_missing")] and "B;C" in short[0].words[1]
    assert faults("", []) == [(0, "parties")] and faults(WHOLE, ["A", "A"]) == [(0, "parties")]
    assert faults(WHOLE, [f"P{n}" for n in range(21)]) == [(0, "parties")]
    assert faults('A,"2\n') != []


@covers("G4")
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 2**32 - 1), min_size=15, max_size=15), st.permutations(range(15)))
def test_the_order_of_rows_says_nothing(worths: list[int], drawn: list[int]) -> None:
    parties = list("abcd".upper())
    rows = [f"{';'.join(one for n, one in enumerate(parties) if mask >> n & 1)},{worth}" for mask, worth in enumerate(worths, 1)]
    assert read_measured(io.StringIO("\n".join(rows[one] for one in drawn)), parties).table == [0, *worths]


@covers("G4", "R69")
def test_twenty_parties_are_reckoned_exactly_from_a_file() -> None:
    """Worked: each coalition of s parties is worth 100·s, the first party adds 7 to any: 107 for it, 100 for each of the others."""
    parties = [f"P{n:02}" for n in range(20)]
    rows = (f"{';'.join(str(n + 1) for n in range(20) if mask >> n & 1)},{100 * mask.bit_count() + 7 * (mask & 1)}\n"
            for mask in range(1, 1 << 20))
    read = read_measured(rows, parties)
    assert not read.faults and len(read.table) == 1 << 20
    found = reckon({"kind": "utility", "parties": parties, "table": read.table})
    assert found.values == {party: Fraction(107 if party == "P00" else 100) for party in parties} and found.whole == 2007


@covers("G4")
def test_a_kept_table_that_is_no_table_is_refused() -> None:
    for parties, table in ((["A"], [0]), (["A"], [1, 2]), (["A", "A"], [0, 1, 2, 3]), (["A"], [0, True]), (["A"], [0, -1]), ([], [0])):
        with pytest.raises(ShareFault):
            reckon({"kind": "utility", "parties": parties, "table": table})


@pytest.mark.django_db
@covers("G4", "R69")
def test_the_page_gives_the_empty_table_takes_it_filled_and_shows_each_row_that_is_wrong(client: Any, monkeypatch: Any) -> None:
    listing, codes = make_listing(), sorted(make_organization().code for _ in range(3))
    client.force_login(make_user(Role.DATA_MERCHANT, organization=listing.organization))
    address, parties = f"/desk/listings/{listing.code}/contribution/", ",".join(codes)
    empty = client.get(f"{address}coalitions.csv", {"parties": parties, "whole": "1"}).getvalue().decode("utf-8-sig").splitlines()
    assert len(empty) == 8 and empty[-1].startswith("1;2;3")
    filled = "\n".join([empty[0], *(f"{row.partition(',')[0]},{100 * n}" for n, row in enumerate(empty[1:], 1))])

    def send(text: str, **more: str) -> Any:
        return client.post(address, {"kind": "file", "parties": parties, "file": SimpleUploadedFile("u.csv", text.encode())} | more)

    wrong = send(filled.replace(",300", ",x").replace(",500", ",y"))
    assert wrong.status_code == 400 and "第 4 行" in wrong.content.decode() and "第 6 行" in wrong.content.decode()
    assert not Contribution.objects.exists()
    assert client.post(address, {"kind": "file", "parties": parties}).status_code == 400
    assert send(filled, parties="ORG-NOBODY").status_code == 400
    assert client.get(f"{address}coalitions.csv", {"parties": ",".join(map(str, range(21))), "whole": "1"}).status_code == 400
    assert send(filled).status_code == 302
    one = Contribution.objects.get()
    assert one.inputs["table"] == [0, 100, 200, 300, 400, 500, 600, 700] and one.inputs["parties"] == codes
    assert [one.values[code][0] for code in codes] == ["100", "200", "400"] and one.method == "exact"
    assert client.get(f"/desk/contributions/{one.code}/inputs.json").json()["reckoned"] == one.inputs
    monkeypatch.setattr(contribution_views, "MOST_BYTES", 10)
    assert "MiB" in send(filled).content.decode()
