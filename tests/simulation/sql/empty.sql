-- Everything that happened is forgotten; sites and merchants stay. Walks every table: worlds are small.
DELETE FROM cart;
DELETE FROM contact;
DELETE FROM identity;
DELETE FROM purchase;
DELETE FROM orders;
DELETE FROM outbox;
DELETE FROM suppression;
DELETE FROM metric;
DELETE FROM heartbeat;
UPDATE site SET paused = 0;
UPDATE merchant SET paused = 0;
UPDATE deployment SET paused = 0, rolled_back_until = 0;
DELETE FROM salt;
DELETE FROM network;
DELETE FROM site_share;
DELETE FROM server_orders;
DELETE FROM delivery;
DELETE FROM breaker;
