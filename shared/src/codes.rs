//! A macro that declares an enum as a table: each variant stands once, with its code and its other facts beside it.

/// Declares an enum and, for each column of its table, a function that gives the column's fact of a variant.
///
/// The columns stand in the enum's braces, one row for each variant follows. The macro adds `ALL`, every variant in the
/// order of the rows. A column that is written `name: type => reader` can be read back by `reader`.
///
/// ```
/// cartwake_shared::codes! {
///     /// Where a parcel is.
///     pub enum Parcel {
///         /// The form in the database.
///         code: &'static str => from_code,
///         /// Days until it arrives.
///         days: u32,
///     }
///     /// In the shop's warehouse.
///     Packed { code: "packed", days: 2 }
///     /// With the carrier.
///     Sent { code: "sent", days: 1 }
/// }
/// assert_eq!(Parcel::ALL, [Parcel::Packed, Parcel::Sent]);
/// assert_eq!((Parcel::Sent.code(), Parcel::Sent.days()), ("sent", 1));
/// assert_eq!(Parcel::from_code("packed"), Some(Parcel::Packed));
/// assert_eq!(Parcel::from_code("lost"), None);
/// ```
#[macro_export]
macro_rules! codes {
    (
        $(#[$about:meta])*
        $visible:vis enum $name:ident {
            $($(#[doc = $doc:literal])* $column:ident: $type:ty $(=> $reader:ident)?),+ $(,)?
        }
        $($(#[$about_variant:meta])* $variant:ident { $($fact:ident: $value:expr),+ $(,)? })+
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visible enum $name {
            $($(#[$about_variant])* $variant,)+
        }

        const _: () = {
            /// One row of the table.
            struct Row {
                $($column: $type,)+
            }

            impl $name {
                /// Every variant, in the order of its declaration.
                $visible const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

                const fn row(self) -> Row {
                    match self {
                        $(Self::$variant => Row { $($fact: $value),+ },)+
                    }
                }

                $(
                    $(#[doc = $doc])*
                    $visible const fn $column(self) -> $type {
                        self.row().$column
                    }

                    $(
                        #[doc = concat!("Reads [`", stringify!($name), "::", stringify!($column), "`] back.")]
                        $visible fn $reader(text: impl PartialEq<$type>) -> Option<Self> {
                            Self::ALL.into_iter().find(|variant| text == variant.$column())
                        }
                    )?
                )+
            }
        };
    };
}
