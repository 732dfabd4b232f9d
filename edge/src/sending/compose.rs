//! Composes the mail of a claimed reminder from verified data: the catalogue's names, prices and pictures.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cartwake_shared::{
    currency::Currency,
    email::EmailAddress,
    exclusion::{self, ExclusionReason},
    gate,
    identifier::{ReminderId, SiteId},
    locale::Locale,
    money::Money,
    policy::{self, Policy, Settings},
    text,
    time::Timestamp,
    token::{self, LinkPurpose},
    wire,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::claim::Claimed;
use crate::base::mail::Message;
use crate::{
    base::{
        error::Error,
        json,
        ports::{App, Localisation as _, Mailer as _, Ports, Store as _},
        product::Product,
        store::{
            Query as _, StoreError,
            sql::send::{LoadProducts, LoadProductsRow, LoadReminders, LoadRemindersRow},
        },
        words,
    },
    sending::content::{self, Content, Direction, Line},
};

/// Version of layout and wording; a retry after an upgrade that changed them is not the same mail.
pub const TEMPLATE: &str = "reminder-1";

/// A claimed reminder with its mail.
#[derive(Debug)]
pub struct ComposedReminder {
    /// The claimed reminder.
    pub claimed: Claimed,
    /// The cart's version the mail was written from.
    pub version: String,
    /// Version of layout and wording.
    pub template: &'static str,
    /// Language of the wording.
    pub locale: String,
    /// SHA-256 of the request's bytes, base64url.
    pub hash: String,
    /// The mail; `None` if cart or address are gone, which the gate finds too.
    pub message: Option<Message>,
    /// End of the quiet hours, if it is night at the shopper's place.
    pub quiet_until: Option<Timestamp>,
    /// Whether the address is one of the owner's own.
    pub is_owner_address: bool,
    /// The reason to exclude the address: it is not a shopper's.
    pub exclusion: Option<ExclusionReason>,
    /// The mail bases that suffice, each between spaces.
    pub bases: &'static str,
    /// The site's policy.
    pub policy: Policy,
}

/// Cart, contact and site of a claimed reminder.
struct Loaded {
    version: String,
    currency: Option<Currency>,
    total: i64,
    lines: Vec<wire::Line>,
    locale: Option<Locale>,
    zone: Option<String>,
    country: Option<String>,
    address: Option<EmailAddress>,
    shop: String,
    settings: Settings,
}

/// A reminder whose cart and products are to be loaded.
#[derive(Serialize)]
struct LoadRow<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    mailbox_hash: &'a str,
}

/// Loads and composes a group; a reminder whose site is gone is left to its lease.
pub async fn compose<P: Ports>(app: &App<P>, origin: &str, group: &[Claimed]) -> Result<Vec<ComposedReminder>, Error> {
    let asked: Vec<LoadRow<'_>> =
        group.iter().map(|claimed| LoadRow { id: &claimed.id, mailbox_hash: claimed.mailbox_hash.as_str() }).collect();
    let reminders = json::text(&asked);
    let (loaded, products) = app
        .store()
        .rows_of((&LoadReminders { reminders: &reminders }, &LoadProducts { reminders: &reminders }))
        .await?;
    // A product that only another version can read is not named in the mail; nothing else depends on it.
    let products: Vec<Product> = products.into_iter().filter_map(read_product).collect();
    let mut composed = Vec::with_capacity(group.len());
    for row in loaded {
        let place = usize::try_from(row.place).map_err(|_| StoreError::Unreadable(LoadReminders::SQL.name))?;
        let Some(claimed) = group.get(place) else { continue };
        composed.push(match json::read(&row.settings) {
            Ok(settings) => write(app, origin, claimed, &read_loaded(row, settings), &products),
            Err(_) => unreadable(app, claimed, row.version.unwrap_or_default()),
        });
    }
    Ok(composed)
}

fn read_loaded(row: LoadRemindersRow, settings: Settings) -> Loaded {
    Loaded {
        version: row.version.unwrap_or_default(),
        currency: row.currency.and_then(|code| Currency::parse(&code)),
        total: row.total.unwrap_or_default(),
        // A line that an older version wrote and this one cannot read is not named; nothing else depends on it.
        lines: row.lines.and_then(|lines| json::read(&lines).ok()).unwrap_or_default(),
        locale: row.locale.and_then(|tag| Locale::parse(&tag)),
        zone: row.zone,
        country: row.country,
        address: row.address.and_then(|text| EmailAddress::parse(&text).ok()),
        shop: row.name,
        settings,
    }
}

fn read_product(row: LoadProductsRow) -> Option<Product> {
    let price = Money::new(row.price, Currency::parse(&row.currency)?).ok()?;
    let LoadProductsRow { site, id, variant, name, image, available, .. } = row;
    Some(Product { site, id, variant, name, price, url: String::new(), image, available })
}

/// A line of the cart as the mail shows it.
struct ShownLine {
    name: String,
    quantity: u64,
    price: Option<Money>,
    picture: Option<String>,
}

fn write<P: Ports>(
    app: &App<P>,
    origin: &str,
    claimed: &Claimed,
    loaded: &Loaded,
    products: &[Product],
) -> ComposedReminder {
    let settings = &loaded.settings;
    let locale = mail_locale(loaded.locale.as_ref(), &settings.locale);
    let basis = policy::required_basis(loaded.country.as_deref());
    let message =
        loaded.address.as_ref().map(|address| message(app, origin, claimed, loaded, products, &locale, address));
    let hash = message
        .as_ref()
        .map(|message| URL_SAFE_NO_PAD.encode(Sha256::digest(app.ports.mailer().body(message).as_bytes())));
    let mailbox_of =
        |text: &String| EmailAddress::parse(text).ok().map(|address| app.config.mailbox_key.hash(&address.mailbox()));
    ComposedReminder {
        claimed: claimed.clone(),
        version: loaded.version.clone(),
        template: TEMPLATE,
        locale: locale.to_string(),
        hash: hash.unwrap_or_default(),
        message,
        quiet_until: quiet_until(app, loaded),
        is_owner_address: settings
            .owner_addresses
            .iter()
            .filter_map(mailbox_of)
            .any(|hash| hash == claimed.mailbox_hash),
        exclusion: loaded
            .address
            .as_ref()
            .and_then(|address| exclusion::of_address(address, settings, app.config.mail_stays_here)),
        bases: match basis {
            cartwake_shared::cart::MailBasis::Notice => " notice soft express confirmed ",
            _ => " express confirmed ",
        },
        policy: app.config.policy(settings.policy.clone()),
    }
}

/// When the quiet hours end in the shopper's time zone: the browser's zone, else the shop's, else UTC.
fn quiet_until<P: Ports>(app: &App<P>, loaded: &Loaded) -> Option<Timestamp> {
    let formats = app.ports.localisation();
    let offset = |at: Timestamp| {
        let zones = [loaded.zone.as_deref(), Some(loaded.settings.zone.as_str())];
        zones.into_iter().flatten().find_map(|zone| formats.offset_minutes(zone, at)).unwrap_or(0)
    };
    gate::quiet_until(loaded.settings.policy.quiet?, offset, app.now())
}

/// A reminder whose site has settings that only another version can read. It goes through the gate like any other: it
/// ends by a rule or, without a mail to send, as dead. The rest of its group still leaves.
fn unreadable<P: Ports>(app: &App<P>, claimed: &Claimed, version: String) -> ComposedReminder {
    ComposedReminder {
        claimed: claimed.clone(),
        version,
        template: TEMPLATE,
        locale: String::new(),
        hash: String::new(),
        message: None,
        quiet_until: None,
        is_owner_address: false,
        exclusion: None,
        bases: " express confirmed ",
        policy: app.config.policy(Policy::default()),
    }
}

fn message<P: Ports>(
    app: &App<P>,
    origin: &str,
    claimed: &Claimed,
    loaded: &Loaded,
    products: &[Product],
    locale: &Locale,
    address: &EmailAddress,
) -> Message {
    let settings = &loaded.settings;
    let keys = &app.config.keys;
    let link = |path: &str, purpose| format!("{origin}/{path}/{}", token::link_token(keys, purpose, &claimed.id));
    let (restore, unsubscribe, not_me) =
        (link("r", LinkPurpose::Restore), link("u", LinkPurpose::Unsubscribe), link("n", LinkPurpose::NotMe));
    let money = |money: Money| app.ports.localisation().money(money, locale.as_str());

    let (shown, unnamed) = verified_lines(&claimed.id.site, loaded, products);
    let prices: Vec<Option<String>> = shown.iter().map(|line| line.price.map(money)).collect();
    let lines: Vec<Line<'_>> = shown
        .iter()
        .zip(&prices)
        .map(|(line, price)| Line {
            name: &line.name,
            quantity: line.quantity,
            price: price.as_deref(),
            picture: line.picture.as_deref(),
        })
        .collect();
    let total = verified_total(loaded, &shown, unnamed).map(money);
    let list_id =
        format!("reminders.{}", settings.hosts.first().and_then(|host| host.split(':').next()).unwrap_or("localhost"));
    let rendered = content::render(&Content {
        locale: locale.as_str(),
        direction: if locale.is_right_to_left() { Direction::RightToLeft } else { Direction::LeftToRight },
        shop: &loaded.shop,
        address: &settings.postal_address,
        reply_to: non_empty(&settings.reply_to),
        help_line: non_empty(&settings.help_line),
        lines: &lines,
        unnamed,
        total: total.as_deref(),
        restore_link: &restore,
        unsubscribe_link: &unsubscribe,
        not_me_link: &not_me,
        list_id: &list_id,
        preheader: None,
        step: usize::try_from(claimed.position).unwrap_or(0),
    });
    Message {
        idempotency_key: claimed.id.idempotency_key(),
        reference: token::reference(keys, &claimed.id),
        from: sender(&settings.sender_name, &settings.sender_address),
        to: address.as_str().to_owned(),
        reply_to: non_empty(&settings.reply_to).map(str::to_owned),
        subject: rendered.subject,
        html: rendered.html,
        text: rendered.text,
        headers: rendered.headers,
    }
}

/// The lines that the catalogue confirms, and the number of pieces in the other lines.
///
/// A name, price or picture from the browser is never mailed (promise P7). A sold-out product is not named either,
/// because the shopper cannot buy it.
fn verified_lines(site: &SiteId, loaded: &Loaded, products: &[Product]) -> (Vec<ShownLine>, u64) {
    let mut shown = Vec::new();
    let mut unnamed = 0_u64;
    for line in &loaded.lines {
        let quantity = u64::from(line.quantity);
        let product = Product::of_line(products, site, line);
        match product.filter(|product| product.available) {
            Some(product) => {
                shown.push(ShownLine {
                    name: product.full_name(),
                    quantity,
                    price: Some(product.price).filter(|price| Some(price.currency()) == loaded.currency),
                    picture: non_empty(&product.image).map(str::to_owned),
                });
            }
            None => unnamed = unnamed.saturating_add(quantity),
        }
    }
    (shown, unnamed)
}

/// The shop's total, if it is the sum of prices that the catalogue confirms; else the mail shows no total. A sum of more
/// pieces than are said as a number would say that number after all.
fn verified_total(loaded: &Loaded, shown: &[ShownLine], unnamed: u64) -> Option<Money> {
    let pieces = shown.iter().fold(0_u64, |sum, line| sum.saturating_add(line.quantity));
    if unnamed > 0 || pieces > content::MOST_COUNTED {
        return None;
    }
    let sum = shown.iter().try_fold(Money::new(0, loaded.currency?).ok()?, |sum, line| {
        sum.plus(line.price?.times(u32::try_from(line.quantity).ok()?).ok()?).ok()
    })?;
    (sum.minor() == loaded.total).then_some(sum)
}

/// The shopper's locale if there are wordings for it, else the shop's, else English.
fn mail_locale(shopper: Option<&Locale>, shop: &str) -> Locale {
    let shop = Locale::parse(shop);
    let has_words = |locale: &&Locale| words::of_mail(locale.as_str()).0 == locale.language();
    [shopper, shop.as_ref()].into_iter().flatten().find(has_words).cloned().unwrap_or_else(Locale::english)
}

/// `"Name" <address>`; characters that would end the quotes are removed from the name.
fn sender(name: &str, address: &str) -> String {
    let name: String =
        text::plain(name, 60).chars().filter(|character| !matches!(character, '"' | '\\' | '<' | '>')).collect();
    if name.is_empty() { address.to_owned() } else { format!("\"{name}\" <{address}>") }
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
