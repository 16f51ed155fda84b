"""Fifty-six ways out of an engine that was left open, and bombs that no setting of the engine stops; none of them in a buyer's reach."""

from __future__ import annotations

__all__ = ["BOMBS", "OUT_OF_BOUNDS", "REFUSED", "WITHIN"]

_FILE = "/etc/passwd"
#: Each would read, write or reach something outside, or loosen the lock.
REFUSED: tuple[str, ...] = (
    f"SELECT * FROM read_csv('{_FILE}')", f"SELECT * FROM read_csv_auto('{_FILE}')", f"SELECT * FROM '{_FILE}'",
    f"SELECT * FROM read_text('{_FILE}')", f"SELECT * FROM read_blob('{_FILE}')", "SELECT * FROM read_parquet('/tmp/x.parquet')",
    f"SELECT * FROM read_json('{_FILE}')", f"SELECT * FROM read_json_auto('{_FILE}')", "SELECT * FROM read_ndjson('/tmp/x.json')",
    f"SELECT * FROM sniff_csv('{_FILE}')", "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
    "SELECT * FROM parquet_schema('/tmp/x.parquet')",
    "SELECT * FROM read_text('/proc/self/environ')", "SELECT * FROM read_text('/proc/1/cmdline')", "SELECT * FROM read_blob('/dev/mem')",
    "SELECT * FROM read_csv('/dev/fd/1')", f"SELECT * FROM query('SELECT * FROM read_text(''{_FILE}'')')",
    f"SELECT * FROM query_table('{_FILE}')", f"CREATE VIEW v AS SELECT * FROM read_text('{_FILE}'); SELECT * FROM v",
    f"CREATE MACRO m() AS TABLE SELECT * FROM read_text('{_FILE}'); SELECT * FROM m()",
    f"PREPARE p AS SELECT * FROM read_text('{_FILE}'); EXECUTE p",
    f"SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{_FILE}'')'))",
    f"CREATE TABLE t AS SELECT * FROM read_text('{_FILE}')", f"SELECT (SELECT content FROM read_text('{_FILE}'))",
    f"WITH a AS (SELECT * FROM read_text('{_FILE}')) SELECT * FROM a", f"DESCRIBE SELECT * FROM read_csv('{_FILE}')",
    f"SUMMARIZE SELECT * FROM read_csv('{_FILE}')", f"EXPLAIN ANALYZE SELECT * FROM read_text('{_FILE}')",
    "COPY (SELECT 1) TO '/tmp/out.csv'", "COPY (SELECT 1) TO '/tmp/out.parquet'", "COPY (SELECT 1) TO '/dev/stdout'",
    f"CREATE TABLE c (a VARCHAR); COPY c FROM '{_FILE}'", "EXPORT DATABASE '/tmp/out'", "IMPORT DATABASE '/tmp/out'",
    "ATTACH '/tmp/other.db'", "ATTACH '/tmp/other.db' AS o (READ_ONLY)", "ATTACH 'https://example.org/x.db'",
    "SELECT * FROM read_csv('http://127.0.0.1/x.csv')", "SELECT * FROM read_csv('https://example.org/x.csv')",
    "SELECT * FROM read_csv('s3://bucket/x.csv')", "SELECT * FROM read_csv('hf://datasets/x.csv')", "INSTALL httpfs", "LOAD httpfs",
    "INSTALL spatial FROM community", "LOAD '/tmp/x.duckdb_extension'", "FORCE INSTALL json",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "SET enable_external_access = true", "SET memory_limit = '8GB'", "RESET memory_limit", "SET threads = 8", "SET temp_directory = '/tmp'",
    "SET allowed_paths = ['/etc/passwd']", "SET lock_configuration = false", "SET GLOBAL allowed_directories = ['/']",
    "SELECT * FROM leak_frame")
#: What the engine itself still allows; harmless in a process that holds one file and dies.
WITHIN: tuple[str, ...] = ("CREATE TABLE scratch (a INT)", "ATTACH ':memory:' AS inner_one", "SELECT 1")
OUT_OF_BOUNDS = ("SELECT * FROM glob('/etc/*')", "SELECT getenv('HOME')", "SELECT * FROM duckdb_secrets()", "SELECT * FROM duckdb_logs()")
#: Memory and processor: the limits of the process stop them, whatever the engine does.
BOMBS: tuple[str, ...] = (
    "SELECT length(repeat('x', 4000000000))", "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
    "SELECT list(range) FROM range(400000000)", "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    "SELECT count(DISTINCT hash(range)) FROM range(4000000000)", "SELECT string_agg(repeat('y', 1000), '') FROM range(10000000)")
