//! The form that describes a site: from typed texts to settings, with a sentence for every field that is not right.

use cartwake_shared::{
    currency::Currency,
    email::{EmailAddress, EmailError},
    gate::QuietHours,
    locale::{Locale, Zone},
    policy::{CaptureMode, Policy, Settings, SiteState, TrackingConsent},
    selector::{self, Part, Selectors},
    text,
};

use crate::{
    base::{http::form_value, site::Site},
    dashboard::pages::site_form::{Field, FieldError, SiteForm},
};

/// Longest name, in characters; mails cut the sender's name at 60 themselves.
const LONGEST_NAME: usize = 60;
/// Longest line in a mail, in characters (the limit of `reminder::content`).
const LONGEST_LINE: usize = 300;
/// Most hosts and most own addresses; each host is compared on every event.
const MOST: usize = 20;

/// What a right form says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Described {
    /// The shop's name.
    pub(super) name: String,
    /// How far it is switched on.
    pub(super) state: SiteState,
    /// Everything else.
    pub(super) settings: Settings,
}

/// Reads the posted fields as they were typed.
pub(super) fn typed(body: &str) -> SiteForm {
    let mut form = SiteForm::default();
    for field in Field::ALL {
        form.take(field.name(), form_value(body, field.name()).unwrap_or_default());
    }
    if form_value(body, "paused").is_some_and(|value| value == "on") {
        form.take("paused", String::new());
    }
    form
}

/// The form of a site as it is stored.
pub(super) fn stored(site: &Site) -> SiteForm {
    let settings = &site.settings;
    SiteForm {
        name: site.name.clone(),
        hosts: settings.hosts.join(", "),
        restore_url: settings.restore_url.clone(),
        sender_name: settings.sender_name.clone(),
        sender_address: settings.sender_address.clone(),
        reply_to: settings.reply_to.clone(),
        postal_address: settings.postal_address.clone(),
        help_line: settings.help_line.clone(),
        currency: settings.currency.clone(),
        locale: settings.locale.clone(),
        zone: settings.zone.clone(),
        quiet_from: settings.policy.quiet.map(|quiet| clock(quiet.from)).unwrap_or_default(),
        quiet_to: settings.policy.quiet.map(|quiet| clock(quiet.to)).unwrap_or_default(),
        tracking: match settings.tracking {
            TrackingConsent::Required => "required",
            TrackingConsent::Notice => "notice",
        }
        .to_owned(),
        capture: settings.capture.code().to_owned(),
        memory: if settings.cookie { "cookie" } else { "storage" }.to_owned(),
        state: site.state.code().to_owned(),
        owner_addresses: settings.owner_addresses.join(", "),
        selectors: settings.selectors.clone(),
        staff: settings.staff.join(", "),
        is_paused: site.paused,
    }
}

/// Parses a form; `zone_exists` asks the runtime, and what the form does not ask stays as it is in `kept`. All that is wrong
/// is told at once.
pub(super) fn parse(
    form: &SiteForm,
    kept: &Settings,
    zone_exists: impl Fn(&Zone) -> bool,
) -> Result<Described, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut take = Taking { form, errors: &mut errors };
    let hosts = take.field(Field::Hosts, hosts);
    let name = take.field(Field::Name, |typed| line(typed, LONGEST_NAME));
    let restore_url = take.field(Field::RestoreUrl, |typed| restore_url(typed, &hosts));
    let sender_name = take.field(Field::SenderName, |typed| line(typed, LONGEST_NAME));
    let sender_address = take.field(Field::SenderAddress, address);
    let reply_to = take.field(Field::ReplyTo, address);
    let postal_address = take.field(Field::PostalAddress, |typed| line(&on_one_line(typed), LONGEST_LINE));
    let help_line = take.field(Field::HelpLine, |typed| optional_line(typed, LONGEST_LINE));
    let currency = take.field(Field::Currency, |typed| {
        Currency::parse(typed.trim())
            .map(|currency| currency.to_string())
            .ok_or("Write the three letters of a currency, for example EUR.")
    });
    let locale = take.field(Field::Locale, |typed| {
        Locale::parse(typed.trim())
            .map(|locale| locale.to_string())
            .ok_or("Write a language with its region, for example en-GB or de-AT.")
    });
    let zone = take.field(Field::Zone, |typed| {
        let zone = Zone::parse(typed.trim()).filter(|zone| zone_exists(zone));
        zone.map(|zone| zone.as_str().to_owned())
            .ok_or("There is no such time zone. Write it as Europe/Berlin or America/New_York.")
    });
    let from = take.field(Field::QuietFrom, minute_of_day);
    let to = take.field(Field::QuietTo, |typed| quiet_end(typed, from));
    let tracking = take.field(Field::Tracking, |typed| match typed {
        "required" => Ok(TrackingConsent::Required),
        "notice" => Ok(TrackingConsent::Notice),
        _ => Err("Choose one of the two."),
    });
    let capture = take.field(Field::Capture, |typed| CaptureMode::parse(typed).ok_or("Choose one of the two."));
    let cookie = take.field(Field::Memory, |typed| match typed {
        "storage" => Ok(false),
        "cookie" => Ok(true),
        _ => Err("Choose one of the two."),
    });
    let state = take.field(Field::State, |typed| SiteState::parse(typed).ok_or("Choose one of the three."));
    let owner_addresses = take.field(Field::OwnerAddresses, addresses);
    let mut selectors = Selectors::default();
    for part in Part::ALL {
        let selector = take.field(Field::Selector(part), |typed| selector(part, typed, &form.selectors));
        if !selector.is_empty() {
            selectors.set(part, selector);
        }
    }
    let staff = take.field(Field::Staff, people);
    if !errors.is_empty() {
        errors.sort_by_key(|error| Field::ALL.iter().position(|field| *field == error.field));
        return Err(errors);
    }
    let settings = Settings {
        hosts,
        restore_url,
        sender_name,
        sender_address,
        reply_to,
        postal_address,
        help_line,
        currency,
        locale,
        zone,
        tracking,
        capture,
        cookie,
        selectors,
        customer_key: kept.customer_key,
        owner_addresses,
        policy: Policy { quiet: from.zip(to).map(|(from, to)| QuietHours { from, to }), ..kept.policy.clone() },
        staff,
    };
    Ok(Described { name, state, settings })
}

/// Takes field after field and keeps what is wrong with them; a wrong field gives its default, which is never used.
struct Taking<'f> {
    form: &'f SiteForm,
    errors: &'f mut Vec<FieldError>,
}

impl Taking<'_> {
    fn field<T: Default>(&mut self, field: Field, parse: impl FnOnce(&str) -> Result<T, &'static str>) -> T {
        parse(self.form.text(field)).unwrap_or_else(|sentence| {
            self.errors.push(FieldError { field, sentence: sentence.to_owned() });
            T::default()
        })
    }
}

fn line(typed: &str, limit: usize) -> Result<String, &'static str> {
    let kept = optional_line(typed, limit)?;
    if kept.is_empty() { Err("Please fill this in.") } else { Ok(kept) }
}

fn optional_line(typed: &str, limit: usize) -> Result<String, &'static str> {
    // One character more than is kept tells a text that is too long from one that just fits.
    let kept = text::plain(typed, limit.saturating_add(1));
    if kept.chars().count() > limit { Err("This is too long; please shorten it.") } else { Ok(kept) }
}

/// The lines of a postal address as one, since it stands at the foot of a mail as one.
fn on_one_line(typed: &str) -> String {
    let lines = typed.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(", ")
}

/// The parts of a list, separated by commas, semicolons or white space.
fn parts(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|letter: char| matches!(letter, ',' | ';') || letter.is_whitespace()).filter(|part| !part.is_empty())
}

fn hosts(typed: &str) -> Result<Vec<String>, &'static str> {
    let mut hosts: Vec<String> = Vec::new();
    for part in parts(typed) {
        let host = part.to_ascii_lowercase();
        if host.contains("://") || host.contains('/') {
            return Err("Write hosts alone, without https:// and without a path: shop.example");
        }
        if !is_host(&host) {
            return Err("Write hosts as shop.example or localhost:8080; names with other letters in their xn-- form.");
        }
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    match hosts.len() {
        0 => Err("Name at least one host, for example shop.example"),
        1..=MOST => Ok(hosts),
        _ => Err("At most 20 hosts, please."),
    }
}

/// `host` or `host:port` as it stands in an origin.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let label_is_plain = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let port_is_plain = |port: &str| {
        !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    };
    name.len() <= 253 && name.split('.').all(label_is_plain) && port.is_none_or(port_is_plain)
}

/// Longest quiet hours: a reminder that waits for their end is not yet stale, which it is after 12 h.
const LONGEST_QUIET_MINUTES: u32 = 11 * 60;
const DAY_MINUTES: u32 = 24 * 60;

/// `HH:MM` as minutes since midnight; nothing where nothing was typed.
fn minute_of_day(typed: &str) -> Result<Option<u32>, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let two = |text: &str, behind: u32| {
        let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|number| is_two && *number < behind)
    };
    let read = typed
        .split_once(':')
        .and_then(|(hour, minute)| Some(two(hour, 24)?.saturating_mul(60).saturating_add(two(minute, 60)?)));
    read.map(Some).ok_or("Write a time of day as 21:00.")
}

/// The end of quiet hours that begin at `from`.
fn quiet_end(typed: &str, from: Option<u32>) -> Result<Option<u32>, &'static str> {
    let to = minute_of_day(typed)?;
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) => {
            let long = to.saturating_add(DAY_MINUTES).saturating_sub(from).rem_euclid(DAY_MINUTES);
            match long {
                0 => Err("Quiet hours must end at another time than they begin."),
                1..=LONGEST_QUIET_MINUTES => Ok(Some(to)),
                _ => Err("Quiet hours may last 11 hours at most; behind longer ones a reminder comes too late."),
            }
        }
        _ => Err("Write both times, or neither."),
    }
}

/// Minutes since midnight as `HH:MM`.
fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
}

fn restore_url(typed: &str, hosts: &[String]) -> Result<String, &'static str> {
    let address = text::web_address(typed)
        .ok_or("Write the whole address of the cart page, for example https://shop.example/cart")?;
    let host = text::host_of(&address).unwrap_or_default();
    // Where the hosts themselves are wrong, that is said there.
    if !hosts.is_empty() && !hosts.contains(&host) {
        return Err("The cart page must be on one of the hosts above.");
    }
    let name = host.split(':').next().unwrap_or("");
    if !address.starts_with("https://") && !matches!(name, "localhost" | "127.0.0.1") {
        return Err("The cart page must be reached by https://");
    }
    Ok(address)
}

fn address(typed: &str) -> Result<String, &'static str> {
    if typed.trim().is_empty() {
        return Err("Please fill this in.");
    }
    EmailAddress::parse(typed.trim()).map(|address| address.as_str().to_owned()).map_err(|error| match error {
        EmailError::Malformed => "This is not an e-mail address.",
        EmailError::TooLong => "This e-mail address is too long.",
        EmailError::Role => "Take an address that a person reads; noreply@, postmaster@ and the like cannot be used.",
    })
}

fn addresses(typed: &str) -> Result<Vec<String>, &'static str> {
    let addresses: Vec<String> = parts(typed)
        .map(|part| EmailAddress::parse(part).map(|address| address.as_str().to_owned()))
        .collect::<Result<_, _>>()
        .map_err(|_| "Write e-mail addresses, separated by commas.")?;
    if addresses.len() > MOST { Err("At most 20 addresses, please.") } else { Ok(addresses) }
}

/// A selector as it was typed among the others; none where the tag is to look by itself.
fn selector(part: Part, typed: &str, others: &Selectors) -> Result<String, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return if part.is_needed() && others.name_a_cart() {
            Err(
                "To read the cart from what you name, the tag needs the line, and in it the name, the quantity and the price.",
            )
        } else {
            Ok(String::new())
        };
    }
    if selector::may_be_selector(typed) {
        Ok(typed.to_owned())
    } else {
        Err(
            "A CSS selector has at most 200 characters and no line breaks. Write it like #checkout-email or .cart-item .price, or leave the field empty.",
        )
    }
}

/// Addresses, or `@domain` for everybody there.
fn people(typed: &str) -> Result<Vec<String>, &'static str> {
    let mut people = Vec::new();
    for part in parts(typed) {
        // A domain is one if it is one behind some name.
        let (before, is_domain) = if part.starts_with('@') { ("x", true) } else { ("", false) };
        let address = EmailAddress::parse(&[before, part].concat())
            .map_err(|_| "Write e-mail addresses, or @agency.example for everybody there, separated by commas.")?;
        people.push(if is_domain { format!("@{}", address.domain()) } else { address.as_str().to_owned() });
    }
    if people.len() > MOST { Err("At most 20, please.") } else { Ok(people) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right() -> SiteForm {
        let mut form = SiteForm::proposed();
        for (name, text) in [
            ("name", "Fennholm"),
            ("hosts", "shop.example, WWW.shop.example localhost:4300"),
            ("restore_url", "https://shop.example/cart"),
            ("sender_name", "Fennholm"),
            ("sender_address", "hello@fennholm.example"),
            ("reply_to", "help@fennholm.example"),
            ("postal_address", "Fennholm,\r\n4 Mill Lane\r\n\r\n10115 Berlin"),
            ("currency", "eur"),
            ("locale", "en-gb"),
            ("zone", "Europe/Berlin"),
            ("quiet_from", "21:00"),
            ("quiet_to", "08:00"),
            ("owner_addresses", "ada@fennholm.example; bo@fennholm.example"),
            ("selector_email", "#mail"),
            ("staff", "cy@agency.example, @Warehouse.example"),
            ("memory", "cookie"),
        ] {
            form.take(name, text.to_owned());
        }
        form
    }

    fn parsed(form: &SiteForm) -> Result<Described, Vec<FieldError>> {
        parse(form, &Settings::default(), |zone| zone.as_str() == "Europe/Berlin")
    }

    #[test]
    fn a_right_form_becomes_settings() {
        let described = parsed(&right()).unwrap();
        let settings = &described.settings;
        assert_eq!((described.name.as_str(), described.state), ("Fennholm", SiteState::Test));
        assert_eq!(settings.hosts, ["shop.example", "www.shop.example", "localhost:4300"]);
        assert_eq!(settings.postal_address, "Fennholm, 4 Mill Lane, 10115 Berlin");
        assert_eq!((settings.currency.as_str(), settings.locale.as_str()), ("EUR", "en-GB"));
        assert_eq!(settings.owner_addresses, ["ada@fennholm.example", "bo@fennholm.example"]);
        assert_eq!(settings.staff, ["cy@agency.example", "@warehouse.example"]);
        let quiet = Some(QuietHours { from: 21 * 60, to: 8 * 60 });
        assert_eq!(settings.policy, Policy { quiet, ..Policy::default() });
    }

    #[test]
    fn a_wrong_field_is_told_alone_with_its_sentence() {
        let long = "x".repeat(301);
        let many = (0..21).map(|n| format!("h{n}.example")).collect::<Vec<_>>().join(",");
        for (name, text, expected) in [
            ("name", "", "fill this in"),
            ("name", "\u{200b}\u{202e} ", "fill this in"),
            ("name", long.as_str(), "too long"),
            ("hosts", "", "at least one host"),
            ("hosts", "https://shop.example", "without https://"),
            ("hosts", "shop.example/cart", "without a path"),
            ("hosts", "shop.example:0", "Write hosts as"),
            ("hosts", "shop.example:99999", "Write hosts as"),
            ("hosts", "bücher.example", "xn--"),
            ("hosts", "a..b", "Write hosts as"),
            ("hosts", "*.shop.example", "Write hosts as"),
            ("hosts", "-a.example", "Write hosts as"),
            ("hosts", many.as_str(), "At most 20"),
            ("restore_url", "", "whole address"),
            ("restore_url", "shop.example/cart", "whole address"),
            ("restore_url", "javascript:alert(1)", "whole address"),
            ("restore_url", "https://shop.example@evil.example/", "whole address"),
            ("restore_url", "https://evil.example/cart", "one of the hosts"),
            ("restore_url", "https://shop.example:8443/cart", "one of the hosts"),
            ("restore_url", "http://shop.example/cart", "https://"),
            ("sender_name", " ", "fill this in"),
            ("sender_address", "", "fill this in"),
            ("sender_address", "hello", "not an e-mail address"),
            ("sender_address", "noreply@shop.example", "a person reads"),
            ("reply_to", "a@b.example\r\nBcc: c@d.example", "not an e-mail address"),
            ("postal_address", "\n\n", "fill this in"),
            ("postal_address", long.as_str(), "too long"),
            ("help_line", long.as_str(), "too long"),
            ("currency", "EURO", "three letters"),
            ("locale", "<script>", "for example en-GB"),
            ("zone", "Mars/Base", "no such time zone"),
            ("zone", "Europe/Berlin\0", "no such time zone"),
            ("quiet_to", "", "both times"),
            ("quiet_to", "8:00", "as 21:00"),
            ("quiet_to", "24:00", "as 21:00"),
            ("quiet_to", "+1:00", "as 21:00"),
            ("quiet_to", "21:00", "another time"),
            ("quiet_to", "08:01", "11 hours"),
            ("quiet_to", "20:59", "11 hours"),
            ("tracking", "", "one of the two"),
            ("capture", "some", "one of the two"),
            ("memory", "brain", "one of the two"),
            ("selector_email", "#mail\n.b", "at most 200 characters"),
            ("selector_consent", "a".repeat(201).as_str(), "at most 200 characters"),
            ("state", "on", "one of the three"),
            ("owner_addresses", "ada", "separated by commas"),
            ("staff", "agency.example", "@agency.example"),
            ("staff", "@", "@agency.example"),
        ] {
            let mut form = right();
            form.take(name, text.to_owned());
            let errors = parsed(&form).unwrap_err();
            let told: Vec<_> = errors.iter().map(|error| (error.field.name(), error.sentence.as_str())).collect();
            // A shop without hosts cannot have its cart page on one of them; only the cause is told.
            assert!(
                matches!(told.as_slice(), [(field, sentence)] if *field == name && sentence.contains(expected)),
                "{name} {text:?}: {told:?}"
            );
        }
    }

    #[test]
    fn plain_http_is_fine_on_this_machine_only() {
        for (host, url, fine) in [
            ("localhost:4300", "http://localhost:4300/cart.html", true),
            ("127.0.0.1:4300", "http://127.0.0.1:4300/", true),
            ("localhost.evil.example", "http://localhost.evil.example/", false),
        ] {
            let mut form = right();
            form.take("hosts", host.to_owned());
            form.take("restore_url", url.to_owned());
            assert_eq!(parsed(&form).is_ok(), fine, "{url}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once_in_the_order_of_the_page() {
        let told = parsed(&SiteForm::default()).unwrap_err();
        let optional = [Field::HelpLine, Field::OwnerAddresses, Field::Staff, Field::QuietFrom, Field::QuietTo];
        let is_optional = |field: &Field| optional.contains(field) || matches!(field, Field::Selector(_));
        let expected: Vec<_> = Field::ALL.into_iter().filter(|field| !is_optional(field)).collect();
        assert_eq!(told.iter().map(|error| error.field).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_cart_is_named_with_all_that_it_needs_or_not_at_all() {
        let mut form = right();
        form.take("selector_total", ".total".to_owned());
        let told: Vec<_> = parsed(&form).unwrap_err().iter().map(|error| error.field).collect();
        let needed = [Part::Row, Part::Name, Part::Quantity, Part::Price].map(Field::Selector);
        assert_eq!(told, needed);
        for field in needed {
            form.take(field.name(), " .cart-item ".to_owned());
        }
        let settings = parsed(&form).unwrap().settings;
        assert_eq!(
            Part::ALL.map(|part| settings.selectors.get(part)),
            ["#mail", "", ".cart-item", ".cart-item", ".cart-item", ".cart-item", "", "", ".total", ""]
        );
    }

    #[test]
    fn what_is_stored_fills_the_form_that_stores_it_again() {
        let described = parsed(&right()).unwrap();
        let site = Site {
            id: cartwake_shared::identifier::SiteId::parse("shop").unwrap(),
            merchant: cartwake_shared::identifier::MerchantId::parse("shop").unwrap(),
            name: described.name.clone(),
            state: described.state,
            paused: true,
            settings: described.settings.clone(),
        };
        assert!(stored(&site).is_paused);
        assert_eq!(parsed(&stored(&site)).unwrap(), described);
    }

    #[test]
    fn a_posted_body_is_read_field_by_field() {
        let form = typed("csrf=x&name=A%26B&hosts=a.example&paused=on&state=live&unknown=1");
        assert_eq!(
            (form.name.as_str(), form.hosts.as_str(), form.state.as_str(), form.is_paused),
            ("A&B", "a.example", "live", true)
        );
        assert!(!typed("name=A").is_paused && !typed("paused=off").is_paused);
    }
}
