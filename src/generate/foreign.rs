//! The system headers of targets that are not this machine.

use super::{Error, Session, plan};
use crate::config::Language;
use crate::headers::HeaderUnit;
use crate::parse::libclang::are_given;
use crate::roots::normalize;
use crate::sysroot::{self, Sysroot, directory, is_in_zig};
use crate::target::Target;

impl Session {
    /// The headers for a target; `None` if the clang arguments name some themselves, or none are known here and
    /// the session makes do without.
    pub(super) fn sysroot(&self, target: &Target, unit: &HeaderUnit) -> Result<Option<Sysroot>, Error> {
        if are_given(&unit.arguments) {
            return Ok(None);
        }
        if let Some(sysroot) = self.configured_sysroot(target)? {
            return Ok(Some(sysroot));
        }
        let is_cxx = plan::language(&self.config, unit) == Language::Cxx;
        let found = match is_in_zig(target, is_cxx) || target.os() == "windows" {
            true => self.machine.zig(&self.config.project).and_then(|zig| zig.sysroot(target, is_cxx)),
            false => Err(sysroot::Error::NoHeaders { target: target.to_string(), version: None }),
        };
        match found {
            Ok(sysroot) => Ok(Some(sysroot)),
            // A cross compiler may have them, or the header needs none.
            Err(error) if !self.isolated && error.is_absence() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What `[tool.headerkit.sysroots]` has for a target, however that spells it.
    fn configured_sysroot(&self, target: &Target) -> Result<Option<Sysroot>, Error> {
        for (spelling, text) in &self.config.sysroots {
            if Target::parse(spelling)? == *target {
                let dir = normalize(&self.config.project.join(self.config.expand(text)?));
                return Ok(Some(directory(target, &dir, &text.written)?));
            }
        }
        Ok(None)
    }
}
