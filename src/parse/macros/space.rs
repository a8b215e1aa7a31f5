//! White space before the tokens of an expansion, which `#` makes visible.
//!
//! C17 6.10.3.2 speaks of the space in the argument's spelling and leaves open what that means for tokens that
//! come out of expansions. gcc and clang agree that the first token of an expansion has the space of the token it stands
//! for. They differ where something beside it vanished: an empty argument or a macro without replacement.

/// The white space before a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Space {
    clang: bool,
    gcc: bool,
    /// What gcc keeps of it although the token comes to stand for another one: the space behind what vanished.
    kept: bool,
    /// As the token was written.
    own: bool,
}

impl Space {
    /// Of a token whose definition is not known as it was written.
    pub const UNKNOWN: Space = Space { clang: true, gcc: false, kept: false, own: false };

    /// As it stands in a definition.
    pub fn new(spaced: bool) -> Self {
        Space { clang: spaced, gcc: spaced, kept: false, own: spaced }
    }

    /// Whether there is any; `None` if compilers differ.
    pub fn is_seen(self) -> Option<bool> {
        (self.clang == self.gcc).then_some(self.clang)
    }

    /// Of a token behind something that vanished and had the space `vanished`.
    pub fn after(self, vanished: Space) -> Self {
        Space {
            clang: self.clang || vanished.clang,
            gcc: self.gcc || vanished.gcc,
            kept: self.gcc || vanished.kept,
            ..self
        }
    }

    /// Of a token that is the first of what stands for a token with the space `replaced`.
    pub fn in_place_of(self, replaced: Space) -> Self {
        Space {
            clang: replaced.clang,
            gcc: replaced.gcc || self.kept,
            kept: replaced.kept || self.kept,
            ..self
        }
    }

    /// Of what vanished in place of something with the space `replaced`.
    pub fn vanished(self, replaced: Space) -> Self {
        let clang = self.clang || replaced.clang;
        Space { clang, ..self.in_place_of(replaced) }
    }

    /// Behind the name of a function-like macro that is no call: gcc has looked at the token before.
    pub fn looked_at(self) -> Self {
        Space { gcc: self.gcc || self.own, ..self }
    }

    /// Of the first token of an argument as it stands in the call.
    pub fn of_first(self) -> Self {
        Space { kept: false, ..self }
    }

    /// That vanished at the end of an argument: clang forgets it.
    pub fn of_end(self) -> Self {
        Space { clang: false, ..self }
    }
}
