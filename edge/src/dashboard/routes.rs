//! Declares the pages of the dashboard as one table, from which routing, serving and the navigation follow.

use crate::base::{http::Method, route::Found};

use super::Page;

/// Makes `Page`, its table and `serve` of one line for each page or form:
/// `Name: Method "/path" => answer;`, with `in navigation "Word"` before the arrow for a page of the navigation.
///
/// A path may end with one `{…}`, which stands for one segment; the answer uses it by the third name of the first line.
macro_rules! page_table {
    (
        ($app:ident, $request:ident, $value:ident):
        $($page:ident: $method:ident $path:literal $(in navigation $word:literal)? => $answer:expr;)+
    ) => {
        /// Pages and forms of the dashboard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Page {
            $(#[doc = concat!("`", stringify!($method), " ", $path, "`.")] $page,)+
        }

        impl Page {
            /// Every page with its method and its path.
            pub(crate) const TABLE: &[(Self, Method, &str)] = &[$((Self::$page, Method::$method, $path),)+];

            /// Its path as it stands in the table, for the log.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$page => $path,)+
                }
            }

            /// The pages of the navigation with their path and their word, in order.
            pub(crate) const NAVIGATION: &[(Self, &str, &str)] = &[$($((Self::$page, $path, $word),)?)+];
        }

        /// Answers a page or a form; `value` is the segment that `{…}` stands for in its path.
        pub async fn serve<P: Ports>(
            $app: &App<P>,
            $request: &Request,
            page: Page,
            $value: &str,
        ) -> Result<Response, Error> {
            match page {
                $(Page::$page => $answer,)+
            }
        }
    };
}

pub(super) use page_table;

/// Finds the page of a request, and the segment that `{…}` stands for in its path. Answers HEAD like GET.
pub fn find(method: Method, path: &str) -> Found<(Page, &str)> {
    let method = if method == Method::Head { Method::Get } else { method };
    let mut found = Found::Nothing;
    for (page, of, pattern) in Page::TABLE {
        if let Some(value) = matched(pattern, path) {
            if *of == method {
                return Found::Route((*page, value));
            }
            found = Found::OtherMethod;
        }
    }
    found
}

/// The segment that `{…}` stands for if a path has the form of the pattern; empty for a pattern without one.
fn matched<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    match pattern.split_once('{') {
        None => (pattern == path).then_some(""),
        Some((beginning, _)) => path.strip_prefix(beginning).filter(|segment| !segment.contains('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_the_pages_of_the_table() {
        use Method::{Get, Head, Options, Other, Post};
        for (method, path, expected) in [
            (Get, "/", Found::Route((Page::Today, ""))),
            (Head, "/", Found::Route((Page::Today, ""))),
            (Get, "/carts/x.1", Found::Route((Page::Cart, "x.1"))),
            (Post, "/carts/x.1", Found::OtherMethod),
            (Get, "/carts/x/y", Found::Nothing),
            (Get, "/settings", Found::Route((Page::Settings, ""))),
            (Post, "/settings", Found::Route((Page::SaveSettings, ""))),
            (Get, "/logout", Found::OtherMethod),
            (Options, "/login", Found::OtherMethod),
            (Other, "/login", Found::OtherMethod),
            (Get, "/settings/", Found::Nothing),
            (Get, "/nowhere", Found::Nothing),
            (Get, "", Found::Nothing),
        ] {
            assert_eq!(find(method, path), expected, "{method:?} {path}");
        }
    }
}
