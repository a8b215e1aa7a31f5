//! C++ types by the names that Cython has for them.

use super::known::Known;
use super::names::{Names, with_c_name};
use super::types::{Types, Unsayable};
use crate::ir::{
    Access, CxxItem, CxxType, DeclarationKind, Header, IntKind, Member, NamedType, QualType, Template,
    TemplateArgument, Type,
};
use crate::write::declarator::{Text, spelling};
use rustc_hash::{FxHashMap, FxHashSet};

/// Types of the standard library that come with Cython 3: C++ name, module, and the most arguments.
const STANDARD: &[(&str, &str, usize)] = &[
    ("std::string", "libcpp.string", 0),
    ("std::vector", "libcpp.vector", 1),
    ("std::map", "libcpp.map", 2),
    ("std::multimap", "libcpp.map", 2),
    ("std::set", "libcpp.set", 1),
    ("std::multiset", "libcpp.set", 1),
    ("std::unordered_map", "libcpp.unordered_map", 2),
    ("std::unordered_multimap", "libcpp.unordered_map", 2),
    ("std::unordered_set", "libcpp.unordered_set", 1),
    ("std::unordered_multiset", "libcpp.unordered_set", 1),
    ("std::list", "libcpp.list", 1),
    ("std::deque", "libcpp.deque", 1),
    ("std::forward_list", "libcpp.forward_list", 1),
    ("std::queue", "libcpp.queue", 1),
    ("std::priority_queue", "libcpp.queue", 1),
    ("std::stack", "libcpp.stack", 1),
    ("std::pair", "libcpp.utility", 2),
    ("std::shared_ptr", "libcpp.memory", 1),
    ("std::unique_ptr", "libcpp.memory", 1),
    ("std::weak_ptr", "libcpp.memory", 1),
    ("std::optional", "libcpp.optional", 1),
    ("std::complex", "libcpp.complex", 1),
];

/// Members of the containers that Cython declares.
const MEMBERS: &[&str] = &["iterator", "const_iterator", "size_type", "value_type"];

/// Names of what only C++ has, in one header.
pub(super) struct CxxNames {
    /// Names in the `.pxd` by qualified names, of what stands in namespaces.
    outermost: FxHashMap<String, String>,
    /// Types in classes that others may use, and those that they may not.
    members: FxHashMap<String, bool>,
    /// Typedefs that stand for references, by qualified names.
    references: FxHashSet<String>,
    /// Parameters of the templates around what is written, outermost first.
    pub parameters: Vec<Vec<String>>,
    /// Dotted names of the classes around what is written, outermost first.
    pub open: Vec<String>,
    /// Parameters of the class templates, those of classes included, by qualified names.
    patterns: FxHashMap<String, Vec<String>>,
    /// Class templates that are written, each with those that its own instances need.
    written: FxHashMap<String, FxHashSet<String>>,
    /// Those that are mentioned as what they are inside a template, before they are written.
    awaited: FxHashSet<String>,
    /// Functions that are written, with their parameters.
    pub signatures: FxHashSet<String>,
    /// Whether the header has C++ at all.
    pub is_cxx: bool,
}

impl CxxNames {
    pub(super) fn new(header: &Header, names: &mut Names<'_>) -> Self {
        let mut found = CxxNames {
            outermost: FxHashMap::default(),
            members: FxHashMap::default(),
            references: FxHashSet::default(),
            parameters: Vec::new(),
            open: Vec::new(),
            patterns: FxHashMap::default(),
            written: FxHashMap::default(),
            awaited: FxHashSet::default(),
            signatures: FxHashSet::default(),
            is_cxx: false,
        };
        for declaration in &header.declarations {
            let DeclarationKind::Cxx(cxx) = &declaration.kind else { continue };
            found.is_cxx = true;
            let (Some(own), Some(qualified)) = (cxx.name(), cxx.qualified_name()) else { continue };
            found.add_reference(&qualified, &cxx.item);
            if let CxxItem::Class(class) = &cxx.item {
                found.add_pattern(&qualified, cxx.template.as_ref());
                found.add_members(&qualified, &class.members, true, cxx.template.is_some());
            }
            let is_known = found.outermost.contains_key(&qualified) || cxx.name().is_none();
            if is_known || matches!(cxx.item, CxxItem::Using(_)) || own.starts_with("operator") {
                continue;
            }
            let is_type = matches!(cxx.item, CxxItem::Class(_) | CxxItem::Enum(_) | CxxItem::Typedef(_));
            let parts: Vec<&str> = cxx.namespace.iter().map(String::as_str).chain([own]).collect();
            // The shortest name that is free, with as many namespaces as it takes.
            let wishes = (0..parts.len()).rev().map(|start| parts[start..].join("_"));
            let free = wishes.into_iter().find(|wish| names.is_free(wish, is_type));
            let name = names.unique(&free.unwrap_or_else(|| parts.join("_")), is_type);
            found.outermost.insert(qualified, name);
        }
        found
    }

    fn add_members(&mut self, qualified: &str, members: &[Member], public: bool, in_template: bool) {
        for member in members {
            let Some(own) = member.item.name() else { continue };
            let public = public && member.access == Access::Public;
            let name = format!("{qualified}::{own}");
            self.add_reference(&name, &member.item);
            match &member.item {
                CxxItem::Class(class) => {
                    self.add_pattern(&name, member.template.as_ref());
                    let in_template = in_template || member.template.is_some();
                    self.add_members(&name, &class.members, public, in_template);
                    self.members.insert(name, public && is_sayable(member.template.as_ref()));
                }
                CxxItem::Enum(_) if in_template => {}
                CxxItem::Enum(_) | CxxItem::Typedef(_) => {
                    self.members.insert(name, public && member.template.is_none());
                }
                _ => {}
            }
        }
    }

    fn add_reference(&mut self, qualified: &str, item: &CxxItem) {
        if let CxxItem::Typedef(typedef) = item
            && self.is_reference(&typedef.ty.ty)
        {
            self.references.insert(qualified.to_owned());
        }
    }

    /// Whether a type is a reference, also by the name of a typedef that only C++ has.
    pub(super) fn is_reference(&self, ty: &Type) -> bool {
        let Type::Cxx { ty } = ty else { return false };
        match &**ty {
            CxxType::Reference { .. } => true,
            CxxType::Named(named) => match named.within.as_ref().map(|outer| &outer.ty) {
                None => self.references.contains(&named.name),
                Some(Type::Cxx { ty }) => matches!(&**ty, CxxType::Named(outer)
                    if self.references.contains(&format!("{}::{}", outer.name, named.name))),
                Some(_) => false,
            },
            _ => false,
        }
    }

    fn add_pattern(&mut self, qualified: &str, template: Option<&Template>) {
        let Some(template) = template.filter(|template| template.arguments.is_empty()) else { return };
        let names = template.parameters.iter().map(|parameter| parameter.name.clone().unwrap_or_default());
        self.patterns.insert(qualified.to_owned(), names.collect());
    }

    /// Notes that a class is written as a whole.
    pub(super) fn close(&mut self, qualified: &str) {
        if self.patterns.contains_key(qualified) {
            let awaited = self.awaited.iter().filter(|name| *name != qualified).cloned().collect();
            self.written.insert(qualified.to_owned(), awaited);
        }
        // What is inside other classes is awaited by those as well.
        if self.open.is_empty() {
            self.awaited.clear();
        }
    }

    /// Whether Cython can make an instance of the template: it copies what the class has by then.
    fn is_whole(&self, qualified: &str) -> bool {
        let mut pending = vec![qualified];
        let mut seen = FxHashSet::default();
        while let Some(name) = pending.pop() {
            let Some(awaited) = self.written.get(name) else { return false };
            pending.extend(awaited.iter().map(String::as_str).filter(|name| seen.insert(*name)));
        }
        true
    }

    /// Whether an instance may be mentioned now: it is one of a class that is written, or has the names of the
    /// template's own parameters for its arguments, so that Cython makes nothing of it yet.
    fn may_mention(&mut self, named: &NamedType) -> bool {
        let Some(parameters) = self.patterns.get(&named.name) else { return true };
        let is_own = |(argument, parameter): (&TemplateArgument, &String)| match argument {
            TemplateArgument::Type(ty) => {
                matches!(&ty.ty, Type::Cxx { ty } if matches!(&**ty, CxxType::Parameter { name } if name == parameter))
            }
            TemplateArgument::Value(_) | TemplateArgument::Other(_) => false,
        };
        if self.is_whole(&named.name) {
            return true;
        }
        let is_itself =
            parameters.len() == named.arguments.len() && named.arguments.iter().zip(parameters).all(is_own);
        if is_itself {
            self.awaited.insert(named.name.clone());
        }
        is_itself
    }

    /// The name of something in a namespace.
    pub(super) fn name(&self, qualified: &str) -> String {
        let own = || qualified.rsplit("::").next().unwrap_or(qualified).to_owned();
        self.outermost.get(qualified).cloned().unwrap_or_else(own)
    }

    /// The dotted name of a type, if it is declared here.
    fn dotted(&self, qualified: &str) -> Option<String> {
        if let Some(name) = self.outermost.get(qualified) {
            return Some(name.clone());
        }
        if self.members.get(qualified) != Some(&true) {
            return None;
        }
        let mut at = qualified.len();
        while let Some(start) = qualified[..at].rfind("::") {
            if let Some(outer) = self.outermost.get(&qualified[..start]) {
                let name = format!("{outer}.{}", qualified[start + 2..].replace("::", "."));
                return Some(self.relative(&name).to_owned());
            }
            at = start;
        }
        None
    }

    /// A member of a class that is open has its own name there.
    fn relative<'n>(&self, name: &'n str) -> &'n str {
        let inside = |open: &String| name.strip_prefix(open.as_str())?.strip_prefix('.');
        self.open.iter().rev().find_map(inside).unwrap_or(name)
    }

    /// A member that is left out is no name for others.
    pub(super) fn forget(&mut self, qualified: &str) {
        self.members.remove(qualified);
    }

    fn is_private(&self, qualified: &str) -> bool {
        self.members.get(qualified) == Some(&false)
    }
}

/// Whether Cython knows such templates.
fn is_sayable(template: Option<&Template>) -> bool {
    template.is_none_or(|template| {
        let is_type = |parameter: &crate::ir::TemplateParameter| {
            !parameter.pack && matches!(parameter.kind, crate::ir::TemplateParameterKind::Type)
        };
        template.arguments.is_empty() && template.parameters.iter().all(is_type)
    })
}

/// The class templates that Cython cannot say, and all.
pub(super) fn templates(header: &Header) -> (FxHashSet<String>, Vec<String>) {
    let (mut left_out, mut all) = (FxHashSet::default(), Vec::new());
    for declaration in &header.declarations {
        let DeclarationKind::Cxx(cxx) = &declaration.kind else { continue };
        let Some(template) = cxx.template.as_ref().filter(|template| template.arguments.is_empty()) else {
            continue;
        };
        let Some(name) = cxx.qualified_name() else { continue };
        if matches!(cxx.item, CxxItem::Function(_)) {
            continue;
        }
        if matches!(cxx.item, CxxItem::Typedef(_)) || !is_sayable(Some(template)) {
            left_out.insert(name.clone());
        }
        all.push(name);
    }
    (left_out, all)
}

impl<'a> Types<'a> {
    /// The C++ type as Cython says it.
    pub(super) fn say_cxx(&mut self, whole: &'a QualType, ty: &'a CxxType) -> Result<Type, Unsayable> {
        match ty {
            CxxType::Reference { rvalue: true, .. } => {
                Err(Unsayable("Cython has no rvalue references".into()))
            }
            CxxType::Reference { to, .. } => {
                let to = self.say(to, None)?;
                Ok(Type::Cxx { ty: Box::new(CxxType::Reference { to, rvalue: false }) })
            }
            CxxType::MemberPointer { .. } => Err(Unsayable("Cython has no pointers to members".into())),
            CxxType::NullPtr => {
                self.use_known(&Known::In("libcpp".into()), "nullptr_t", "nullptr_t");
                Ok(typedef("nullptr_t"))
            }
            CxxType::Parameter { name } => {
                if self.cxx.parameters.iter().flatten().any(|known| known == name) {
                    Ok(typedef(name))
                } else {
                    Err(Unsayable(format!("`{name}` is a parameter of a template that is left out")))
                }
            }
            CxxType::Named(named) => match self.named(named) {
                Ok(Some(name)) => Ok(typedef(&name)),
                Ok(None) | Err(_) => self.nameless(whole),
            },
        }
    }

    /// The name of a type with its arguments; `None` if Cython has none.
    fn named(&mut self, named: &'a NamedType) -> Result<Option<String>, Unsayable> {
        if let Some(within) = &named.within {
            let is_member = !named.external || MEMBERS.contains(&named.name.as_str());
            let Type::Cxx { ty } = &within.ty else { return Ok(None) };
            let CxxType::Named(outer) = &**ty else { return Ok(None) };
            let member = format!("{}::{}", outer.name, named.name);
            let is_declared = named.external || self.cxx.members.get(&member) == Some(&true);
            let has_own = !named.arguments.is_empty();
            let Some(outer) = self.named(outer)?.filter(|_| is_member && is_declared && !has_own) else {
                return Ok(None);
            };
            return Ok(Some(format!("{outer}.{}", named.name.replace("::", "."))));
        }
        let is_char = |argument: &TemplateArgument| matches!(argument, TemplateArgument::Type(ty) if matches!(ty.ty, Type::Int { int: IntKind::CharS | IntKind::CharU, .. }));
        if named.name == "std::basic_string"
            && named.external
            && named.arguments.len() == 1
            && is_char(&named.arguments[0])
        {
            return Ok(Some(self.standard("string", "libcpp.string")));
        }
        let base = if named.external {
            match STANDARD
                .iter()
                .find(|(name, _, most)| *name == named.name && named.arguments.len() <= *most)
            {
                Some((name, module, most)) if *most == 0 || !named.arguments.is_empty() => {
                    self.standard(name.trim_start_matches("std::"), module)
                }
                _ => return Ok(None),
            }
        } else {
            match self.cxx.dotted(&named.name).filter(|_| !self.left_out.contains(&named.name)) {
                Some(name) => name,
                None => return Ok(None),
            }
        };
        if !named.external && !named.arguments.is_empty() && !self.cxx.may_mention(named) {
            return Ok(None);
        }
        let mut arguments = Vec::new();
        for argument in &named.arguments {
            let TemplateArgument::Type(ty) = argument else { return Ok(None) };
            if matches!(ty.ty, Type::Function(_) | Type::Array { .. } | Type::Opaque { .. }) {
                return Ok(None);
            }
            let said = self.say(ty, None)?;
            let mut text = Text::suffixed();
            text.declare(&said, "");
            arguments.push(text.text);
        }
        // In front of a comma Cython takes `Name *` for the start of a product.
        let is_product = |text: &String| text.ends_with('*') && !is_surely_type(text);
        if arguments.iter().rev().skip(1).any(is_product) {
            return Ok(None);
        }
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("[{}]", arguments.join(", ")) };
        Ok(Some(format!("{base}{arguments}")))
    }

    fn standard(&mut self, name: &'static str, module: &str) -> String {
        if let Some(here) = self.helpers.get(name) {
            return here.clone();
        }
        let free = self.names.is_free(name, true);
        let here = self.names.unique(&if free { name.to_owned() } else { format!("std_{name}") }, true);
        self.use_known(&Known::In(module.to_owned()), name, &here);
        self.helpers.insert(name.to_owned(), here.clone());
        here
    }

    /// A class of ours without members that C++ knows as the type.
    fn nameless(&mut self, ty: &QualType) -> Result<Type, Unsayable> {
        let bare: QualType = ty.ty.clone().into();
        let spelled = spelling(&bare);
        let mut reason = None;
        crate::write::symbols::walk(&bare, &mut |part| match &part.ty {
            Type::Cxx { ty } => match &**ty {
                CxxType::Parameter { .. } => {
                    reason = Some(format!(
                        "Cython has no type `{spelled}`, which depends on a template parameter"
                    ));
                }
                CxxType::Named(named) => {
                    let within = named.within.as_ref().map(spelling).unwrap_or_default();
                    let name = format!("{within}::{}", named.name);
                    if self.cxx.is_private(name.trim_start_matches("::")) {
                        reason = Some(format!("its type `{}` is not public", named.name));
                    }
                    let depends = named.arguments.iter().any(|argument| match argument {
                        TemplateArgument::Other(text) => self.mentions_parameter(text),
                        _ => false,
                    });
                    if depends {
                        reason = Some(format!("`{spelled}` depends on a template parameter"));
                    }
                }
                _ => {}
            },
            Type::Opaque { spelling, .. } => reason = Some(format!("Cython has no type `{spelling}`")),
            Type::InlineRecord { .. } | Type::InlineEnum { .. } => {
                reason = Some("a record without a name stands where C++ cannot name its type".into());
            }
            _ => {}
        });
        // Inside a template a class of it is another one for each instance.
        if reason.is_none() && !self.cxx.parameters.iter().all(Vec::is_empty) && self.is_of_template(&spelled)
        {
            reason = Some(format!("Cython has no type `{spelled}`, which depends on a template parameter"));
        }
        match reason {
            Some(reason) => Err(Unsayable(reason)),
            None => {
                let short: String = spelled
                    .trim_start_matches("std::")
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                    .collect();
                let wish = short.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
                if let Some(name) = self.helpers.get(&spelled) {
                    return Ok(typedef(name));
                }
                let name = self.names.unique(&wish, true);
                self.pending.push(format!("cdef cppclass {}:\n    pass", with_c_name(&name, &spelled)));
                self.helpers.insert(spelled, name.clone());
                Ok(typedef(&name))
            }
        }
    }

    fn mentions_parameter(&self, text: &str) -> bool {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let parameters: FxHashSet<&str> = self.cxx.parameters.iter().flatten().map(String::as_str).collect();
        words.into_iter().any(|word| parameters.contains(word)) || text.ends_with("...")
    }

    fn is_of_template(&self, spelled: &str) -> bool {
        self.templates.iter().any(|template| spelled.starts_with(&format!("{template}::")))
    }
}

/// Whether a type begins with a word that Cython takes for nothing but a type.
fn is_surely_type(text: &str) -> bool {
    let word = text.split(' ').next().unwrap_or_default();
    matches!(
        word,
        "const" | "void" | "char" | "short" | "int" | "long" | "float" | "double" | "signed" | "unsigned"
    )
}

fn typedef(name: &str) -> Type {
    Type::Typedef { name: name.to_owned() }
}
