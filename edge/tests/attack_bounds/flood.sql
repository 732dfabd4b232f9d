-- Copies the newest cart of a stranger many times, each under a visitor of its own: {carts} of them.
CREATE TEMP TABLE copies AS
  WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {carts})
  SELECT c.* FROM cart c CROSS JOIN numbers WHERE c.id = '01JD3Z5W4K8Q9RT2V6XZ000029.1';
UPDATE copies SET id = printf('01JD3Z5W4K8Q9RT2V6XZ%06d.1', rowid + 1000);
INSERT INTO cart SELECT * FROM copies;
DROP TABLE copies;
