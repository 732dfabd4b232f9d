//! Shows what is kept, for how long, and what the jobs of retention have removed.

use maud::{Markup, html};

use super::metrics::grouped;
use super::terms::LocalTime;

/// What is kept, one row a table.
#[derive(Debug, Clone)]
pub struct RetentionView {
    /// Days after the last activity for which an address is kept.
    pub days: u64,
    /// One row for each kind of data.
    pub rows: Vec<KeptRow>,
}

/// One kind of data and its job.
#[derive(Debug, Clone)]
pub struct KeptRow {
    /// What it is, for example `Orders`.
    pub what: &'static str,
    /// How long it is kept, as words.
    pub kept: String,
    /// When the job last looked through all of it.
    pub ended: Option<LocalTime>,
    /// Rows that the job removed or stripped so far.
    pub removed: u64,
    /// The day of the oldest row that stays as it is.
    pub oldest: Option<String>,
}

/// The section of the page.
pub(super) fn section(view: &RetentionView) -> Markup {
    html! {
        section.card.list aria-labelledby="retention-title" {
            div.card-head {
                h2 #retention-title { "What is kept" }
                p.sub { "Addresses are kept until " (view.days) " days after a shopper's last activity. Jobs look through everything once a day." }
            }
            table {
                thead { tr { th { "What" } th { "Kept for" } th { "Last looked through" } th { "Removed" } th { "Oldest" } } }
                tbody {
                    @for row in &view.rows {
                        tr {
                            td.who { strong { (row.what) } }
                            td.what { (row.kept) }
                            td.mail {
                                @match &row.ended {
                                    Some(ended) => { span.unit { "seen " } (ended) }
                                    None => { "not yet" }
                                }
                            }
                            td.total { (grouped(row.removed)) span.unit { " removed" } }
                            td.when {
                                @match &row.oldest {
                                    Some(oldest) => { span.unit { "oldest " } (oldest) }
                                    None => { "–" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_has_not_run_says_so() {
        let row = KeptRow { what: "Orders", kept: "400 days".into(), ended: None, removed: 1_204, oldest: None };
        let page = section(&RetentionView { days: 90, rows: vec![row] }).0;
        assert!(page.contains("until 90 days after") && page.contains("not yet") && page.contains("1,204"), "{page}");
    }
}
