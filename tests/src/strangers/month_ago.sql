-- Moves every purchase of `:site` a month back.
UPDATE purchase SET at = at - 2592000000 WHERE site = :site
