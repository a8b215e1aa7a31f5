//! What a type is to a type checker: the annotations of the stub.

/// A type as annotations say it. Builtins are written with a prefix that the stub chooses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hint {
    /// The type of an instance.
    pub instance: String,
    /// What reading, assigning and passing it means.
    pub kind: HintKind,
}

/// How `ctypes` treats values of a type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum HintKind {
    /// `None`.
    Void,
    /// A scalar that reads as a plain Python value, as `_ct.c_int`.
    Simple(&'static str),
    /// An array; one of characters reads as that builtin where it is a field.
    Array(Option<&'static str>),
    /// A pointer.
    Pointer {
        /// The type of what it points to.
        target: String,
        /// What it points to if that is bytes.
        octets: Option<Octets>,
        /// Whether that is a `char *`.
        is_texts: bool,
    },
    /// A pointer to a function.
    Function,
    /// A structure or union.
    Record,
}

/// Bytes behind a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Octets {
    /// The element, `_ct.c_char`, `_ct.c_byte` or `_ct.c_ubyte`.
    pub element: &'static str,
    /// Whether C only reads them.
    pub is_const: bool,
}

impl Octets {
    /// The octets that a scalar is, if it has the size of one and is none of the other things.
    pub fn of(scalar: &'static str, is_const: bool) -> Option<Self> {
        let element = match scalar {
            "_ct.c_char" => "_ct.c_char",
            "_ct.c_byte" | "_ct.c_int8" => "_ct.c_byte",
            "_ct.c_ubyte" | "_ct.c_uint8" => "_ct.c_ubyte",
            _ => return None,
        };
        Some(Octets { element, is_const })
    }

    /// The module's name of the parameter type that takes any holder of bytes; a `char *` needs none,
    /// for which `ctypes` itself does well.
    pub fn converter(self) -> Option<String> {
        let access = if self.is_const { "in" } else { "out" };
        let element = self.element.strip_prefix("_ct.").filter(|element| *element != "c_char")?;
        Some(format!("_hk_{access}_{element}"))
    }
}

impl Hint {
    pub fn void() -> Self {
        Hint { instance: "None".into(), kind: HintKind::Void }
    }

    pub fn simple(scalar: &'static str) -> Self {
        Hint { instance: scalar.into(), kind: HintKind::Simple(scalar) }
    }

    pub fn record(class: &str) -> Self {
        Hint { instance: class.into(), kind: HintKind::Record }
    }

    pub fn array(element: &Hint) -> Self {
        let text = match element.kind {
            HintKind::Simple("_ct.c_char") => Some("bytes"),
            HintKind::Simple("_ct.c_wchar") => Some("str"),
            _ => None,
        };
        Hint { instance: format!("_ct.Array[{}]", element.instance), kind: HintKind::Array(text) }
    }

    pub fn pointer(target: &Hint, is_const: bool) -> Self {
        let octets = match target.kind {
            HintKind::Simple(scalar) => Octets::of(scalar, is_const),
            _ => None,
        };
        let is_text = |octets: Octets| octets.element == "_ct.c_char" && !octets.is_const;
        let is_texts =
            matches!(target.kind, HintKind::Pointer { octets: Some(octets), .. } if is_text(octets));
        let target = target.instance.clone();
        let instance = format!("_ct._Pointer[{target}]");
        Hint { instance, kind: HintKind::Pointer { target, octets, is_texts } }
    }

    pub fn function<'h>(
        result: &Hint,
        parameters: impl IntoIterator<Item = &'h Hint>,
        builtins: &str,
    ) -> Self {
        let parameters: Vec<String> = parameters.into_iter().map(|hint| hint.read(builtins)).collect();
        let instance = format!("_hk_Function[[{}], {}]", parameters.join(", "), result.read(builtins));
        Hint { instance, kind: HintKind::Function }
    }

    /// The same type by the name of a typedef, where that can stand in annotations.
    pub fn named(self, name: &str) -> Self {
        match self.kind {
            HintKind::Array(_) | HintKind::Void => self,
            kind => Hint { instance: name.into(), kind },
        }
    }

    /// What results and arguments of callbacks are.
    pub fn read(&self, builtins: &str) -> String {
        match self.kind {
            HintKind::Simple(scalar) => format!("{builtins}{}", value_of(scalar)),
            _ => self.instance.clone(),
        }
    }

    /// What a field reads as, and what can be assigned to it.
    pub fn field(&self, builtins: &str) -> (String, String) {
        let instance = &self.instance;
        match &self.kind {
            HintKind::Simple(scalar) => {
                let read = value_of(scalar);
                let more = match *scalar {
                    "_ct.c_bool" | "_ct.c_char" | "_ct.c_char_p" | "_ct.c_wchar_p" => {
                        format!(" | {builtins}int")
                    }
                    _ => String::new(),
                };
                (format!("{builtins}{read}"), format!("{builtins}{read}{more} | {instance}"))
            }
            HintKind::Array(Some(text)) => (format!("{builtins}{text}"), format!("{builtins}{text}")),
            HintKind::Array(None) | HintKind::Record => {
                (instance.clone(), format!("{instance} | {builtins}tuple[_hk_t.Any, ...]"))
            }
            HintKind::Pointer { target, .. } => {
                (instance.clone(), format!("{instance} | _ct.Array[{target}] | None"))
            }
            HintKind::Function | HintKind::Void => (instance.clone(), instance.clone()),
        }
    }

    /// What a function takes as an argument.
    pub fn parameter(&self, builtins: &str) -> String {
        let instance = &self.instance;
        match &self.kind {
            HintKind::Simple("_ct.c_char_p") => "_hk_Text".into(),
            HintKind::Simple("_ct.c_wchar_p") => "_hk_WideText".into(),
            HintKind::Simple("_ct.c_void_p") => "_hk_Address".into(),
            HintKind::Simple(_) => self.field(builtins).1,
            HintKind::Pointer { octets: Some(octets), .. } if octets.converter().is_some() => {
                if octets.is_const { "_hk_ConstOctets".into() } else { "_hk_Octets".into() }
            }
            HintKind::Pointer { target, octets: Some(_), .. } => {
                format!("_hk_Pointer[{target}] | {builtins}bytes")
            }
            HintKind::Pointer { target, is_texts: true, .. } => {
                format!("_hk_Pointer[{target}] | _hk_Pointer[_ct.c_char_p]")
            }
            HintKind::Pointer { target, .. } => format!("_hk_Pointer[{target}]"),
            HintKind::Function => format!("{instance} | {builtins}int | None"),
            HintKind::Array(_) | HintKind::Record | HintKind::Void => instance.clone(),
        }
    }
}

/// The builtin that a scalar reads as.
fn value_of(scalar: &str) -> &'static str {
    match scalar {
        "_ct.c_bool" => "bool",
        "_ct.c_char" => "bytes",
        "_ct.c_wchar" => "str",
        "_ct.c_float" | "_ct.c_double" | "_ct.c_longdouble" => "float",
        "_ct.c_char_p" => "bytes | None",
        "_ct.c_wchar_p" => "str | None",
        "_ct.c_void_p" => "int | None",
        _ => "int",
    }
}
