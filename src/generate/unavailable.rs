//! What is told where outputs must be made and there is no libclang.

use std::path::PathBuf;

use super::{Error, Session, UnitPlan};
use crate::config::{Caller, Origin, Provision};
use crate::env;
use crate::headers::HeaderUnit;
use crate::parse::{Search, libclang::system_directories};
use crate::store::{Lookup, MissReason};

impl Session {
    /// The error for headers that must be parsed, with the name and the plan of each, where libclang was looked for in
    /// vain. No headers: what is asked for is not what the store could have.
    pub(super) fn unavailable(&self, units: &[(&str, &UnitPlan)], search: &Search) -> Error {
        let mut targets: Vec<&str> = Vec::new();
        let (mut here, mut elsewhere) = (false, Vec::new());
        let mut misses = Vec::new();
        for (name, UnitPlan { request, outputs, .. }) in units {
            let target = request.inputs.target.as_str();
            for output in outputs {
                let Lookup::Miss(reason) = &output.lookup else { continue };
                misses.push((target, format!("{name} ({}): {reason}", output.writer.name)));
                push_new(&mut targets, target);
                if self.is_made_elsewhere(target, reason) {
                    push_new(&mut elsewhere, target);
                } else {
                    here = true;
                }
            }
        }
        let told = |(target, text): (&str, String)| match targets.len() {
            1 => text,
            _ => format!("{target}: {text}"),
        };
        Error::LibclangUnavailable {
            is_unusable: !search.unusable.is_empty(),
            targets: targets.join(", "),
            misses: misses.into_iter().map(told).collect(),
            remedies: self.remedies(here, &elsewhere, search),
        }
    }

    /// The error for a header that is neither here nor in the store.
    pub(super) fn header_absent(&self, unit: &HeaderUnit, planned: &UnitPlan) -> Error {
        let target = planned.request.inputs.target.clone();
        let reason = planned.outputs.iter().find_map(|output| match &output.lookup {
            Lookup::Miss(reason) => Some(reason),
            Lookup::Hit(_) => None,
        });
        let command = match reason {
            Some(reason) if self.is_made_elsewhere(&target, reason) => self.populate_command(&[&target]),
            _ => format!("`headerkit-backend generate{}`", self.config.typed.words),
        };
        let reason = reason.map(ToString::to_string).unwrap_or_default();
        let elsewhere = self.elsewhere(unit).map(|path| path.display().to_string());
        Error::HeaderAbsent { header: unit.name.clone(), elsewhere, target, command, reason }
    }

    /// Where the compiler finds a header that is looked for in one of its directories and lies in another one, as those
    /// of an architecture do.
    fn elsewhere(&self, unit: &HeaderUnit) -> Option<PathBuf> {
        let dirs = system_directories(&self.machine.target, true);
        let below = dirs.iter().filter_map(|dir| unit.path.strip_prefix(dir).ok());
        let name = below.min_by_key(|name| name.components().count())?;
        dirs.iter().map(|dir| dir.join(name)).find(|path| path.is_file())
    }

    /// Whether `generate` on just any machine with libclang would store something else than what is missing.
    fn is_made_elsewhere(&self, target: &str, reason: &MissReason) -> bool {
        let others =
            matches!(reason, MissReason::NoEntry { targets_in_store, .. } if !targets_in_store.is_empty());
        others || target != self.machine.target.to_string()
    }

    /// The command that stores what a target lacks, whatever machine runs it.
    pub(super) fn populate_command(&self, targets: &[&str]) -> String {
        let named: String = targets.iter().map(|target| format!(" --target {target}")).collect();
        format!("`headerkit-backend cache populate{}{named}`", self.config.typed.words)
    }

    fn remedies(&self, here: bool, elsewhere: &[&str], search: &Search) -> Vec<String> {
        let mut remedies = Vec::new();
        match self.config.cache.bypass() {
            // There is no store to fill.
            Some(Origin::Default) => {}
            Some(origin) => remedies.push(format!("let the store be asked, which {origin} forbids")),
            None => {
                if here {
                    remedies.push(format!(
                        "run `headerkit-backend generate{}` on a machine with libclang and commit `.headerkit/`",
                        self.config.typed.words
                    ));
                }
                if !elsewhere.is_empty() {
                    remedies.push(format!(
                        "run {} on a machine with libclang and commit `.headerkit/`",
                        self.populate_command(elsewhere)
                    ));
                }
            }
        }
        let or = if remedies.is_empty() { "" } else { "or " };
        remedies.push(format!(
            "{or}{} (looked for it in: {})",
            self.get_libclang(search),
            [search.places.as_slice(), &search.unusable].concat().join(", ")
        ));
        remedies
    }

    /// How this very run gets libclang. What is installed beside an isolated build is not seen by it.
    fn get_libclang(&self, search: &Search) -> String {
        let is_build = self.config.typed.caller == Caller::FrontEnd;
        let libclang = &self.config.libclang;
        let install = match is_build && libclang.value == Provision::Never {
            true => format!(
                "let builds install libclang, which `libclang = \"never\"` ({}) forbids: set it to \"auto\", or add \
                 `libclang-ng` to [build-system] requires",
                libclang.origin
            ),
            false if is_build => {
                "install libclang: `headerkit-backend install-libclang`, which isolated builds find too"
                    .into()
            }
            false => {
                "install libclang here: `headerkit-backend install-libclang`, or `pip install libclang-ng`"
                    .into()
            }
        };
        if env::names_libclang() {
            let usable = if search.unusable.is_empty() { "" } else { "usable " };
            return format!(
                "correct {}, which names no {usable}libclang, or unset it and {install}",
                env::LIBCLANG_PATH
            );
        }
        install
    }
}

fn push_new<'t>(list: &mut Vec<&'t str>, item: &'t str) {
    if !list.contains(&item) {
        list.push(item);
    }
}
