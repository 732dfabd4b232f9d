-- What happened so far happened forty days (3,456,000,000 ms) ago: carts are at rest, shares and networks are empty again.
UPDATE cart SET state = iif(state = 2, 2, 3), due = NULL, since = since - 3456000000, created = created - 3456000000,
  active_at = active_at - 3456000000, identified_at = identified_at - 3456000000, abandoned_at = abandoned_at - 3456000000,
  returned_at = returned_at - 3456000000, ordered_at = ordered_at - 3456000000;
UPDATE outbox SET next = NULL, scheduled = scheduled - 3456000000, planned_at = planned_at - 3456000000,
  first = first - 3456000000, counted_at = counted_at - 3456000000, ended_at = ended_at - 3456000000, visited_at = visited_at - 3456000000;
UPDATE contact SET created = created - 3456000000, basis_at = basis_at - 3456000000, place_at = place_at - 3456000000,
  known_at = known_at - 3456000000;
UPDATE purchase SET at = at - 3456000000;
UPDATE orders SET placed_at = placed_at - 3456000000;
UPDATE server_orders SET hours = '[]', last_at = last_at - 3456000000;
UPDATE site_share SET quarters = '[]';
DELETE FROM network;
