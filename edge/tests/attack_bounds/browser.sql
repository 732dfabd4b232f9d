-- Copies the first cart of browser A many times under the same visitor: {carts} of them, each with a reminder that is due.
CREATE TEMP TABLE copies AS
  WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {carts})
  SELECT c.* FROM cart c CROSS JOIN numbers WHERE c.id = '01JD3Z5W4K8Q9RT2V6XY7ABCDA.1';
UPDATE copies SET id = '01JD3Z5W4K8Q9RT2V6XY7ABCDA.' || (rowid + 100);
INSERT INTO cart SELECT * FROM copies;
INSERT INTO outbox (site, cart, cycle, step, position, mailbox_hash, scheduled, planned_at, next)
  SELECT site, id, 1, 's1', 0, mailbox_hash, active_at - 2, active_at - 1, active_at - 2 - 86400000000 FROM copies;
DROP TABLE copies;
