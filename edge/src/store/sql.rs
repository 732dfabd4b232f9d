//! Every statement there is, by name; the texts are the `.sql` files without their comments, shared by D1 and SQLite.

use super::Sql;

macro_rules! statements {
    ($($constant:ident = $file:literal,)*) => {
        $(
            #[doc = concat!("`edge/sql/", $file, ".sql`")]
            pub const $constant: Sql = Sql { name: $file, text: include_str!(concat!(env!("OUT_DIR"), "/sql/", $file, ".sql")) };
        )*
        /// All of them.
        pub const ALL: &[Sql] = &[$($constant),*];
    };
}

statements! {
    BREAKER_DAYS = "breaker_days",
    BREAKER_HOURS = "breaker_hours",
    BREAKER_OPEN = "breaker_open",
    BREAKER_READ = "breaker_read",
    BREAKER_TRIP = "breaker_trip",
    BREAKERS_FALLEN = "breakers_fallen",
    CART_EVENT = "cart_event",
    CART_ORDER = "cart_order",
    CART_READ = "cart_read",
    CART_REMINDERS = "cart_reminders",
    CART_RETURN = "cart_return",
    CART_SUPERSEDE = "cart_supersede",
    CART_SUPPRESSION = "cart_suppression",
    CARTS_ACTIVE = "carts_active",
    CARTS_EXIST = "carts_exist",
    CARTS_IN_STATE = "carts_in_state",
    CARTS_OPEN_TODAY = "carts_open_today",
    CONTACT_EVENT = "contact_event",
    DELIVERY_COUNT = "delivery_count",
    DELIVERY_ROLL_UP = "delivery_roll_up",
    DELIVERY_ROLLED_UP = "delivery_rolled_up",
    DEPLOYMENT_ORIGIN = "deployment_origin",
    DEPLOYMENT_READ = "deployment_read",
    EXPIRE_CARTS = "expire_carts",
    FIGURES_DAY = "figures_day",
    HEARTBEAT = "heartbeat",
    HOUSE_BLOCKS = "house_blocks",
    HOUSE_DAYS = "house_days",
    HOUSE_HOURS = "house_hours",
    INSTALL_READ = "install_read",
    INSTALL_TAG = "install_tag",
    LINK_READ = "link_read",
    MERCHANT_WRITE = "merchant_write",
    ORDER_CANDIDATES = "order_candidates",
    ORDER_CARTS = "order_carts",
    ORDER_FIGURES = "order_figures",
    ORDER_MARKS = "order_marks",
    ORDER_READ = "order_read",
    ORDER_UNMARK = "order_unmark",
    ORDER_WRITE = "order_write",
    OUTBOX_CLAIM = "outbox_claim",
    OUTBOX_CLOSE = "outbox_close",
    OUTBOX_FORGET = "outbox_forget",
    OUTBOX_GATE = "outbox_gate",
    OUTBOX_RECORD = "outbox_record",
    OUTBOX_SWEEP = "outbox_sweep",
    PLAN_ABANDON = "plan_abandon",
    PLAN_DUE = "plan_due",
    PLAN_FIGURES = "plan_figures",
    PLAN_MOVE = "plan_move",
    PLAN_OUTBOX = "plan_outbox",
    PLAN_UNPROVEN = "plan_unproven",
    PRODUCT_WRITE = "product_write",
    REFUSE_CART = "refuse_cart",
    REFUSE_CONTACT = "refuse_contact",
    REFUSE_TOMBSTONE = "refuse_tombstone",
    REMINDERS_HELD = "reminders_held",
    SEND_FIGURES = "send_figures",
    SEND_LOAD = "send_load",
    SEND_PRODUCTS = "send_products",
    SITE_FIRST = "site_first",
    SITE_READ = "site_read",
    SITE_WRITE = "site_write",
    SUPPRESS = "suppress",
    SUPPRESS_REFUSED = "suppress_refused",
    TICK_DUE = "tick_due",
    VISIT_CART = "visit_cart",
    VISIT_FIGURES = "visit_figures",
    VISIT_REMINDER = "visit_reminder",
}
