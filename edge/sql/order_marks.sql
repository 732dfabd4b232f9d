-- Leaves a mark under every name of the buyer; the gate and late events ask for it. Not guarded: it can only stop mails.
-- Index: primary key. Rows: 1 a name, once.
-- ?1 site ?2 [key, …] ?3 status ?4 number ?5 at
INSERT INTO purchase (site, key, status, number, at)
SELECT ?1, value, ?3, ?4, ?5 FROM json_each(?2) WHERE true
ON CONFLICT (site, key, number) DO UPDATE SET status = 'placed' WHERE purchase.status = 'pending' AND ?3 = 'placed'
