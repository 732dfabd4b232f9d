-- Every shopper so far came back by a link of their own before, so that no share keeps their mails waiting; for tests.
UPDATE contact SET known_at = created WHERE known_at IS NULL
