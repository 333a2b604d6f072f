-- tables.sql: an allocation-heavy SQL script for comparing allocators, for sqlite3 in memory.
-- Its output is a few checksums, which must be the same under every allocator.
PRAGMA journal_mode = OFF;
PRAGMA temp_store = MEMORY;

CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, city TEXT, note TEXT);
CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer INTEGER, article TEXT, amount INTEGER,
                      payload BLOB);

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO customer
SELECT i, 'customer-' || i, 'city-' || (i * 7919 % 500), replace(hex(i * 104729), '0', 'note ')
FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
INSERT INTO purchase
SELECT i, 1 + i * 31337 % 20000, 'article-' || (i * 17 % 3000), i % 97,
       zeroblob(i * 13 % 120)
FROM n;

CREATE INDEX purchase_customer ON purchase(customer);
CREATE INDEX purchase_article ON purchase(article, amount);

SELECT count(*), sum(amount) FROM purchase JOIN customer ON customer.id = purchase.customer
WHERE city LIKE 'city-1%';

CREATE TABLE by_city AS
SELECT city, group_concat(name, ',') AS names, sum(amount) AS total
FROM customer JOIN purchase ON purchase.customer = customer.id GROUP BY city;
SELECT count(*), sum(length(names)), sum(total) FROM by_city;

UPDATE purchase SET article = article || '-' || amount WHERE id % 3 = 0;
DELETE FROM purchase WHERE id % 5 = 0;
SELECT count(DISTINCT article), sum(length(payload)) FROM purchase;

SELECT sum(length(j)) FROM (SELECT json_group_array(json_object('n', name, 'c', city)) AS j
                            FROM customer GROUP BY id % 100);

DROP TABLE by_city;
DELETE FROM purchase;
VACUUM;
SELECT count(*) FROM customer ORDER BY note || name;
