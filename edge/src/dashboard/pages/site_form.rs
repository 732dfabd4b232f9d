//! The form that describes a site, the same at set-up and in the settings: what was typed stays, errors stand at their field.

use maud::{Markup, html};

use cartwake_shared::selector::{Part, Selectors};

use super::terms::SiteState;

/// A field of the form; its name is the same in the page, in the posted body and in error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The shop's name.
    Name,
    /// Host names, separated by commas.
    Hosts,
    /// The page a link in a mail leads to.
    RestoreUrl,
    /// Who the mail is from.
    SenderName,
    /// The address the mail is from.
    SenderAddress,
    /// Where answers go.
    ReplyTo,
    /// The postal address at the foot of every mail.
    PostalAddress,
    /// A line that offers help; may be empty.
    HelpLine,
    /// ISO 4217 code.
    Currency,
    /// BCP 47 tag.
    Locale,
    /// IANA time zone.
    Zone,
    /// `HH:MM`, first quiet minute; empty with the other for none.
    QuietFrom,
    /// `HH:MM`, first minute that is not quiet any more.
    QuietTo,
    /// `required` or `notice`.
    Tracking,
    /// `all` or `identified`.
    Capture,
    /// `storage` or `cookie`.
    Memory,
    /// `test`, `shadow` or `live`.
    State,
    /// Addresses mailed in state `test`.
    OwnerAddresses,
    /// What the site names of its pages; may be empty.
    Selector(Part),
    /// Further people of the shop: addresses, or `@domain`.
    Staff,
}

impl Field {
    /// Every field that holds text, in the order of the page.
    pub const ALL: [Self; 29] = [
        Self::Name,
        Self::Hosts,
        Self::RestoreUrl,
        Self::SenderName,
        Self::SenderAddress,
        Self::ReplyTo,
        Self::PostalAddress,
        Self::HelpLine,
        Self::Currency,
        Self::Locale,
        Self::Zone,
        Self::QuietFrom,
        Self::QuietTo,
        Self::Tracking,
        Self::Capture,
        Self::Memory,
        Self::State,
        Self::OwnerAddresses,
        Self::Staff,
        Self::Selector(Part::Email),
        Self::Selector(Part::Consent),
        Self::Selector(Part::Row),
        Self::Selector(Part::Name),
        Self::Selector(Part::Quantity),
        Self::Selector(Part::Price),
        Self::Selector(Part::Link),
        Self::Selector(Part::Id),
        Self::Selector(Part::Total),
        Self::Selector(Part::Empty),
    ];

    /// The field's name in the posted body.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Hosts => "hosts",
            Self::RestoreUrl => "restore_url",
            Self::SenderName => "sender_name",
            Self::SenderAddress => "sender_address",
            Self::ReplyTo => "reply_to",
            Self::PostalAddress => "postal_address",
            Self::HelpLine => "help_line",
            Self::Currency => "currency",
            Self::Locale => "locale",
            Self::Zone => "zone",
            Self::QuietFrom => "quiet_from",
            Self::QuietTo => "quiet_to",
            Self::Tracking => "tracking",
            Self::Capture => "capture",
            Self::Memory => "memory",
            Self::State => "state",
            Self::OwnerAddresses => "owner_addresses",
            Self::Selector(Part::Email) => "selector_email",
            Self::Selector(Part::Consent) => "selector_consent",
            Self::Selector(Part::Row) => "selector_row",
            Self::Selector(Part::Name) => "selector_name",
            Self::Selector(Part::Quantity) => "selector_quantity",
            Self::Selector(Part::Price) => "selector_price",
            Self::Selector(Part::Link) => "selector_link",
            Self::Selector(Part::Id) => "selector_id",
            Self::Selector(Part::Total) => "selector_total",
            Self::Selector(Part::Empty) => "selector_empty",
            Self::Staff => "staff",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Name => "Shop name",
            Self::Hosts => "Hosts",
            Self::RestoreUrl => "Cart page",
            Self::SenderName => "Sender name",
            Self::SenderAddress => "Sender address",
            Self::ReplyTo => "Reply to",
            Self::PostalAddress => "Postal address",
            Self::HelpLine => "Help line",
            Self::Currency => "Currency",
            Self::Locale => "Language and region",
            Self::Zone => "Time zone",
            Self::QuietFrom => "Quiet from",
            Self::QuietTo => "Quiet until",
            Self::Tracking => "Tracking",
            Self::Capture => "Carts to keep",
            Self::Memory => "How a visitor is remembered",
            Self::State => "State",
            Self::OwnerAddresses => "Your own addresses",
            Self::Selector(Part::Email) => "E-mail field of the checkout",
            Self::Selector(Part::Consent) => "Your own check box",
            Self::Selector(Part::Row) => "One line of the cart",
            Self::Selector(Part::Name) => "Name in the line",
            Self::Selector(Part::Quantity) => "Quantity in the line",
            Self::Selector(Part::Price) => "Price of one piece in the line",
            Self::Selector(Part::Link) => "Link to the product in the line",
            Self::Selector(Part::Id) => "Product id in the line",
            Self::Selector(Part::Total) => "Total of the cart",
            Self::Selector(Part::Empty) => "Sign of an empty cart",
            Self::Staff => "Your people",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Name => "As shoppers know it; it stands in the mails.",
            Self::Hosts => "Where the tag may run, separated by commas: shop.example, www.shop.example",
            Self::RestoreUrl => {
                "Where the link in a mail leads. The cart is rebuilt there, so take the page that shows it."
            }
            Self::SenderName => "Shoppers see this beside the subject.",
            Self::SenderAddress => "On a domain that your mail provider has verified.",
            Self::ReplyTo => "A mailbox that a person reads.",
            Self::PostalAddress => "Many countries require it at the foot of every such mail.",
            Self::HelpLine => {
                "Optional. Stands in every mail behind \"You can also reach us here\", for example: +49 30 123456, weekdays 9 to 17."
            }
            Self::Currency => "Three letters, for example EUR.",
            Self::Locale => "For example en-GB; how times and money are written.",
            Self::Zone => "For example Europe/Berlin.",
            Self::QuietFrom => {
                "No reminder leaves in these hours, by the clock where the shopper is. 21:00 is proposed."
            }
            Self::QuietTo => "08:00 is proposed. Both empty: reminders leave at any hour.",
            Self::Tracking => "When the tag may remember a cart.",
            Self::Capture => "Once the tag may remember carts.",
            Self::Memory => "Only where tracking is permitted; a refusal wipes both.",
            Self::State => "Who gets the mails.",
            Self::OwnerAddresses => "Mailed in state Test; separated by commas.",
            Self::Selector(Part::Email) => "For example #billing-email",
            Self::Selector(Part::Consent) => {
                "A box by which shoppers agree to be reminded, for example #remind-me. The tag then draws none of its own, and keeps the words of the box’s label with each consent."
            }
            Self::Selector(Part::Row) => {
                "For example .cart-item. With a line named, its name, quantity and price are needed too."
            }
            Self::Selector(Part::Name) => "For example .cart-item-title",
            Self::Selector(Part::Quantity) => "A field or a text, for example input.quantity",
            Self::Selector(Part::Price) => "For example .unit-price",
            Self::Selector(Part::Link) => "May stay empty. For example a.cart-item-title",
            Self::Selector(Part::Id) => {
                "May stay empty. What holds it as its value, in a data attribute or as text: input[name=product]"
            }
            Self::Selector(Part::Total) => "May stay empty. For example .cart-total",
            Self::Selector(Part::Empty) => {
                "May stay empty. What a page shows only when nothing is in the cart, for example .cart-empty"
            }
            Self::Staff => {
                "Their carts are excluded: no mail, in no figure. Addresses, or @agency.example for everybody there; your own addresses above and everybody at the sender's domain belong to them anyway. In state Test nobody is excluded."
            }
        }
    }

    /// Kind of input, what the browser may fill in, and whether an empty field is refused.
    const fn input(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::Name => ("text", "organization", true),
            Self::RestoreUrl => ("url", "url", true),
            Self::SenderAddress | Self::ReplyTo => ("email", "email", true),
            Self::HelpLine | Self::OwnerAddresses | Self::Staff | Self::Selector(_) => ("text", "off", false),
            Self::QuietFrom | Self::QuietTo => ("time", "off", false),
            Self::Hosts
            | Self::SenderName
            | Self::PostalAddress
            | Self::Currency
            | Self::Locale
            | Self::Zone
            | Self::Tracking
            | Self::Capture
            | Self::Memory
            | Self::State => ("text", "off", true),
        }
    }
}

/// The texts of the form exactly as they were typed or stored; nothing here has been checked.
#[derive(Debug, Clone, Default)]
pub struct SiteForm {
    /// See [`Field::Name`].
    pub name: String,
    /// See [`Field::Hosts`].
    pub hosts: String,
    /// See [`Field::RestoreUrl`].
    pub restore_url: String,
    /// See [`Field::SenderName`].
    pub sender_name: String,
    /// See [`Field::SenderAddress`].
    pub sender_address: String,
    /// See [`Field::ReplyTo`].
    pub reply_to: String,
    /// See [`Field::PostalAddress`].
    pub postal_address: String,
    /// See [`Field::HelpLine`].
    pub help_line: String,
    /// See [`Field::Currency`].
    pub currency: String,
    /// See [`Field::Locale`].
    pub locale: String,
    /// See [`Field::Zone`].
    pub zone: String,
    /// See [`Field::QuietFrom`].
    pub quiet_from: String,
    /// See [`Field::QuietTo`].
    pub quiet_to: String,
    /// See [`Field::Tracking`].
    pub tracking: String,
    /// See [`Field::Capture`].
    pub capture: String,
    /// See [`Field::Memory`].
    pub memory: String,
    /// See [`Field::State`].
    pub state: String,
    /// See [`Field::OwnerAddresses`].
    pub owner_addresses: String,
    /// See [`Field::Selector`].
    pub selectors: Selectors,
    /// See [`Field::Staff`].
    pub staff: String,
    /// Whether all sending is paused; asked in the settings only, posted as `paused=on`.
    pub is_paused: bool,
}

impl SiteForm {
    /// The empty form of the set-up: consent first, and nobody but the owner is mailed.
    pub fn proposed() -> Self {
        Self {
            tracking: "required".into(),
            capture: "all".into(),
            memory: "storage".into(),
            state: SiteState::Test.value().into(),
            ..Self::default()
        }
    }

    /// The text of a field.
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Name => &self.name,
            Field::Hosts => &self.hosts,
            Field::RestoreUrl => &self.restore_url,
            Field::SenderName => &self.sender_name,
            Field::SenderAddress => &self.sender_address,
            Field::ReplyTo => &self.reply_to,
            Field::PostalAddress => &self.postal_address,
            Field::HelpLine => &self.help_line,
            Field::Currency => &self.currency,
            Field::Locale => &self.locale,
            Field::Zone => &self.zone,
            Field::QuietFrom => &self.quiet_from,
            Field::QuietTo => &self.quiet_to,
            Field::Tracking => &self.tracking,
            Field::Capture => &self.capture,
            Field::Memory => &self.memory,
            Field::State => &self.state,
            Field::OwnerAddresses => &self.owner_addresses,
            Field::Selector(part) => self.selectors.get(part),
            Field::Staff => &self.staff,
        }
    }

    /// Takes one pair of a posted body; pairs with other names (such as `csrf`) are left to the caller.
    pub fn take(&mut self, name: &str, text: String) {
        let place = match name {
            "name" => &mut self.name,
            "hosts" => &mut self.hosts,
            "restore_url" => &mut self.restore_url,
            "sender_name" => &mut self.sender_name,
            "sender_address" => &mut self.sender_address,
            "reply_to" => &mut self.reply_to,
            "postal_address" => &mut self.postal_address,
            "help_line" => &mut self.help_line,
            "currency" => &mut self.currency,
            "locale" => &mut self.locale,
            "zone" => &mut self.zone,
            "quiet_from" => &mut self.quiet_from,
            "quiet_to" => &mut self.quiet_to,
            "tracking" => &mut self.tracking,
            "capture" => &mut self.capture,
            "memory" => &mut self.memory,
            "state" => &mut self.state,
            "owner_addresses" => &mut self.owner_addresses,
            "staff" => &mut self.staff,
            "paused" => {
                self.is_paused = true;
                return;
            }
            _ => {
                if let Some(part) = Part::ALL.into_iter().find(|part| Field::Selector(*part).name() == name) {
                    self.selectors.set(part, text);
                }
                return;
            }
        };
        *place = text;
    }
}

/// What is wrong with one field, as a sentence for the shop's owner.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// The field.
    pub field: Field,
    /// What to do about it.
    pub sentence: String,
}

/// The list of errors above a form, each leading to its field; nothing when there are none.
pub(crate) fn summary(errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.banner.bad role="alert" {
                p { strong { @if errors.len() == 1 { "One field needs another look. Nothing was saved." } @else { (errors.len()) " fields need another look. Nothing was saved." } } }
                ul {
                    @for error in errors {
                        li { a href={ "#" (error.field.name()) } { (error.field.label()) } ": " (error.sentence) }
                    }
                }
            }
        }
    }
}

/// The fields, grouped; the caller puts the form, the token and the button around them. At set-up (`is_set_up`) only what
/// is needed to begin.
pub(crate) fn fields(form: &SiteForm, errors: &[FieldError], is_set_up: bool) -> Markup {
    let line = |field| text_field(form, errors, field);
    html! {
        fieldset.card {
            legend { "Shop" }
            (line(Field::Name)) (line(Field::Hosts)) (line(Field::RestoreUrl))
        }
        fieldset.card {
            legend { "Mails" }
            div.pair { (line(Field::SenderName)) (line(Field::SenderAddress)) }
            (line(Field::ReplyTo)) (line(Field::PostalAddress)) (line(Field::HelpLine))
        }
        fieldset.card {
            legend { "Money and time" }
            div.pair { (line(Field::Currency)) (line(Field::Locale)) }
            (line(Field::Zone))
            div.pair { (line(Field::QuietFrom)) (line(Field::QuietTo)) }
        }
        (choice(form, errors, Field::Tracking, &[
            ("required", "Consent first", "Nothing is stored or sent before the shopper agreed."),
            ("notice", "Notice", "Carts are remembered; a sentence says so and offers “no thanks”."),
        ], &html! {}))
        (choice(form, errors, Field::Capture, &[
            ("all", "All carts", "Also those whose shopper never types an address, so that you see how many carts are left."),
            ("identified", "Only carts with an address", "Nothing leaves the shopper’s browser before an address is typed; the cart so far comes with it."),
        ], &html! {}))
        (choice(form, errors, Field::Memory, &[
            ("storage", "In the browser’s storage", "Safari empties it after 7 days without a visit."),
            ("cookie", "By a cookie of your domain too", "For up to 400 days, where this Worker runs on a host of the shop’s own domain (carts.shop.example for shop.example); elsewhere no cookie is set."),
        ], &html! {}))
        (choice(form, errors, Field::State, &SiteState::ALL.map(|state| (state.value(), state.word(), state.sentence())), &html! {
            (line(Field::OwnerAddresses)) (line(Field::Staff))
            @if !is_set_up {
                label.switch {
                    input type="checkbox" name="paused" value="on" role="switch" checked[form.is_paused];
                    span { strong { "Pause all sending" } "No reminder leaves while this is on, whatever the state. Carts are still kept." }
                }
            }
        }))
        @if !is_set_up { (selectors(form, errors)) }
    }
}

/// What the owner may name where the tag does not find it; folded away while nothing of it is in use.
fn selectors(form: &SiteForm, errors: &[FieldError]) -> Markup {
    let fields = Part::ALL.map(Field::Selector);
    let is_open = fields.into_iter().any(|field| !form.text(field).is_empty() || error_of(errors, field).is_some());
    html! {
        details.card.rare #selectors open[is_open] {
            summary { "If the tag misses something" }
            p.hint {
                "The tag finds the cart, the e-mail field and the order by itself. Leave these empty unless the install check stays red, or the panel that "
                code { "?cartwake_debug" } " shows on a page of the shop names another cart than the page."
            }
            p.hint {
                "Each is a CSS selector. To get one: right-click the element in the shop, choose Inspect, then Copy and Copy selector. Once a line of the cart is named, carts are read from what you named here and no longer looked for."
            }
            @for field in fields { (text_field(form, errors, field)) }
        }
    }
}

fn error_of(errors: &[FieldError], field: Field) -> Option<&FieldError> {
    errors.iter().find(|error| error.field == field)
}

fn text_field(form: &SiteForm, errors: &[FieldError], field: Field) -> Markup {
    let name = field.name();
    let error = error_of(errors, field);
    let described_by = format!("{name}-hint{}", if error.is_some() { format!(" {name}-error") } else { String::new() });
    let invalid = error.is_some().then_some("true");
    let (kind, autocomplete, is_required) = field.input();
    html! {
        div.field {
            label for=(name) { (field.label()) }
            @if field == Field::PostalAddress {
                textarea id=(name) name=(name) rows="3" autocomplete=(autocomplete) required[is_required]
                    aria-describedby=(described_by) aria-invalid=[invalid] { "\n" (form.text(field)) }
            } @else {
                input id=(name) name=(name) type=(kind) value=(form.text(field)) autocomplete=(autocomplete) required[is_required]
                    list=[(field == Field::Zone).then_some("zones")] spellcheck="false"
                    aria-describedby=(described_by) aria-invalid=[invalid];
                @if field == Field::Zone { datalist #zones {} }
            }
            @if let Some(error) = error { p.error id={ (name) "-error" } { (error.sentence) } }
            p.hint id={ (name) "-hint" } { (field.hint()) }
        }
    }
}

/// A choice of one out of few, each with the sentence that says what it means.
fn choice(
    form: &SiteForm,
    errors: &[FieldError],
    field: Field,
    choices: &[(&str, &str, &str)],
    below: &Markup,
) -> Markup {
    let name = field.name();
    html! {
        fieldset.card id=(name) tabindex="-1" {
            legend { (field.label()) }
            p.hint { (field.hint()) }
            div.choices {
                @for (value, word, sentence) in choices {
                    label.choice {
                        input type="radio" name=(name) value=(value) required checked[form.text(field) == *value];
                        span { strong { (word) } span.hint { (sentence) } }
                    }
                }
            }
            @if let Some(error) = error_of(errors, field) { p.error { (error.sentence) } }
            (below)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> SiteForm {
        let mut form = SiteForm::default();
        for field in Field::ALL {
            form.take(field.name(), format!("typed {}", field.name()));
        }
        form.take("state", "shadow".into());
        form.take("tracking", "notice".into());
        form.take("capture", "identified".into());
        form.take("memory", "cookie".into());
        form
    }

    #[test]
    fn every_field_can_be_taken_from_a_body_and_read_back() {
        let form = typed();
        for field in Field::ALL
            .into_iter()
            .filter(|field| !matches!(field, Field::State | Field::Tracking | Field::Capture | Field::Memory))
        {
            assert_eq!(form.text(field), format!("typed {}", field.name()));
        }
    }

    #[test]
    fn what_was_typed_is_still_there_beside_the_error() {
        let errors = [FieldError { field: Field::Hosts, sentence: "Write hosts without a path.".into() }];
        let shown = fields(&typed(), &errors, false).0;
        for field in Field::ALL.into_iter().filter(|field| {
            !matches!(field, Field::State | Field::Tracking | Field::Capture | Field::Memory | Field::PostalAddress)
        }) {
            assert!(shown.contains(&format!("value=\"typed {}\"", field.name())), "{field:?}");
        }
        assert!(shown.contains("\ntyped postal_address</textarea>"));
        assert!(
            shown.contains(r#"value="shadow" required checked>"#)
                && shown.contains(r#"value="notice" required checked>"#)
                && shown.contains(r#"value="identified" required checked>"#)
        );
        assert!(shown.contains(r#"<p class="error" id="hosts-error">Write hosts without a path.</p>"#));
        assert_eq!(shown.matches("aria-invalid").count(), 1);
        assert!(summary(&errors).0.contains(r##"<a href="#hosts">Hosts</a>: Write hosts without a path."##));
    }

    #[test]
    fn every_input_has_a_name_and_a_label() {
        let shown = fields(&SiteForm::default(), &[], false).0;
        for field in Field::ALL {
            assert!(shown.contains(&format!("name=\"{}\"", field.name())), "{field:?}");
        }
        let labelled = shown.matches("<label for=").count() + shown.matches("<label class=").count();
        assert_eq!(labelled, shown.matches("<input").count() + shown.matches("<textarea").count());
    }

    #[test]
    fn the_proposal_chooses_the_careful_settings() {
        let shown = fields(&SiteForm::proposed(), &[], true).0;
        assert!(shown.contains(r#"value="required" required checked>"#));
        assert!(shown.contains(r#"value="all" required checked>"#));
        assert!(shown.contains(r#"value="test" required checked>"#));
    }

    #[test]
    fn the_pause_is_asked_where_wanted_and_taken_from_the_body() {
        let mut form = SiteForm::default();
        assert!(!fields(&form, &[], true).0.contains("paused"));
        assert!(!fields(&form, &[], false).0.contains("checked"));
        form.take("paused", "on".into());
        assert!(fields(&form, &[], false).0.contains("checked"));
    }

    #[test]
    fn what_the_tag_misses_is_asked_in_the_settings_and_folded_away_while_unused() {
        let mut form = SiteForm::default();
        let wrong = [FieldError { field: Field::Selector(Part::Row), sentence: "No.".into() }];
        assert!(!fields(&form, &[], true).0.contains("selector_row"));
        assert!(fields(&form, &[], false).0.contains(r#"<details class="card rare" id="selectors">"#));
        assert!(fields(&form, &wrong, false).0.contains(r#"id="selectors" open>"#));
        form.take("selector_email", "#mail".into());
        let shown = fields(&form, &[], false).0;
        assert!(shown.contains(r#"id="selectors" open>"#) && shown.contains(r##"value="#mail""##));
    }
}
