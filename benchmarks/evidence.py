"""What keeping evidence costs an act. Floor = four business inserts as one prepared statement, committed durably.

Sealing apart (the record only queues; one sealer chains later) stands against chaining inside the act (every writer takes
the head's lock and hashes). Afterwards everything that was recorded is sealed and the whole log verified.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg

from benchmarks.ground import Ground
from benchmarks.harness import Goal, Report, Variant, Worker, ratio_of, rotate

FOUR = "WITH " + ", ".join(f"i{n} AS (INSERT INTO bench_act (a, b) VALUES (%(a)s, 'LST-7K3QW9ZD2Z'))" for n in range(4))
RECORD = ("SELECT evidence_record('bench.act.done', 1, 'ORG-7K3QW9ZD2Z/PSN-7K3QW9ZD2Z', 'LST-7K3QW9ZD2Z', market_now(), "
          "jsonb_build_object('price_fen', %(a)s::bigint, 'buyer', 'ORG-7K3QW9ZD2Z'), %(command)s::uuid), "
          "evidence_command(%(command)s::uuid, 'ORG-7K3QW9ZD2Z/PSN-7K3QW9ZD2Z', 'bench.act.do')")
#: Every variant takes the same parameters.
NEEDED = " WHERE %(command)s::uuid IS NOT NULL"
CHAIN = """CREATE FUNCTION bench_chain(a bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE head bytea; position bigint;
BEGIN
    SELECT h.hash, h.size INTO head, position FROM bench_head h FOR UPDATE;
    head := sha256(head || convert_to(jsonb_build_object('price_fen', a, 'buyer', 'ORG-7K3QW9ZD2Z', 'at', market_now())::text, 'UTF8'));
    INSERT INTO bench_chain (position, hash) VALUES (position, head);
    UPDATE bench_head SET hash = head, size = position + 1;
END $$"""


def prepare(ground: Ground) -> None:
    """This will make the tables of the comparison."""
    for statement in ("CREATE TABLE bench_act (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a bigint NOT NULL, b text NOT NULL)",
                      "CREATE TABLE bench_chain (position bigint PRIMARY KEY, hash bytea NOT NULL)",
                      "CREATE TABLE bench_head (hash bytea NOT NULL, size bigint NOT NULL)",
                      "INSERT INTO bench_head VALUES ('', 0)", CHAIN):
        ground.execute(statement)


def variant(ground: Ground, name: str, statement: str, *, is_floor: bool = False) -> Variant:
    """One way of acting, each connection its own session."""
    def make(number: int) -> Worker:
        import uuid

        connection = psycopg.connect(ground.app_url, autocommit=True, prepare_threshold=0)

        def act() -> int:
            connection.execute(statement, {"a": number + 1, "command": uuid.uuid4()})
            return 1
        return Worker(act, connection.info.backend_pid, connection.close)
    return Variant(name, make, is_floor)


def seal_all() -> tuple[int, float]:
    """Seals what waits; returns (entries, seconds)."""
    from evidence.clock import MARKET_CLOCK
    from evidence.sealing import seal_batch

    begin, total = time.perf_counter(), 0
    while count := seal_batch(clock=MARKET_CLOCK):
        total += count
    return total, time.perf_counter() - begin


def checks(recorded: int) -> dict[str, Any]:
    from evidence import queries
    from evidence.verify import verify_log

    begin = time.perf_counter()
    verdict = verify_log(queries.log_entries(), queries.seals(), public_keys=queries.public_keys())
    return {"log verifies": verdict.good, "entries are the records": verdict.entries == recorded,
            "verified entries per second": round(verdict.entries / (time.perf_counter() - begin))}


def run(ground: Ground) -> list[Report]:
    """This will measure at one and at four connections."""
    prepare(ground)
    reports = []
    for connections in (1, 4):
        figures = rotate([
            variant(ground, "four inserts", f"{FOUR} SELECT 1{NEEDED}", is_floor=True),
            variant(ground, "four inserts, record and command", FOUR + " " + RECORD),
            variant(ground, "four inserts, chained inside the act", f"{FOUR} SELECT bench_chain(%(a)s){NEEDED}"),
        ], connections=connections)
        sealed, seconds = seal_all()
        ((recorded,),) = ground.execute("SELECT count(*) FROM evidence_record")
        pace = sealed / seconds / figures[1].rate
        goals = [Goal.judged("I23", "one sealer's pace to the writers' pace", pace, 1.0),
                 Goal("I23", "sealing apart to chaining inside", ratio_of(figures, figures[1].name, figures[2].name), 1.0)]
        facts = ground.facts() | {"connections": connections, "sealed per second": round(sealed / seconds)}
        reports.append(Report(f"evidence, {connections} connections", figures, facts, goals, checks(recorded), (figures[1].name,)))
    return reports
