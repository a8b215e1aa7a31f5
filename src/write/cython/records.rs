//! The bodies of records: C has the layout, Cython only needs to know the members.

use super::names::field;
use super::types::{Site, Types};
use crate::ir::{Field, QualType, Record, Type};
use crate::write::declarator::Text;
use rustc_hash::FxHashSet;

impl<'a> Types<'a> {
    /// One line for each member; members of anonymous members are members of the record itself
    /// (C11 6.7.2.1p13). `name` is the record's, `access` a C expression that a member's name completes.
    pub(super) fn body(&mut self, record: &'a Record, name: &str, access: &str) -> Vec<String> {
        let mut members = Vec::new();
        collect(record, &mut members);
        let mut siblings: FxHashSet<String> =
            members.iter().filter_map(|member| member.name.clone()).collect();
        let mut lines = Vec::new();
        for member in members {
            let Some(c_name) = member.name.as_deref() else { continue };
            if self.is_system && c_name.starts_with('_') {
                continue;
            }
            if self.macros.contains(c_name) {
                self.notes.push(format!("field `{c_name}` is left out: a macro of that name hides it"));
                continue;
            }
            let site = Site { wish: format!("{name}_{c_name}"), expression: format!("{access}{c_name}") };
            match self.say(&member.ty, Some(&site)) {
                Ok(ty) => {
                    let mut text = Text::suffixed();
                    text.declare(&sized(ty), &field(c_name, &mut siblings));
                    lines.push(text.text);
                }
                Err(problem) => {
                    self.notes.push(format!("field `{c_name}` is left out: {}", problem.0));
                }
            }
        }
        lines
    }
}

/// The fields of a record, those of its anonymous members included.
pub(super) fn collect<'r>(record: &'r Record, members: &mut Vec<&'r Field>) {
    for field in &record.fields {
        match &field.ty.ty {
            Type::InlineRecord { definition } if field.name.is_none() => collect(definition, members),
            _ => members.push(field),
        }
    }
}

/// A flexible array as Cython says it in a record.
fn sized(mut ty: QualType) -> QualType {
    if let Type::Array { length: length @ None, .. } = &mut ty.ty {
        *length = Some(0);
    }
    ty
}
