"""sqlite3: in memory and in a file, with indices, triggers, JSON, full-text search and a vacuum."""

from trial import require

STATEMENTS = """
.timeout 10000
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, score REAL, data BLOB);
CREATE INDEX item_name ON item(name);
CREATE TABLE log(id INTEGER, what TEXT);
CREATE TRIGGER item_gone AFTER DELETE ON item BEGIN INSERT INTO log VALUES (old.id, 'gone'); END;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO item SELECT i, printf('name-%d-%s', i * 7919 % 10007, hex(i)), i * 0.37,
                        zeroblob(i % 300) FROM n;
COMMIT;
UPDATE item SET name = name || '-' || length(data) WHERE id % 3 = 0;
DELETE FROM item WHERE id % 11 = 0;
SELECT count(*), sum(length(name)), round(sum(score), 3) FROM item;
SELECT substr(name, 1, 7) AS head, count(*), max(score) FROM item GROUP BY head ORDER BY 2 DESC, 1
  LIMIT 10;
SELECT a.id, b.id FROM item a JOIN item b ON a.name < b.name AND b.id = a.id * 2
  ORDER BY a.name LIMIT 10;
SELECT count(*), min(id), max(id) FROM log;
SELECT json_group_array(json_object('id', id, 'name', name)) FROM (SELECT * FROM item LIMIT 50);
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO words SELECT group_concat(name, ' ') FROM item GROUP BY id / 50;
SELECT count(*) FROM words WHERE words MATCH 'name';
VACUUM;
PRAGMA integrity_check;
SELECT * FROM nowhere;
"""


def use(trial, database, rows):
    result = trial.compare(["sqlite3", database], text=STATEMENTS.format(rows=rows))
    # Only the last statement fails.
    require(result.err.count("\n") == 1 and "nowhere" in result.err, str(result))


def smoke(trial):
    use(trial, ":memory:", 5_000)


def full(trial):
    use(trial, ":memory:", 200_000)
    use(trial, "file.db", 100_000)
