//! Every statement there is: a module for each file of `edge/sql/`, made by the build, shared by D1 and SQLite.

#[expect(clippy::pedantic, reason = "written by the build")]
mod made {
    use crate::base::store::{Column, ColumnMismatch, Declared, Query, Value};

    include!(concat!(env!("OUT_DIR"), "/statements.rs"));
}

pub use made::*;
