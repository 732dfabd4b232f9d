//! What a shopper meets behind a link of a mail: the cart that comes back, the end of the mails.

pub mod link;
pub mod page;
