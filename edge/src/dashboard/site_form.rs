//! Parses the form of a site into settings, with a sentence for each wrong field.

use cartwake_shared::{
    gate::QuietHours,
    locale::Zone,
    policy::{
        LONGEST_NAME, Setting, Settings, SiteState,
        kind::{Choice, Hosts, Kind as _, Line, MinuteOfDay, Sentence, ZoneName},
    },
    selector::{self, Part, Selectors},
    text,
};

use crate::{
    base::{http::form_value, site::Site},
    dashboard::pages::site_form::{Field, FieldError, SiteForm},
};

/// A site as a valid form describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParsedSite {
    /// The shop's name.
    pub(super) name: String,
    /// Its state.
    pub(super) state: SiteState,
    /// Its settings.
    pub(super) settings: Settings,
}

/// Reads the posted fields as they were typed.
pub(super) fn posted(body: &str) -> SiteForm {
    let mut form = SiteForm::default();
    for field in Field::all() {
        form.set(field, form_value(body, &field.name()).unwrap_or_default());
    }
    form.is_paused = form_value(body, "paused").is_some_and(|value| value == "on");
    form
}

/// The form of a site as it is stored.
pub(super) fn stored(site: &Site) -> SiteForm {
    let mut form = SiteForm::of(&site.settings);
    form.set(Field::Name, site.name.clone());
    form.set(Field::State, site.state.code().to_owned());
    form.is_paused = site.paused;
    form
}

/// Parses a form, and lists all of its mistakes at once in the order of the page.
///
/// `zone_exists` asks the runtime. A setting that the form does not ask for stays as it is in `kept`.
pub(super) fn parse(
    form: &SiteForm,
    kept: &Settings,
    zone_exists: impl Fn(&Zone) -> bool,
) -> Result<ParsedSite, Vec<FieldError>> {
    let settings = Settings { selectors: Selectors::default(), ..kept.clone() };
    let mut parsed = ParsedSite { name: String::new(), state: SiteState::default(), settings };
    let mut errors = Vec::new();
    for field in Field::all() {
        let typed = form.text(field);
        let settings = &mut parsed.settings;
        let outcome = match field {
            Field::Name => Line::<LONGEST_NAME>::parse(typed).map(|name| parsed.name = name),
            Field::State => Choice::<SiteState>::parse(typed).map(|state| parsed.state = state),
            Field::Setting(setting) => setting.set(settings, typed).and_then(|()| match setting {
                Setting::RestoreUrl => check_cart_page(settings, form),
                Setting::Zone => check_zone(settings, &zone_exists),
                _ => Ok(()),
            }),
            Field::QuietFrom => MinuteOfDay::parse(typed).map(drop),
            Field::QuietTo => quiet_hours(form).map(|quiet| settings.policy.quiet = quiet),
            Field::Selector(part) => selector(part, form).map(|selector| {
                if !selector.is_empty() {
                    settings.selectors.set(part, selector);
                }
            }),
        };
        if let Err(sentence) = outcome {
            errors.push(FieldError { field, sentence: sentence.to_owned() });
        }
    }
    if errors.is_empty() { Ok(parsed) } else { Err(errors) }
}

/// The cart page must be on one of the hosts, and encrypted unless it is on this machine.
fn check_cart_page(settings: &Settings, form: &SiteForm) -> Result<(), Sentence> {
    let address = &settings.restore_url;
    // Wrong hosts are reported at their own field.
    let hosts = Hosts::parse(form.text(Field::Setting(Setting::Hosts))).unwrap_or_default();
    let host = text::host_of(address).unwrap_or_default();
    if !hosts.is_empty() && !hosts.contains(&host) {
        return Err("The cart page must be on one of the hosts above.");
    }
    let name = host.split(':').next().unwrap_or("");
    if !address.starts_with("https://") && !matches!(name, "localhost" | "127.0.0.1") {
        return Err("The cart page must be reached by https://");
    }
    Ok(())
}

fn check_zone(settings: &Settings, zone_exists: &impl Fn(&Zone) -> bool) -> Result<(), Sentence> {
    if Zone::parse(&settings.zone).is_some_and(|zone| zone_exists(&zone)) { Ok(()) } else { Err(ZoneName::UNKNOWN) }
}

/// Longest quiet hours. A reminder that waits for their end must not be stale by then, and it is stale after 12 h.
const LONGEST_QUIET_MINUTES: u32 = 11 * 60;
const DAY_MINUTES: u32 = 24 * 60;

/// The quiet hours of a form; their mistakes are reported at the field of their end.
fn quiet_hours(form: &SiteForm) -> Result<Option<QuietHours>, Sentence> {
    let to = MinuteOfDay::parse(form.text(Field::QuietTo))?;
    // A wrong beginning is reported at its own field.
    let from = MinuteOfDay::parse(form.text(Field::QuietFrom)).unwrap_or_default();
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) => {
            let length = to.saturating_add(DAY_MINUTES).saturating_sub(from).rem_euclid(DAY_MINUTES);
            match length {
                0 => Err("Quiet hours must end at another time than they begin."),
                1..=LONGEST_QUIET_MINUTES => Ok(Some(QuietHours { from, to })),
                _ => Err("Quiet hours may last 11 hours at most; behind longer ones a reminder comes too late."),
            }
        }
        _ => Err("Write both times, or neither."),
    }
}

/// A selector of a form; empty where the tag is to look by itself.
fn selector(part: Part, form: &SiteForm) -> Result<String, Sentence> {
    let typed = form.text(Field::Selector(part)).trim();
    if typed.is_empty() {
        return if part.is_needed() && typed_selectors(form).name_a_cart() {
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

fn typed_selectors(form: &SiteForm) -> Selectors {
    let mut selectors = Selectors::default();
    for part in Part::ALL {
        selectors.set(part, form.text(Field::Selector(part)).to_owned());
    }
    selectors
}

#[cfg(test)]
mod tests {
    use cartwake_shared::policy::Policy;

    use super::*;

    fn right() -> SiteForm {
        let mut form = SiteForm::proposed();
        for setting in Setting::ALL {
            form.set(Field::Setting(*setting), setting.example().to_owned());
        }
        for (name, text) in [
            ("name", "Fennholm"),
            ("hosts", "shop.example, WWW.shop.example localhost:4300"),
            ("postal_address", "Fennholm,\r\n4 Mill Lane\r\n\r\n10115 Berlin"),
            ("currency", "eur"),
            ("locale", "en-gb"),
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

    fn parsed(form: &SiteForm) -> Result<ParsedSite, Vec<FieldError>> {
        parse(form, &Settings::default(), |zone| zone.as_str() == "Europe/Berlin")
    }

    #[test]
    fn a_right_form_becomes_settings() {
        let parsed = parsed(&right()).unwrap();
        let settings = &parsed.settings;
        assert_eq!((parsed.name.as_str(), parsed.state), ("Fennholm", SiteState::Test));
        assert_eq!(settings.hosts, ["shop.example", "www.shop.example", "localhost:4300"]);
        assert_eq!(settings.postal_address, "Fennholm, 4 Mill Lane, 10115 Berlin");
        assert_eq!((settings.currency.as_str(), settings.locale.as_str()), ("EUR", "en-GB"));
        assert_eq!(settings.owner_addresses, ["ada@fennholm.example", "bo@fennholm.example"]);
        assert_eq!(settings.staff, ["cy@agency.example", "@warehouse.example"]);
        let quiet = Some(QuietHours { from: 21 * 60, to: 8 * 60 });
        assert_eq!(settings.policy, Policy { quiet, ..Policy::default() });
    }

    #[test]
    fn a_wrong_field_is_reported_alone_with_its_sentence() {
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
            let found: Vec<_> =
                errors.iter().map(|error| (error.field.name().into_owned(), error.sentence.as_str())).collect();
            // A shop without hosts cannot have its cart page on one of them; only the cause is reported.
            assert!(
                matches!(found.as_slice(), [(field, sentence)] if field == name && sentence.contains(expected)),
                "{name} {text:?}: {found:?}"
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
    fn every_mistake_is_reported_at_once_in_the_order_of_the_page() {
        let errors = parsed(&SiteForm::default()).unwrap_err();
        let expected: Vec<_> = Field::all().filter(|field| field.is_required()).collect();
        assert_eq!(errors.iter().map(|error| error.field).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_cart_is_named_with_all_that_it_needs_or_not_at_all() {
        let mut form = right();
        form.take("selector_total", ".total".to_owned());
        let fields: Vec<_> = parsed(&form).unwrap_err().iter().map(|error| error.field).collect();
        let needed = [Part::Row, Part::Name, Part::Quantity, Part::Price].map(Field::Selector);
        assert_eq!(fields, needed);
        for field in needed {
            form.take(&field.name(), " .cart-item ".to_owned());
        }
        let settings = parsed(&form).unwrap().settings;
        assert_eq!(
            Part::ALL.map(|part| settings.selectors.get(part)),
            ["#mail", "", ".cart-item", ".cart-item", ".cart-item", ".cart-item", "", "", ".total", ""]
        );
    }

    #[test]
    fn what_is_stored_fills_the_form_that_stores_it_again() {
        let site_form = parsed(&right()).unwrap();
        let site = Site {
            id: cartwake_shared::identifier::SiteId::parse("shop").unwrap(),
            merchant: cartwake_shared::identifier::MerchantId::parse("shop").unwrap(),
            name: site_form.name.clone(),
            state: site_form.state,
            paused: true,
            settings: site_form.settings.clone(),
        };
        assert!(stored(&site).is_paused);
        assert_eq!(parsed(&stored(&site)).unwrap(), site_form);
    }

    #[test]
    fn a_posted_body_is_read_field_by_field() {
        let form = posted("csrf=x&name=A%26B&hosts=a.example&paused=on&state=live&unknown=1");
        assert_eq!(
            [Field::Name, Field::Setting(Setting::Hosts), Field::State, Field::QuietTo].map(|field| form.text(field)),
            ["A&B", "a.example", "live", ""]
        );
        assert!(form.is_paused);
        assert!(!posted("name=A").is_paused && !posted("paused=off").is_paused);
    }
}
