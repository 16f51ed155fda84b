"""P18: what a hot path costs is kept beside the code, and a run says how far it is from that."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from benchmarks import budget
from benchmarks.budget import Cost
from benchmarks.harness import Figure, Report


def figure(name: str, cpu_us: float) -> Figure:
    return Figure(name, 100.0, 1.0, 1.0, 1.0, cpu_us, (100.0,))


def test_only_the_products_paths_have_a_cost_in_microseconds_and_floors() -> None:
    report = Report("bids", [figure("floor", 200), figure("ours", 500), figure("theirs", 900)], {}, paths=("ours",))
    assert budget.costs(report) == {"bids: ours": Cost(500, 2.5)}


def test_a_path_or_a_floor_without_measured_time_has_no_cost() -> None:
    assert budget.costs(Report("bids", [figure("floor", 0), figure("ours", 500)], {}, paths=("ours",))) == {}
    assert budget.costs(Report("bids", [figure("floor", 200), figure("ours", 0)], {}, paths=("ours",))) == {}


def test_the_change_is_told_against_the_kept_cost() -> None:
    found = {"bids: ours": Cost(300, 1.5), "bids: new": Cost(70, 0.5)}
    assert budget.changes(found, {"bids: ours": Cost(400, 1.25)}) == [
        "bids: ours: 300 us, 1.50 floors; budget 400 us (-25%), 1.25 floors (+20%)",
        "bids: new: 70 us, 0.50 floors (no budget kept)",
    ]


def test_writing_keeps_the_paths_that_were_not_run(tmp_path: Path) -> None:
    place = tmp_path / "budget.json"
    assert budget.read(place) == {}
    budget.write({"b": Cost(2, 2.0), "a": Cost(1, 1.0)}, place)
    budget.write({"b": Cost(3, 2.5)}, place)
    assert budget.read(place) == {"a": Cost(1, 1.0), "b": Cost(3, 2.5)}
    assert place.read_text(encoding="utf-8").index('"a"') < place.read_text(encoding="utf-8").index('"b"')


def test_the_kept_budget_names_paths_of_benchmarks_that_stand() -> None:
    main = import_module("benchmarks.__main__")
    known = {path.stem for path in main.HERE.glob("*.py")} - main.NOT_BENCHMARKS
    kept = budget.read()
    assert kept and all(cost.cpu_us > 0 and cost.floors > 0 for cost in kept.values())
    assert {name.split()[0].rstrip(":,") for name in kept} <= known
