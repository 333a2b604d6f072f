"""postgres as its own user, over a unix socket: initdb, pgbench, and queries with known answers."""

import os
import pwd
import re
from pathlib import Path

from trial import require, wait_until

BINARIES = Path("/usr/lib/postgresql")

QUERIES = """
CREATE TABLE item AS SELECT i AS id, md5(i::text) AS name, i % 97 AS kind, repeat('x', i % 500) AS body
  FROM generate_series(1, {rows}) AS i;
CREATE INDEX ON item(name);
ANALYZE item;
SET work_mem = '1MB';
SELECT kind, count(*), sum(length(body)), min(name) FROM item GROUP BY kind ORDER BY kind LIMIT 20;
SELECT count(*) FROM item a JOIN item b ON a.name = md5(b.kind::text);
SELECT md5(string_agg(name, ',' ORDER BY name)) FROM item;
SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, count(*) n FROM item GROUP BY kind) t;
SELECT count(DISTINCT body), max(length(body)) FROM item;
DO $$ BEGIN FOR i IN 1..2000 LOOP PERFORM regexp_replace('a' || i, '[0-9]+', repeat('b', i % 50)); END LOOP; END $$;
DELETE FROM item WHERE id % 3 = 0;
VACUUM FULL item;
SELECT count(*), md5(string_agg(body, '' ORDER BY id)) FROM item;
SELECT nothing FROM item;
"""


def folder_of_binaries():
    versions = sorted(BINARIES.glob("*/bin/postgres"))
    require(versions, f"no postgres below {BINARIES}")
    return versions[-1].parent


def children_of(process):
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in path.read_text().split()]


def use(trial, rows, seconds, scale):
    binaries = folder_of_binaries()
    # postgres refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None

    def session(allocator):
        folder = trial.fresh_folder()
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data = folder / "data"

        def run(program, *words, **how):
            return allocator.run([binaries / program, *words], cwd=folder, user=user,
                                 seconds=300, **how)

        run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N", "--locale=C").succeeded()
        server = [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=",
                  "-c", "fsync=off", "-c", "max_parallel_workers_per_gather=2",
                  "-c", "logging_collector=off"]
        with allocator.server(server, folder, user=user) as postgres:
            here = ["-h", folder, "-U", "postgres"]
            wait_until(lambda: run("pg_isready", *here).status == 0, "postgres")
            run("createdb", *here, "bench").succeeded()
            answers = run("psql", *here, "-X", "-d", "bench", text=QUERIES.format(rows=rows))
            allocator.check_mapped(postgres.pid)
            for child in children_of(postgres.pid):
                allocator.check_mapped(child)
            run("pgbench", *here, "-i", "-q", "-s", scale, "bench").succeeded()
            bench = run("pgbench", *here, "-T", seconds, "-c", 4, "-j", 2, "bench").succeeded()
            done = int(re.search(r"transactions actually processed: (\d+)", bench.out)[1])
            failed = int(re.search(r"failed transactions: (\d+)", bench.out)[1])
            require(done > 10 * seconds and failed == 0, bench.out)
            totals = run("psql", *here, "-X", "-At", "-d", "bench", "-c",
                         "SELECT (SELECT sum(delta) FROM pgbench_history) = "
                         "(SELECT sum(abalance) FROM pgbench_accounts)").succeeded()
            require(totals.out == "t\n", "pgbench's sums differ")
            run("pg_ctl", "-D", data, "-m", "fast", "-W", "stop").succeeded()
        return answers.status, answers.out, answers.err

    status, out, err = trial.compare_results(session)
    require("column \"nothing\" does not exist" in err and f"INSERT 0 {rows}" not in out, err)
    require(status == 0 and "VACUUM" in out, out + err)


def smoke(trial):
    use(trial, rows=2_000, seconds=2, scale=1)


def full(trial):
    use(trial, rows=50_000, seconds=20, scale=5)
