-- Every reminder and where it stands; a test's database is small.
SELECT cart, step, state, reason, tries, provider_id, next, trust FROM outbox ORDER BY cart, step
