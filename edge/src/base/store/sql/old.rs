//! The old names of statements, for call sites that do not use the typed ones yet.

use crate::base::store::{Query as _, Sql};

/// `collect/fold_event`
pub const CART_EVENT: Sql = super::collect::FoldEvent::SQL;
/// `collect/wake_cart`
pub const CART_RETURN: Sql = super::collect::WakeCart::SQL;
/// `collect/supersede_cart`
pub const CART_SUPERSEDE: Sql = super::collect::SupersedeCart::SQL;
/// `collect/keep_contact`
pub const CONTACT_EVENT: Sql = super::collect::KeepContact::SQL;
/// `collect/list_inherited_carts`
pub const CUSTOMER_CONTACT: Sql = super::collect::ListInheritedCarts::SQL;
/// `collect/inherit_address`
pub const CUSTOMER_JOIN: Sql = super::collect::InheritAddress::SQL;
/// `site/write_origin`
pub const DEPLOYMENT_ORIGIN: Sql = super::site::WriteOrigin::SQL;
/// `site/read_deployment`
pub const DEPLOYMENT_READ: Sql = super::site::ReadDeployment::SQL;
/// `site/read_installation`
pub const INSTALL_READ: Sql = super::site::ReadInstallation::SQL;
/// `site/note_tag`
pub const INSTALL_TAG: Sql = super::site::NoteTag::SQL;
/// `link/read_link`
pub const LINK_READ: Sql = super::link::ReadLink::SQL;
/// `site/write_merchant`
pub const MERCHANT_WRITE: Sql = super::site::WriteMerchant::SQL;
/// `catalogue/write_products`
pub const PRODUCT_WRITE: Sql = super::catalogue::WriteProducts::SQL;
/// `refuse/wipe_carts`
pub const REFUSE_CART: Sql = super::refuse::WipeCarts::SQL;
/// `refuse/refuse_contacts`
pub const REFUSE_CONTACT: Sql = super::refuse::RefuseContacts::SQL;
/// `refuse/leave_tombstone`
pub const REFUSE_TOMBSTONE: Sql = super::refuse::LeaveTombstone::SQL;
/// `site/read_first_site`
pub const SITE_FIRST: Sql = super::site::ReadFirstSite::SQL;
/// `site/list_sites`
pub const SITE_IDS: Sql = super::site::ListSites::SQL;
/// `site/read_site`
pub const SITE_READ: Sql = super::site::ReadSite::SQL;
/// `site/write_site`
pub const SITE_WRITE: Sql = super::site::WriteSite::SQL;
/// `link/suppress_mailbox`
pub const SUPPRESS: Sql = super::link::SuppressMailbox::SQL;
/// `link/note_visit`
pub const VISIT_CART: Sql = super::link::NoteVisit::SQL;
/// `link/count_visit`
pub const VISIT_FIGURES: Sql = super::link::CountVisit::SQL;
/// `link/note_visited_reminder`
pub const VISIT_REMINDER: Sql = super::link::NoteVisitedReminder::SQL;
