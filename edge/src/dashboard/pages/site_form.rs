//! Shows the form of a site, for set-up and settings, with the typed values and each error at its field.

mod texts;

use std::borrow::Cow;

use maud::{Markup, html};

use cartwake_shared::{
    policy::{
        Setting, Settings,
        kind::{Control, Kind as _, MinuteOfDay},
    },
    selector::Part,
};

use super::terms::SiteState;
use texts::{FIELDS, FieldText, Group};

/// A field of the form that holds text. Its label and its hint are in `site_form/texts.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The shop's name.
    Name,
    /// `test`, `shadow` or `live`.
    State,
    /// A setting that is one text.
    Setting(Setting),
    /// `HH:MM`, the first quiet minute; empty together with [`Field::QuietTo`] for no quiet hours.
    QuietFrom,
    /// `HH:MM`, the first minute that is not quiet any more.
    QuietTo,
    /// A selector that the site names for its pages; may be empty.
    Selector(Part),
}

impl Field {
    /// All fields in the order of the page.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|text| text.field)
    }

    /// The name in the page, in the posted body and in error messages.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Self::Name => "name".into(),
            Self::State => "state".into(),
            Self::Setting(setting) => setting.name().into(),
            Self::QuietFrom => "quiet_from".into(),
            Self::QuietTo => "quiet_to".into(),
            Self::Selector(part) => ["selector_", part.word()].concat().into(),
        }
    }

    /// Whether an empty text is refused whatever the other fields say.
    pub const fn is_required(self) -> bool {
        match self {
            Self::Name | Self::State => true,
            Self::Setting(setting) => setting.is_required(),
            Self::QuietFrom | Self::QuietTo | Self::Selector(_) => false,
        }
    }

    const fn control(self) -> Control {
        match self {
            Self::Name | Self::Selector(_) => Control::Line,
            Self::State => Control::Choice,
            Self::Setting(setting) => setting.control(),
            Self::QuietFrom | Self::QuietTo => Control::Time,
        }
    }

    /// What the browser may fill in.
    fn autocomplete(self) -> &'static str {
        match self.control() {
            _ if self == Self::Name => "organization",
            Control::Email => "email",
            Control::WebAddress => "url",
            Control::Line | Control::Lines | Control::Time | Control::Zone | Control::Choice => "off",
        }
    }
}

/// The texts of the form exactly as they were typed or stored; nothing here has been checked.
#[derive(Debug, Clone, Default)]
pub struct SiteForm {
    /// At most one text for each field.
    texts: Vec<(Field, String)>,
    /// Whether all sending is paused; only the settings ask for it, posted as `paused=on`.
    pub is_paused: bool,
}

impl SiteForm {
    /// The form of the set-up with the defaults: consent first, and only the owner is mailed.
    pub fn proposed() -> Self {
        let mut form = Self::of(&Settings::default());
        form.set(Field::State, SiteState::Test.value().to_owned());
        form
    }

    /// The texts of these settings; the site's name and state are left to the caller.
    pub fn of(settings: &Settings) -> Self {
        let mut form = Self::default();
        for setting in Setting::ALL {
            form.set(Field::Setting(*setting), setting.text(settings));
        }
        let quiet = settings.policy.quiet;
        form.set(Field::QuietFrom, MinuteOfDay::show(&quiet.map(|quiet| quiet.from)));
        form.set(Field::QuietTo, MinuteOfDay::show(&quiet.map(|quiet| quiet.to)));
        for part in Part::ALL {
            form.set(Field::Selector(part), settings.selectors.get(part).to_owned());
        }
        form
    }

    /// The text of a field; empty if the form has none.
    pub fn text(&self, field: Field) -> &str {
        self.texts.iter().find(|(known, _)| *known == field).map_or("", |(_, text)| text)
    }

    /// Gives a field its text.
    pub fn set(&mut self, field: Field, text: String) {
        self.texts.retain(|(known, _)| *known != field);
        self.texts.push((field, text));
    }

    /// Takes one pair of a posted body; pairs with other names (such as `csrf`) are left to the caller.
    pub fn take(&mut self, name: &str, text: String) {
        if name == "paused" {
            self.is_paused = true;
        } else if let Some(field) = Field::all().find(|field| field.name() == name) {
            self.set(field, text);
        }
    }
}

/// A mistake in one field, as a sentence for the shop's owner.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// The field.
    pub field: Field,
    /// What to do about it.
    pub sentence: String,
}

/// The list of errors above a form, each leading to its field; empty without errors.
pub(crate) fn summary(errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.banner.bad role="alert" {
                p { strong { @if errors.len() == 1 { "One field needs another look. Nothing was saved." } @else { (errors.len()) " fields need another look. Nothing was saved." } } }
                ul {
                    @for error in errors {
                        li { a href={ "#" (error.field.name()) } { (label(error.field)) } ": " (error.sentence) }
                    }
                }
            }
        }
    }
}

fn label(field: Field) -> &'static str {
    FIELDS.iter().find(|text| text.field == field).map_or("", |text| text.label)
}

fn texts_of(group: Group) -> impl Iterator<Item = &'static FieldText> {
    FIELDS.iter().filter(move |text| text.group == group)
}

/// The fields in their groups; the caller puts the form, the token and the button around them. The set-up (`is_set_up`)
/// asks only for what is needed to begin.
pub(crate) fn fields(form: &SiteForm, errors: &[FieldError], is_set_up: bool) -> Markup {
    html! {
        @for (group, legend) in [(Group::Shop, "Shop"), (Group::Mails, "Mails"), (Group::MoneyAndTime, "Money and time")] {
            fieldset.card { legend { (legend) } (lines(form, errors, group)) }
        }
        @for text in texts_of(Group::Choices) { (choice(form, errors, text, &html! {})) }
        @for text in texts_of(Group::State) {
            (choice(form, errors, text, &html! {
                (lines(form, errors, Group::BelowState))
                @if !is_set_up {
                    label.switch {
                        input type="checkbox" name="paused" value="on" role="switch" checked[form.is_paused];
                        span { strong { "Pause all sending" } "No reminder leaves while this is on, whatever the state. Carts are still kept." }
                    }
                }
            }))
        }
        @if !is_set_up { (selectors(form, errors)) }
    }
}

/// The text fields of a group; two halves are side by side.
fn lines(form: &SiteForm, errors: &[FieldError], group: Group) -> Markup {
    let texts: Vec<_> = texts_of(group).collect();
    html! {
        @for texts in texts.chunk_by(|text, next| text.is_half && next.is_half) {
            @if texts.len() == 1 {
                @for text in texts { (text_field(form, errors, text)) }
            } @else {
                div.pair { @for text in texts { (text_field(form, errors, text)) } }
            }
        }
    }
}

/// The selectors that the owner may name if the tag misses something; folded away while all are empty.
fn selectors(form: &SiteForm, errors: &[FieldError]) -> Markup {
    let is_open = texts_of(Group::Selectors)
        .any(|text| !form.text(text.field).is_empty() || error_of(errors, text.field).is_some());
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
            (lines(form, errors, Group::Selectors))
        }
    }
}

fn error_of(errors: &[FieldError], field: Field) -> Option<&FieldError> {
    errors.iter().find(|error| error.field == field)
}

fn text_field(form: &SiteForm, errors: &[FieldError], text: &FieldText) -> Markup {
    let field = text.field;
    let name = field.name();
    let error = error_of(errors, field);
    let described_by = format!("{name}-hint{}", if error.is_some() { format!(" {name}-error") } else { String::new() });
    let invalid = error.is_some().then_some("true");
    let (autocomplete, is_required) = (field.autocomplete(), field.is_required());
    let kind = match field.control() {
        Control::Email => "email",
        Control::WebAddress => "url",
        Control::Time => "time",
        Control::Line | Control::Lines | Control::Zone | Control::Choice => "text",
    };
    let is_zone = field.control() == Control::Zone;
    html! {
        div.field {
            label for=(name) { (text.label) }
            @if field.control() == Control::Lines {
                textarea id=(name) name=(name) rows="3" autocomplete=(autocomplete) required[is_required]
                    aria-describedby=(described_by) aria-invalid=[invalid] { "\n" (form.text(field)) }
            } @else {
                input id=(name) name=(name) type=(kind) value=(form.text(field)) autocomplete=(autocomplete) required[is_required]
                    list=[is_zone.then_some("zones")] spellcheck="false"
                    aria-describedby=(described_by) aria-invalid=[invalid];
                @if is_zone { datalist #zones {} }
            }
            @if let Some(error) = error { p.error id={ (name) "-error" } { (error.sentence) } }
            p.hint id={ (name) "-hint" } { (text.hint) }
        }
    }
}

/// A choice of one value out of a few, each with a sentence of explanation.
fn choice(form: &SiteForm, errors: &[FieldError], text: &FieldText, below: &Markup) -> Markup {
    let field = text.field;
    let name = field.name();
    html! {
        fieldset.card id=(name) tabindex="-1" {
            legend { (text.label) }
            p.hint { (text.hint) }
            div.choices {
                @for (value, word, sentence) in text.options {
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
        for field in Field::all() {
            form.take(&field.name(), format!("typed {}", field.name()));
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
        for field in Field::all().filter(|field| field.control() != Control::Choice) {
            assert_eq!(form.text(field), format!("typed {}", field.name()));
        }
    }

    #[test]
    fn what_was_typed_is_still_there_beside_the_error() {
        let errors =
            [FieldError { field: Field::Setting(Setting::Hosts), sentence: "Write hosts without a path.".into() }];
        let shown = fields(&typed(), &errors, false).0;
        for field in Field::all().filter(|field| !matches!(field.control(), Control::Choice | Control::Lines)) {
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
        for field in Field::all() {
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
