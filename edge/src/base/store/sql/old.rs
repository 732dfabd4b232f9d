//! The old names of statements, for call sites that do not use the typed ones yet.

use crate::base::store::{Query as _, Sql};

/// `breaker/read_days`
pub const BREAKER_DAYS: Sql = super::breaker::ReadDays::SQL;
/// `breaker/read_hours`
pub const BREAKER_HOURS: Sql = super::breaker::ReadHours::SQL;
/// `breaker/reset_breaker`
pub const BREAKER_OPEN: Sql = super::breaker::ResetBreaker::SQL;
/// `breaker/read_breakers`
pub const BREAKER_READ: Sql = super::breaker::ReadBreakers::SQL;
/// `breaker/trip_breaker`
pub const BREAKER_TRIP: Sql = super::breaker::TripBreaker::SQL;
/// `breaker/count_tripped`
pub const BREAKERS_FALLEN: Sql = super::breaker::CountTripped::SQL;
/// `dashboard/read_last_order`
pub const CART_ORDER: Sql = super::dashboard::ReadLastOrder::SQL;
/// `dashboard/read_cart`
pub const CART_READ: Sql = super::dashboard::ReadCart::SQL;
/// `dashboard/read_reminders`
pub const CART_REMINDERS: Sql = super::dashboard::ReadReminders::SQL;
/// `dashboard/read_suppressions`
pub const CART_SUPPRESSION: Sql = super::dashboard::ReadSuppressions::SQL;
/// `dashboard/list_active_carts`
pub const CARTS_ACTIVE: Sql = super::dashboard::ListActiveCarts::SQL;
/// `dashboard/count_excluded_carts`
pub const CARTS_APART_TODAY: Sql = super::dashboard::CountExcludedCarts::SQL;
/// `dashboard/find_any_cart`
pub const CARTS_EXIST: Sql = super::dashboard::FindAnyCart::SQL;
/// `dashboard/list_carts_in_state`
pub const CARTS_IN_STATE: Sql = super::dashboard::ListCartsInState::SQL;
/// `dashboard/count_open_carts`
pub const CARTS_OPEN_TODAY: Sql = super::dashboard::CountOpenCarts::SQL;
/// `breaker/count_deliveries`
pub const DELIVERY_COUNT: Sql = super::breaker::CountDeliveries::SQL;
/// `breaker/roll_up_deliveries`
pub const DELIVERY_ROLL_UP: Sql = super::breaker::RollUpDeliveries::SQL;
/// `breaker/clear_heartbeat`
pub const DELIVERY_ROLLED_UP: Sql = super::breaker::ClearHeartbeat::SQL;
/// `site/write_origin`
pub const DEPLOYMENT_ORIGIN: Sql = super::site::WriteOrigin::SQL;
/// `cron/note_restored`
pub const DEPLOYMENT_RESTORED: Sql = super::cron::NoteRestored::SQL;
/// `provider_event/count_deliveries`
pub const EVENT_DELIVERY: Sql = super::provider_event::CountDeliveries::SQL;
/// `provider_event/count_metrics`
pub const EVENT_FIGURES: Sql = super::provider_event::CountMetrics::SQL;
/// `provider_event/record_events`
pub const EVENT_REMINDERS: Sql = super::provider_event::RecordEvents::SQL;
/// `provider_event/suppress_mailboxes`
pub const EVENT_SUPPRESS: Sql = super::provider_event::SuppressMailboxes::SQL;
/// `housekeeping/expire_carts`
pub const EXPIRE_CARTS: Sql = super::housekeeping::ExpireCarts::SQL;
/// `dashboard/read_metrics`
pub const FIGURES_DAY: Sql = super::dashboard::ReadMetrics::SQL;
/// `cron/write_heartbeat`
pub const HEARTBEAT: Sql = super::cron::WriteHeartbeat::SQL;
/// `housekeeping/delete_excluded_carts`
pub const HOUSE_APART: Sql = super::housekeeping::DeleteExcludedCarts::SQL;
/// `housekeeping/delete_excluded_identities`
pub const HOUSE_APART_NAMES: Sql = super::housekeeping::DeleteExcludedIdentities::SQL;
/// `housekeeping/delete_ip_prefixes`
pub const HOUSE_BLOCKS: Sql = super::housekeeping::DeleteIpPrefixes::SQL;
/// `housekeeping/delete_old_days`
pub const HOUSE_DAYS: Sql = super::housekeeping::DeleteOldDays::SQL;
/// `housekeeping/delete_old_hours`
pub const HOUSE_HOURS: Sql = super::housekeeping::DeleteOldHours::SQL;
/// `reconcile/record_look_ups`
pub const LOOK_UP_RECORD: Sql = super::reconcile::RecordLookUps::SQL;
/// `reconcile/find_look_ups`
pub const LOOK_UPS_DUE: Sql = super::reconcile::FindLookUps::SQL;
/// `cron/write_mail_state`
pub const MAIL_STATE: Sql = super::cron::WriteMailState::SQL;
/// `site/write_merchant`
pub const MERCHANT_WRITE: Sql = super::site::WriteMerchant::SQL;
/// `send/count_batches`
pub const OUTBOX_BATCH_SIZE: Sql = super::send::CountBatches::SQL;
/// `send/claim_reminders`
pub const OUTBOX_CLAIM: Sql = super::send::ClaimReminders::SQL;
/// `send/claim_batches`
pub const OUTBOX_CLAIM_BATCH: Sql = super::send::ClaimBatches::SQL;
/// `send/close_reminders`
pub const OUTBOX_CLOSE: Sql = super::send::CloseReminders::SQL;
/// `send/forget_attempts`
pub const OUTBOX_FORGET: Sql = super::send::ForgetAttempts::SQL;
/// `gate/judge_reminders`
pub const OUTBOX_GATE: Sql = super::gate::JudgeReminders::SQL;
/// `send/record_attempts`
pub const OUTBOX_RECORD: Sql = super::send::RecordAttempts::SQL;
/// `housekeeping/end_stale_reminders`
pub const OUTBOX_STALE: Sql = super::housekeeping::EndStaleReminders::SQL;
/// `housekeeping/sweep_outbox`
pub const OUTBOX_SWEEP: Sql = super::housekeeping::SweepOutbox::SQL;
/// `site/pause_deployment`
pub const PAUSE_DEPLOYMENT: Sql = super::site::PauseDeployment::SQL;
/// `site/pause_merchant`
pub const PAUSE_MERCHANT: Sql = super::site::PauseMerchant::SQL;
/// `site/pause_site`
pub const PAUSE_SITE: Sql = super::site::PauseSite::SQL;
/// `plan/abandon_carts`
pub const PLAN_ABANDON: Sql = super::plan::AbandonCarts::SQL;
/// `plan/find_due_carts`
pub const PLAN_DUE: Sql = super::plan::FindDueCarts::SQL;
/// `plan/count_metrics`
pub const PLAN_FIGURES: Sql = super::plan::CountMetrics::SQL;
/// `plan/postpone_carts`
pub const PLAN_MOVE: Sql = super::plan::PostponeCarts::SQL;
/// `plan/plan_reminders`
pub const PLAN_OUTBOX: Sql = super::plan::PlanReminders::SQL;
/// `plan/count_unproven`
pub const PLAN_UNPROVEN: Sql = super::plan::CountUnproven::SQL;
/// `dashboard/count_held_reminders`
pub const REMINDERS_HELD: Sql = super::dashboard::CountHeldReminders::SQL;
/// `send/count_metrics`
pub const SEND_FIGURES: Sql = super::send::CountMetrics::SQL;
/// `send/load_reminders`
pub const SEND_LOAD: Sql = super::send::LoadReminders::SQL;
/// `send/load_products`
pub const SEND_PRODUCTS: Sql = super::send::LoadProducts::SQL;
/// `dashboard/read_stops`
pub const SITE_STOPS: Sql = super::dashboard::ReadStops::SQL;
/// `site/write_site`
pub const SITE_WRITE: Sql = super::site::WriteSite::SQL;
/// `send/suppress_refused`
pub const SUPPRESS_REFUSED: Sql = super::send::SuppressRefused::SQL;
/// `cron/look_for_due`
pub const TICK_DUE: Sql = super::cron::LookForDue::SQL;
/// `cron/find_due_sites`
pub const TICK_DUE_SITES: Sql = super::cron::FindDueSites::SQL;
/// `cron/read_due_sites`
pub const TICK_SITES: Sql = super::cron::ReadDueSites::SQL;
