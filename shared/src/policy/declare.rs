//! The macros behind the declarations of settings and of their codes.

/// Declares the settings of a site, each once.
///
/// An entry of `form` is a setting that somebody types: its doc, its name in [`Setting`](super::Setting), the stored
/// field with its type, its [`Kind`](super::kind::Kind), and a text that is right for it (for tests). The posted name is
/// the stored one unless `called` gives another. A line of `kept` is stored beside them and has no text of its own.
///
/// A setting that is not stored has the default of its type.
macro_rules! settings {
    (
        form {
            $(
                $(#[$doc:meta])+
                $setting:ident {
                    $field:ident: $type:ty as $kind:ty,
                    $(called: $name:literal,)?
                    example: $example:literal,
                }
            )+
        }
        kept {
            $(
                $(#[$kept_doc:meta])+
                $kept:ident: $kept_type:ty,
            )+
        }
    ) => {
        /// Everything that a site has settled, beside its id, name and state.
        #[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Settings {
            $($(#[$doc])+ pub $field: $type,)+
            $($(#[$kept_doc])+ pub $kept: $kept_type,)+
        }

        /// A setting that is typed as one text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $($(#[$doc])+ $setting,)+
        }

        impl Setting {
            /// All settings that are typed, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$setting),+];

            /// The name under which a form posts it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$setting => settings!(@name $field $($name)?),)+
                }
            }

            /// The control by which a form asks for it.
            pub const fn control(self) -> Control {
                match self {
                    $(Self::$setting => <$kind as Kind>::CONTROL,)+
                }
            }

            /// Whether an empty text is refused.
            pub const fn is_required(self) -> bool {
                match self {
                    $(Self::$setting => <$kind as Kind>::IS_REQUIRED,)+
                }
            }

            /// A text that is right for it; the examples of all settings are right together.
            pub const fn example(self) -> &'static str {
                match self {
                    $(Self::$setting => $example,)+
                }
            }

            /// Its text in these settings.
            pub fn text(self, settings: &Settings) -> String {
                match self {
                    $(Self::$setting => <$kind as Kind>::show(&settings.$field),)+
                }
            }

            /// Changes it to what was typed. Rules that look at several settings are asked elsewhere.
            ///
            /// # Errors
            /// The sentence that tells what is wrong with the text; the setting then stays as it was.
            pub fn set(self, settings: &mut Settings, typed: &str) -> Result<(), Sentence> {
                match self {
                    $(Self::$setting => settings.$field = <$kind as Kind>::parse(typed)?,)+
                }
                Ok(())
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
}
pub(super) use settings;

/// Gives values their codes: `coded!(Colour { Red = "red", Blue = "blue" })`.
macro_rules! coded {
    ($type:ident { $($value:ident = $code:literal),+ $(,)? }) => {
        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The code in the database, in forms and on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$value => $code,)+
                }
            }

            /// Reads a code back.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == text)
            }
        }

        impl $crate::policy::kind::Coded for $type {
            const CODED: &'static [Self] = Self::ALL;

            fn code(self) -> &'static str {
                self.code()
            }
        }
    };
}
pub(super) use coded;
