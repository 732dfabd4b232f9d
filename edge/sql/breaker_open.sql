-- Staff lets a site send again; from now on is counted anew, and a flood was none (outbox_gate.sql). Index: primary key. Rows: 2, or 0.
-- ?1 site ?2 now ?3 hour ?4 addresses ?5 day ?6 sent ?7 bounced ?8 complained
UPDATE breaker SET since = ?2, until = ?2, baseline_hour = ?3, baseline_addresses = ?4, baseline_day = ?5, baseline_sent = ?6, baseline_bounced = ?7,
  baseline_complained = ?8
WHERE site = ?1 AND until > ?2
