//! The words by which a statement names the types of its parameters and columns; a new type is one line here.

/// What a word stands for in Rust.
#[derive(Debug)]
pub(crate) struct Type {
    /// The word in `takes` and `gives`.
    pub(crate) word: &'static str,
    /// The type of a parameter's field.
    pub(crate) parameter: &'static str,
    /// How a column is read.
    pub(crate) column: Column,
}

/// How a column of a type is read.
#[derive(Debug)]
pub(crate) enum Column {
    /// By the store itself, as this type.
    Own(&'static str),
    /// As a type of `cartwake_shared`.
    Shared(Shared),
}

/// How a type of `cartwake_shared` is written to a column and read back.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The module that declares it.
    pub(crate) module: &'static str,
    /// The type a column holds it as.
    pub(crate) stored_as: &'static str,
    /// From `value` to what is stored.
    pub(crate) write: &'static str,
    /// From `stored` to an `Option` of the type.
    pub(crate) read: &'static str,
}

/// Every word there is.
pub(crate) const TYPES: &[Type] = &[
    own("text", "&'a str", "String"),
    own("json", "&'a str", "String"),
    own("integer", "i64", "i64"),
    own("boolean", "bool", "bool"),
    own("time", "cartwake_shared::time::Timestamp", "cartwake_shared::time::Timestamp"),
    text("site_id", "&'a SiteId", "identifier", "value.as_str()", "Self::parse(&stored).ok()"),
    text("merchant_id", "&'a MerchantId", "identifier", "value.as_str()", "Self::parse(&stored).ok()"),
    text("cart_id", "&'a CartId", "identifier", "value.to_string()", "Self::parse(&stored).ok()"),
    text("step_id", "&'a StepId", "identifier", "value.as_str()", "Self::parse(&stored).ok()"),
    text("mailbox_hash", "&'a MailboxHash", "key", "value.as_str()", "Some(Self::from_stored(stored))"),
    text("basis", "MailBasis", "cart", "value.code()", "Self::parse(&stored)"),
    text("breaker_cause", "Cause", "breaker", "value.code()", "Self::from_code(&stored)"),
    text("exclusion", "ExclusionReason", "exclusion", "value.code()", "Self::from_code(&stored)"),
    text("gate_reason", "Reason", "gate", "value.code()", "Self::from_code(&stored)"),
    text("order_status", "OrderStatus", "order", "value.word()", "Self::parse(&stored)"),
    text("site_state", "SiteState", "policy", "value.code()", "Self::parse(&stored)"),
    code("cart_state", "CartState", "lifecycle", "Self::from_code(stored)"),
    code("order_source", "OrderSource", "order", "Self::from_code(stored)"),
    code("reminder_state", "ReminderState", "reminder", "Self::from_code(stored)"),
    code("trust", "Trust", "trust", "Self::from_code(stored)"),
    code("audience", "Audience", "trust", "Self::from_code(stored)"),
];

impl Type {
    /// The type of a word.
    pub(crate) fn of_word(word: &str) -> Option<&'static Self> {
        TYPES.iter().find(|known| known.word == word)
    }

    /// The name of a type of `cartwake_shared`, without its module.
    pub(crate) fn name(&self) -> &'static str {
        self.parameter.trim_start_matches("&'a ")
    }

    /// The type of a parameter's field.
    pub(crate) fn of_parameter(&self) -> String {
        match &self.column {
            Column::Own(_) => self.parameter.to_owned(),
            Column::Shared(shared) => {
                let borrowed = if self.parameter.starts_with('&') { "&'a " } else { "" };
                format!("{borrowed}cartwake_shared::{}::{}", shared.module, self.name())
            }
        }
    }

    /// The type of a row's field.
    pub(crate) fn of_column(&self) -> String {
        match &self.column {
            Column::Own(name) => (*name).to_owned(),
            Column::Shared(shared) => format!("cartwake_shared::{}::{}", shared.module, self.name()),
        }
    }
}

const fn own(word: &'static str, parameter: &'static str, row: &'static str) -> Type {
    Type { word, parameter, column: Column::Own(row) }
}

/// A type that is stored as text.
const fn text(
    word: &'static str,
    parameter: &'static str,
    module: &'static str,
    write: &'static str,
    read: &'static str,
) -> Type {
    Type { word, parameter, column: Column::Shared(Shared { module, stored_as: "String", write, read }) }
}

/// A type that is stored as the number its `code` gives.
const fn code(word: &'static str, parameter: &'static str, module: &'static str, read: &'static str) -> Type {
    Type { word, parameter, column: Column::Shared(Shared { module, stored_as: "i64", write: "value.code()", read }) }
}
