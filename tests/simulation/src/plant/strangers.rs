//! Planted bugs by which strangers get more mails than the shares say, or change what others get.

use super::{NONE, Plant, sql, within};

/// Worlds in which strangers have as many people mailed as they can.
const BOMBERS: (u64, u64) = (16, 40);
/// Those of them in which a site's share is the limit.
const FLOODS: (u64, u64) = (176, 880);
/// Worlds in which they stop a shop's mails.
const STOPPERS: (u64, u64) = (24, 40);
/// Worlds in which they take what is others', or do one thing again and again.
const SQUATTERS: (u64, u64) = (32, 40);
/// Those of them in which a shopper's place is a month old before the last mail.
const REGULARS: (u64, u64) = (32, 800);

/// All of them.
pub(super) static PLANTS: &[Plant] = &[
    within(
        REGULARS,
        sql(
            "trust judged anew at step 2",
            &[
                (
                    "gate/judge_reminders",
                    "AND x.cycle = o.cycle AND x.mailbox_hash = o.mailbox_hash), -1),",
                    "AND 0), -1),",
                ),
                ("plan/plan_reminders", "(x.trust IS NOT NULL OR x.reason IN ('flood', 'turned_down'))", "0"),
            ],
        ),
    ),
    within(
        BOMBERS,
        sql(
            "place taken in the gate",
            &[(
                "collect/take_place",
                "AND e.value ->> 0 > :day_ago",
                "AND e.value ->> 0 > :day_ago AND EXISTS (SELECT 1 FROM outbox o WHERE o.site = e.value ->> 1
                  AND o.mailbox_hash = e.value ->> 3 AND o.counted_at IS NOT NULL)",
            )],
        ),
    ),
    within(
        BOMBERS,
        sql(
            "share resets at midnight UTC",
            &[(
                "collect/take_place",
                "AND e.value ->> 0 > :day_ago",
                "AND e.value ->> 0 > max(:day_ago, CAST(:now AS INTEGER) / 86400000 * 86400000)",
            )],
        ),
    ),
    within(
        BOMBERS,
        sql(
            "yesterday's salt not tried",
            &[(
                "collect/take_place",
                "IN (:network, :before) AND e.value",
                "IN (:network, :before || '-') AND e.value",
            )],
        ),
    ),
    within(
        BOMBERS,
        sql(
            "an address gives its place back after its mail",
            &[(
                "collect/take_place",
                "k.mailbox_hash = e.value ->> 3 AND k.place_at IS NOT NULL)",
                "k.mailbox_hash = e.value ->> 3 AND k.place_at IS NULL)",
            )],
        ),
    ),
    within(
        BOMBERS,
        sql(
            "a network's share counted by visitor",
            &[(
                "collect/take_place",
                "(SELECT count(*) FROM entry e WHERE e.site = :site) <",
                "(SELECT count(*) FROM entry e WHERE e.site = :site AND e.cart >= :visitor || '.' AND e.cart < :visitor || '/') <",
            )],
        ),
    ),
    within(
        BOMBERS,
        sql(
            "a session proves the address",
            &[
                (
                    "gate/judge_reminders",
                    "WHEN k.place_at > :month_ago OR o.released = 2 THEN",
                    "WHEN k.place_at > :month_ago OR o.released = 2 OR c.session_minted IS NOT NULL THEN",
                ),
                ("plan/plan_reminders", "WHEN NOT has_place THEN 2", "WHEN 0 THEN 2"),
            ],
        ),
    ),
    within(
        BOMBERS,
        Plant { name: "a customer's signature covers any address", signature_covers_any_address: true, ..NONE },
    ),
    within(
        BOMBERS,
        sql(
            "one account vouches for many visitors",
            &[
                (
                    "collect/vouch",
                    "json_array(CAST(:now AS INTEGER), :site, :mailbox_hash)",
                    "json_array(CAST(:now AS INTEGER), :site, :cart)",
                ),
                ("collect/vouch", "v.value ->> 2 = :mailbox_hash", "v.value ->> 2 = :cart"),
            ],
        ),
    ),
    within(
        FLOODS,
        sql(
            "whom staff let go waits again",
            &[
                (
                    "gate/judge_reminders",
                    "j.trust <= 1 AND o.released IS NOT 2 AND NOT EXISTS",
                    "j.trust <= 1 AND NOT EXISTS",
                ),
                ("gate/judge_reminders", "(v.released IS NULL AND EXISTS", "(v.released IS NOT 1 AND EXISTS"),
            ],
        ),
    ),
    within(
        SQUATTERS,
        sql(
            "first contact supersedes a verified cart",
            &[(
                "gate/judge_reminders",
                "(y.proof >= 3 OR (c.proof < 3 AND j.trust < 3)",
                "(1 OR (c.proof < 3 AND j.trust < 3)",
            )],
        ),
    ),
    within(
        SQUATTERS,
        sql("caps filled by strangers", &[("gate/judge_reminders", "(x.proof >= 3 OR c.proof < 3 OR", "(1 OR")]),
    ),
    within(
        SQUATTERS,
        sql(
            "eviction drops a proven cart",
            &[(
                "collect/keep_contact",
                "ORDER BY y.mailbox_hash IS contact.mailbox_hash DESC, y.proof DESC, y.created DESC",
                "ORDER BY y.created DESC",
            )],
        ),
    ),
    within(
        SQUATTERS,
        sql(
            "claimed order number takes the real one",
            &[
                (
                    "order/write_order",
                    "cart = iif(orders.source < :source, :cart, coalesce(:cart, cart))",
                    "cart = coalesce(cart, :cart)",
                ),
                ("order/find_candidates", "iif(source = 1, 4, -2)", "5"),
            ],
        ),
    ),
    within(
        SQUATTERS,
        sql(
            "a stranger's spelling is mailed",
            &[("collect/keep_contact", "substr(contact.place_cart, 1, 27) = substr(:cart, 1, 27)", "1")],
        ),
    ),
    within(
        SQUATTERS,
        sql(
            "a visitor's id is a key",
            &[
                (
                    "collect/fold_event",
                    "WHERE session IS NOT NULL LIMIT 1), :session) IS :session",
                    "WHERE session IS NOT NULL LIMIT 1), :session) IS NOT 'nobody'",
                ),
                (
                    "collect/wake_cart",
                    "WHERE session IS NOT NULL LIMIT 1), :session) IS :session",
                    "WHERE session IS NOT NULL LIMIT 1), :session) IS NOT 'nobody'",
                ),
            ],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "a page's order closes a stranger's cart",
            &[(
                "order/settle_carts",
                "cart.id = j.cart",
                "(cart.id = j.cart OR cart.mailbox_hash = (SELECT y.mailbox_hash FROM cart y WHERE y.site = :site AND y.id = j.cart))",
            )],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "a page's order stops others in every shop",
            &[("order/write_purchases", "value ->> 'of_others' AND NOT (", "0 AND NOT (")],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "what a page claims holds known shoppers",
            &[(
                "gate/judge_reminders",
                "WHEN j.trust < 3 AND EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.number = ''",
                "WHEN EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.number = ''",
            )],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "what a page claims counts as an order for the silence",
            &[(
                "gate/judge_reminders",
                "AND p.status <> 'claimed' AND p.at > :now - j.silence",
                "AND p.at > :now - j.silence",
            )],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "a stranger refuses for somebody",
            &[("collect/read_visitor_session", "WHERE session IS NOT NULL LIMIT 1", "WHERE 0 LIMIT 1")],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "a stranger's word replaces the shopper's own",
            &[(
                "collect/keep_contact",
                "(contact.said_by IS NULL OR excluded.said_by IN (contact.said_by, 'shop')",
                "(1 OR excluded.said_by IN (contact.said_by, 'shop')",
            )],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "breaker of first contacts stops proven ones",
            &[("gate/judge_reminders", "b.audience = (j.trust >= 3)", "b.audience = 0")],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "time held by a breaker makes stale",
            &[("gate/judge_reminders", "coalesce(iif(o.waits_for IS NULL, o.held_until, :now), 0)", "0")],
        ),
    ),
    within(
        STOPPERS,
        sql(
            "complaints of first contacts count among proven ones",
            &[
                ("provider_event/count_deliveries", "coalesce(o.trust >= 4, 0), :day", "1, :day"),
                ("provider_event/find_audiences", "coalesce(o.trust >= 4, 0) AS audience", "1 AS audience"),
            ],
        ),
    ),
];
