//! One HTML page about a project's bindings: which outputs the store has for which target, what each header
//! declares, and how each record lies in memory. The page needs nothing but itself.

mod coverage;
mod drawing;
mod html;
mod interface;
mod layout;
mod page;

use crate::ir::Header;

pub use coverage::{Cell, State};

/// What the page tells.
pub struct Report {
    /// Name of the project.
    pub project: String,
    /// What the store has; one per header, writer and target.
    pub coverage: Vec<Cell>,
    /// The headers whose IR is known.
    pub interfaces: Vec<Interface>,
}

/// One header, as read for each target.
pub struct Interface {
    /// The header as configured.
    pub name: String,
    /// Its IR for one target each, in the order of the page.
    pub headers: Vec<Header>,
}

impl Report {
    /// The page, a whole HTML document in UTF-8. Equal reports give equal pages.
    pub fn to_html(&self) -> String {
        page::page(self)
    }
}

#[cfg(test)]
mod tests;
