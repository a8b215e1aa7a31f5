//! Classes and their members.

use super::super::Lowerer;
use super::names::is_class;
use crate::ir::{Base, Class, ClassKind, CxxItem, Field, Member, RecordKind, Template, Type};
use crate::parse::libclang::ffi::{Cursor, CursorKind, Tag, TypeKind};

impl<'u> Lowerer<'_, 'u> {
    /// A class, class template or specialization. Of one that is not bound only the name is told.
    pub(super) fn class(&mut self, cursor: Cursor<'u>, bound: bool) -> (Option<Template>, Class) {
        let kind = cursor.kind();
        let is_pattern = matches!(kind, CursorKind::ClassTemplate | CursorKind::PartialSpecialization);
        let mut template = is_pattern.then(|| self.open_template(cursor));
        if kind == CursorKind::PartialSpecialization || cursor.ty().template_arguments().is_some() {
            let arguments = self.specialized_for(cursor);
            template.get_or_insert_default().arguments = arguments;
        }
        let class = self.class_body(cursor, bound);
        if is_pattern {
            self.close_template();
        }
        (template, class)
    }

    fn class_body(&mut self, cursor: Cursor<'u>, bound: bool) -> Class {
        let kind = cursor.kind();
        let is_template = matches!(kind, CursorKind::ClassTemplate | CursorKind::PartialSpecialization);
        let class = match if is_template { cursor.templated_kind() } else { kind } {
            CursorKind::Struct => ClassKind::Struct,
            CursorKind::Union => ClassKind::Union,
            _ => ClassKind::Class,
        };
        let ty = cursor.ty();
        let is_pattern = !self.parameters.is_empty();
        let layout = if is_pattern { None } else { super::super::types::layout(ty) };
        let mut lowered = Class {
            class,
            name: self.name_of(cursor),
            layout: layout.filter(|_| cursor.is_definition()),
            incomplete: !bound || !cursor.is_definition(),
            packed: false,
            is_abstract: cursor.is_definition() && cursor.is_abstract(),
            is_final: false,
            is_pod: layout.is_some() && ty.is_pod(),
            bases: Vec::new(),
            members: Vec::new(),
        };
        if !lowered.incomplete {
            self.members(cursor, &mut lowered);
        }
        lowered
    }

    fn members(&mut self, cursor: Cursor<'u>, class: &mut Class) {
        let place = self.place;
        // Unnamed enums that a field writes inline are told there.
        let mut unnamed: Vec<(usize, usize)> = Vec::new();
        for child in cursor.children() {
            self.place = Some(child);
            match child.kind() {
                CursorKind::Base => {
                    let ty = self.ty(child.ty());
                    let is_virtual = child.is_virtual_base();
                    class.bases.push(Base { ty, access: child.access(), is_virtual });
                    continue;
                }
                CursorKind::PackedAttribute => {
                    class.packed = true;
                    continue;
                }
                CursorKind::FinalAttribute => {
                    class.is_final = true;
                    continue;
                }
                CursorKind::Enum if self.tag_of(child) == Tag::Unnamed => {
                    unnamed.push((child.id(), class.members.len()));
                }
                _ => {}
            }
            if let Some((template, item)) = self.member(cursor, child, class) {
                class.members.push(self.with_place(child, template, item));
            }
        }
        for (id, position) in unnamed.into_iter().rev() {
            if self.inlined.contains(&id) {
                class.members.remove(position);
            }
        }
        self.place = place;
    }

    fn member(
        &mut self,
        cursor: Cursor<'u>,
        child: Cursor<'u>,
        class: &Class,
    ) -> Option<(Option<Template>, CxxItem)> {
        Some(match child.kind() {
            kind if is_class(kind) && !self.is_member(child) => return None,
            CursorKind::Field => (None, CxxItem::Field(self.cxx_field(child, class))),
            CursorKind::Struct | CursorKind::Union | CursorKind::Class
                if self.tag_of(child) == Tag::Unnamed =>
            {
                (None, CxxItem::Field(self.anonymous_member(cursor, child, class)?))
            }
            CursorKind::Struct | CursorKind::Union | CursorKind::Class | CursorKind::ClassTemplate => {
                let is_declared_again = !child.is_definition()
                    && child.definition().is_some_and(|known| known.lexical_parent().id() == cursor.id());
                if is_declared_again {
                    return None;
                }
                let (template, nested) = self.class(child, true);
                (template, CxxItem::Class(Box::new(nested)))
            }
            CursorKind::PartialSpecialization => {
                let (template, nested) = self.class(child, true);
                (template, CxxItem::Class(Box::new(nested)))
            }
            CursorKind::Enum => (None, CxxItem::Enum(self.cxx_enum(child))),
            CursorKind::Typedef | CursorKind::TypeAlias | CursorKind::AliasTemplate => {
                if self.class_named_by(child).is_some() {
                    return None;
                }
                let (template, typedef) = self.alias(child)?;
                (template, CxxItem::Typedef(typedef))
            }
            CursorKind::Method
            | CursorKind::Constructor
            | CursorKind::Destructor
            | CursorKind::Conversion
            | CursorKind::FunctionTemplate => {
                let (template, function) = self.cxx_function(child, Some(&class.name));
                (template, CxxItem::Function(Box::new(function)))
            }
            CursorKind::Variable => (None, CxxItem::Variable(self.cxx_variable(child))),
            CursorKind::Using => (None, CxxItem::Using(self.using(child)?)),
            CursorKind::Unexposed => {
                self.variable_template(child);
                return None;
            }
            CursorKind::Friend => {
                self.friend(child);
                return None;
            }
            _ => return None,
        })
    }

    /// A function that a class defines as its friend is found through its arguments only.
    fn friend(&mut self, cursor: Cursor<'u>) {
        let is_function =
            |child: &Cursor<'u>| matches!(child.kind(), CursorKind::Function | CursorKind::FunctionTemplate);
        for function in cursor.children().into_iter().filter(is_function) {
            // Only a definition makes it inline without that word; libclang does not tell of templates.
            let is_defined = function.is_inline() || function.kind() == CursorKind::FunctionTemplate;
            if is_defined && function.canonical().id() == function.id() {
                self.warn(format!("friend function `{}` is left out", function.spelling()));
            }
        }
    }

    fn with_place(&self, cursor: Cursor<'u>, template: Option<Template>, item: CxxItem) -> Member {
        let position = cursor.position();
        Member {
            access: cursor.access(),
            template,
            item,
            location: self.files.location(position),
            deprecated: cursor.is_deprecated(),
            doc: self.doc(cursor, position),
        }
    }

    fn cxx_field(&mut self, cursor: Cursor<'u>, class: &Class) -> Field {
        let record = if class.class == ClassKind::Union { RecordKind::Union } else { RecordKind::Struct };
        let last = last_field(class);
        let mut field = self.field(cursor, record, last);
        match cursor.ty().canonical().kind() {
            // The size of a reference is that of what it refers to, except in a class.
            TypeKind::LvalueReference | TypeKind::RvalueReference => {
                (field.size, field.align) = (self.pointer_size, self.pointer_size);
            }
            _ => {}
        }
        let first_offset = || cursor.field_offset().filter(|_| record == RecordKind::Struct);
        if last.is_none() {
            field.offset_bits = first_offset().unwrap_or(0);
        }
        if !self.parameters.is_empty() {
            (field.offset_bits, field.size, field.align) = (0, 0, 0);
        }
        field
    }

    /// The member that an anonymous record is; `None` if a field of that type follows.
    fn anonymous_member(&mut self, cursor: Cursor<'u>, child: Cursor<'u>, class: &Class) -> Option<Field> {
        let is_it = |field: &Cursor<'u>| field.ty().canonical().declaration().id() == child.id();
        if let Some(field) = cursor.ty().fields().into_iter().find(is_it) {
            let is_named = !field.spelling().is_empty() && !field.spelling().contains('(');
            return if is_named { None } else { Some(self.cxx_field(field, class)) };
        }
        let is_named = |other: &Cursor<'u>| other.kind() == CursorKind::Field && is_it(other);
        if self.parameters.is_empty() || cursor.children().iter().any(is_named) {
            return None;
        }
        let definition = Box::new(self.record(child, None));
        let ty = Type::InlineRecord { definition }.into();
        Some(Field { name: None, ty, offset_bits: 0, bit_width: None, size: 0, align: 0, is_mutable: false })
    }
}

fn last_field(class: &Class) -> Option<&Field> {
    class.members.iter().rev().find_map(|member| match &member.item {
        CxxItem::Field(field) => Some(field),
        _ => None,
    })
}
