-- Puts the carts and reminders of `:site` to rest, so that the next row's ticks have nothing of them to do.
UPDATE cart SET due = NULL WHERE site = :site;
UPDATE outbox SET next = NULL WHERE site = :site;
