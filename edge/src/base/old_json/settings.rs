//! A site and its settings as JSON, in the database and in the cache; what is missing takes its default.

use cartwake_shared::{
    gate::QuietHours,
    policy::{CaptureMode, Policy, Settings, SiteState, Step, TrackingConsent},
    selector::Selectors,
};

use super::{
    parse::Json,
    read::{FieldError, Fields, Read},
    write::{Object, Write},
};
use crate::base::site::Site;

impl Read for Site {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            id: fields.needed("id")?,
            merchant: fields.needed("merchant")?,
            name: fields.needed("name")?,
            state: fields.needed("state")?,
            paused: fields.needed("paused")?,
            settings: fields.needed("settings")?,
        })
    }
}

impl Write for Site {
    fn write(&self, text: &mut String) {
        let Self { id, merchant, name, state, paused, settings } = self;
        let mut object = Object::new();
        object
            .with("id", id.as_str())
            .with("merchant", merchant.as_str())
            .with("name", name)
            .with("state", state.code());
        object.with("paused", paused).with("settings", settings).done().write(text);
    }
}

impl Read for SiteState {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        Self::parse(&String::read(json)?).ok_or_else(|| FieldError::new("must be test, shadow or live"))
    }
}

impl Read for TrackingConsent {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        Self::parse(&String::read(json)?).ok_or_else(|| FieldError::new("must be required or notice"))
    }
}

impl Read for CaptureMode {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        Self::parse(&String::read(json)?).ok_or_else(|| FieldError::new("must be all or identified"))
    }
}

impl Read for Settings {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            hosts: fields.or_default("hosts")?,
            restore_url: fields.or_default("restore_url")?,
            sender_name: fields.or_default("sender_name")?,
            sender_address: fields.or_default("sender_address")?,
            reply_to: fields.or_default("reply_to")?,
            postal_address: fields.or_default("postal_address")?,
            help_line: fields.or_default("help_line")?,
            currency: fields.or_default("currency")?,
            locale: fields.or_default("locale")?,
            zone: fields.or_default("zone")?,
            tracking: fields.or_default("tracking")?,
            capture: fields.or_default("capture")?,
            cookie: fields.or_default("cookie")?,
            selectors: Selectors(fields.or_default("selectors")?),
            customer_key: fields.or_default("customer_key")?,
            owner_addresses: fields.or_default("owner_addresses")?,
            staff: fields.or_default("staff")?,
            policy: fields.or_default("policy")?,
        })
    }
}

impl Write for Settings {
    fn write(&self, text: &mut String) {
        let Self {
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
            customer_key,
            owner_addresses,
            staff,
            policy,
        } = self;
        let mut object = Object::new();
        object.with("hosts", hosts).with("restore_url", restore_url);
        object.with("sender_name", sender_name).with("sender_address", sender_address).with("reply_to", reply_to);
        object.with("postal_address", postal_address).with("help_line", help_line);
        object.with("currency", currency).with("locale", locale).with("zone", zone);
        object
            .with("capture", capture.code())
            .with("cookie", cookie)
            .with("selectors", &selectors.0)
            .with("customer_key", customer_key);
        object
            .with("tracking", tracking.code())
            .with("owner_addresses", owner_addresses)
            .with("staff", staff)
            .with("policy", policy);
        object.done().write(text);
    }
}

impl Read for Policy {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        let usual = Self::default();
        let span = |name: &str, usual| Ok::<_, FieldError>(fields.given(name)?.unwrap_or(usual));
        let count = |name: &str, usual: u32| Ok::<_, FieldError>(fields.given(name)?.unwrap_or(usual));
        Ok(Self {
            abandoned_after: span("abandoned_after", usual.abandoned_after)?,
            steps: fields.given("steps")?.unwrap_or(usual.steps),
            oldest_cart: span("oldest_cart", usual.oldest_cart)?,
            stale_after: span("stale_after", usual.stale_after)?,
            spacing: span("spacing", usual.spacing)?,
            next_sequence: span("next_sequence", usual.next_sequence)?,
            silence: span("silence", usual.silence)?,
            cap_week: count("cap_week", usual.cap_week)?,
            cap_month: count("cap_month", usual.cap_month)?,
            cap_unproven: count("cap_unproven", usual.cap_unproven)?,
            attribution: span("attribution", usual.attribution)?,
            link_life: span("link_life", usual.link_life)?,
            retention: span("retention", usual.retention)?,
            quiet: fields.optional("quiet")?,
        })
    }
}

impl Write for Policy {
    fn write(&self, text: &mut String) {
        let Self {
            abandoned_after,
            steps,
            oldest_cart,
            stale_after,
            spacing,
            next_sequence,
            silence,
            cap_week,
            cap_month,
            cap_unproven,
            attribution,
            link_life,
            retention,
            quiet,
        } = self;
        let mut object = Object::new();
        object.with("abandoned_after", abandoned_after).with("steps", steps).with("oldest_cart", oldest_cart);
        object.with("stale_after", stale_after).with("spacing", spacing).with("next_sequence", next_sequence);
        object.with("silence", silence).with("cap_week", cap_week).with("cap_month", cap_month);
        object.with("cap_unproven", cap_unproven).with("attribution", attribution);
        object.with("link_life", link_life).with("retention", retention).with("quiet", quiet).done().write(text);
    }
}

impl Read for QuietHours {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { from: fields.needed("from")?, to: fields.needed("to")? })
    }
}

impl Write for QuietHours {
    fn write(&self, text: &mut String) {
        let Self { from, to } = self;
        Object::new().with("from", from).with("to", to).done().write(text);
    }
}

impl Read for Step {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { id: fields.needed("id")?, delay: fields.needed("delay")? })
    }
}

impl Write for Step {
    fn write(&self, text: &mut String) {
        let Self { id, delay } = self;
        Object::new().with("id", id.as_str()).with("delay", delay).done().write(text);
    }
}

#[cfg(test)]
mod tests {
    use cartwake_shared::{
        identifier::{MerchantId, SiteId},
        time::Span,
    };

    use super::*;
    use crate::base::old_json::{Document, read};

    #[test]
    fn settings_read_back_as_the_derived_code_has_them() {
        let text = |text: &str| text.to_owned();
        let settings = Settings {
            hosts: vec![text("shop.example"), text("b")],
            restore_url: text("r"),
            sender_name: text("n"),
            sender_address: text("a"),
            reply_to: text("t"),
            postal_address: text("p"),
            help_line: text("h"),
            currency: text("EUR"),
            locale: text("de"),
            zone: text("z"),
            tracking: TrackingConsent::Notice,
            capture: CaptureMode::Identified,
            cookie: true,
            selectors: Selectors(vec![text("#e"), text("")]),
            customer_key: 3,
            owner_addresses: vec![text("o")],
            staff: vec![text("s")],
            policy: Policy {
                abandoned_after: Span::hours(2),
                steps: Policy::default().steps.into_iter().take(1).collect(),
                oldest_cart: Span::days(1),
                stale_after: Span::days(2),
                spacing: Span::days(3),
                next_sequence: Span::days(4),
                silence: Span::days(5),
                cap_week: 6,
                cap_month: 7,
                cap_unproven: 8,
                attribution: Span::days(9),
                link_life: Span::days(10),
                retention: Span::days(11),
                quiet: Some(QuietHours { from: 1_260, to: 480 }),
            },
        };
        for settings in [settings.clone(), Settings::default()] {
            let ours = Document::of(&settings);
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(ours.as_str()).unwrap(),
                serde_json::to_value(&settings).unwrap()
            );
            assert_eq!(read::<Settings>(ours.as_str()).as_ref(), Ok(&settings));
        }
        for sparse in ["{}", r#"{"hosts":["a"],"tracking":"notice","policy":{"cap_week":1,"new_one":1}}"#] {
            assert_eq!(
                read::<Settings>(sparse).unwrap(),
                serde_json::from_str::<Settings>(sparse).unwrap(),
                "{sparse}"
            );
        }
        for wrong in [
            r#"{"tracking":"none"}"#,
            r#"{"capture":"some"}"#,
            r#"{"policy":{"steps":[{"id":"S 1","delay":1}]}}"#,
            r#"{"policy":null}"#,
            "[]",
        ] {
            assert!(read::<Settings>(wrong).is_err(), "{wrong}");
        }
        let site = Site {
            id: SiteId::parse("shop").unwrap(),
            merchant: MerchantId::parse("m").unwrap(),
            name: text("Shop"),
            state: SiteState::Shadow,
            paused: true,
            settings,
        };
        assert_eq!(read::<Site>(Document::of(&site).as_str()), Ok(site));
    }
}
