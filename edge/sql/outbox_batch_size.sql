-- How many members batches have, and how many of them have not ended. Index: outbox_batch. Reads: one a member.
-- ?1 [batch, …]
SELECT batch, count(*) AS members, sum(state <= 2) AS open FROM outbox WHERE batch IN (SELECT value FROM json_each(?1)) GROUP BY batch
