//! Why the store serves an output, or why it does not.

use super::{Error, Session, UnitPlan};
use crate::headers::HeaderUnit;
use crate::store::{Hit, Layer, Lookup, MissReason, Nearest, WriterId};
use crate::target::Target;

/// What the store has to say about one output for one target.
#[derive(Debug)]
pub struct Explanation {
    /// Stored name of the header.
    pub header: String,
    /// Name of the writer.
    pub writer: String,
    /// What it is made for.
    pub target: Target,
    /// The answer.
    pub answer: Answer,
}

/// Served or not.
#[derive(Debug)]
pub enum Answer {
    /// From this entry.
    Served {
        /// The entry's path: the layer's, then its own name.
        entry: String,
        /// What was compared and found equal, and what does not count. One sentence each, without a final period.
        because: Vec<String>,
    },
    /// Not served.
    Missed {
        /// What a build says about it.
        reason: MissReason,
        /// The entry that comes nearest, if one is alike.
        nearest: Option<Box<Nearest>>,
        /// The stored IR that it can be written from without libclang.
        ir: Option<String>,
    },
    /// Outputs of the writer are never stored.
    NotKept,
}

impl Session {
    /// Explains every output of every header, for these targets.
    pub fn explain(&self, targets: &[Target]) -> Result<Vec<Explanation>, Error> {
        let mut found = Vec::new();
        for unit in &self.set.units {
            let own = [self.target_of(unit)?];
            for target in if unit.target.is_some() { &own[..] } else { targets } {
                let planned = self.plan_unit(unit, target)?;
                found.extend(self.explain_unit(unit, target, planned));
            }
        }
        Ok(found)
    }

    fn explain_unit(&self, unit: &HeaderUnit, target: &Target, planned: UnitPlan) -> Vec<Explanation> {
        let ir = self.lookup_ir(&planned).hit();
        let UnitPlan { request, outputs, .. } = planned;
        let explain = |output: super::OutputPlan| {
            let answer = match output.lookup {
                Lookup::Hit(hit) => Answer::Served {
                    entry: format!("{}/{}", Layer::output(&output.writer.name).path(), hit.slug),
                    because: because(&hit, &output.writer),
                },
                Lookup::Miss(MissReason::NotKept) => Answer::NotKept,
                Lookup::Miss(reason) => {
                    let layer = Layer::output(&output.writer.name);
                    let roots = &self.set.roots;
                    let of = |layer, writer| {
                        self.stores.iter().find_map(|store| store.nearest(layer, &request, writer, roots))
                    };
                    // Where no output is alike, the IR tells as much about the header.
                    let nearest = of(&layer, Some(&output.writer));
                    let nearest = nearest.or_else(|| of(&Layer::Ir, None).filter(|_| ir.is_none()));
                    Answer::Missed {
                        reason,
                        nearest: nearest.map(Box::new),
                        ir: ir.as_ref().map(|hit| format!("{}/{}", Layer::Ir.path(), hit.slug)),
                    }
                }
            };
            Explanation {
                header: unit.name.clone(),
                writer: output.writer.name,
                target: target.clone(),
                answer,
            }
        };
        outputs.into_iter().map(explain).collect()
    }
}

fn because(hit: &Hit, writer: &WriterId) -> Vec<String> {
    let metadata = &hit.metadata;
    let inputs = &metadata.inputs;
    let list = |items: &[String]| {
        let quoted: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
        if quoted.is_empty() { "none".to_owned() } else { quoted.join(" ") }
    };
    let mut found = vec![format!(
        "its key is that of the request: target {}, language {}, scope {}, include dirs {}, defines {}, clang arguments \
         {}, schema {}",
        inputs.target,
        inputs.language,
        inputs.scope,
        list(&inputs.include_dirs),
        list(&inputs.defines),
        list(&inputs.arguments),
        inputs.schema_version
    )];
    let options: Vec<String> =
        writer.options.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    found.push(format!(
        "the writer {} has version {} and {}, as when it was made",
        writer.name,
        if writer.version.is_empty() { "none" } else { &writer.version },
        if options.is_empty() { "no options".to_owned() } else { format!("the options {}", list(&options)) }
    ));
    let dependencies = &metadata.dependencies;
    let files = dependencies.files.iter().chain(&dependencies.bound);
    let files: Vec<String> = files.map(|file| file.name.clone()).collect();
    if hit.notes.is_empty() {
        let read = if files.is_empty() {
            String::new()
        } else {
            format!(", and what it includes: {}", list(&files))
        };
        found.push(format!("`{}` is unchanged{read}", inputs.header));
    }
    found.extend(hit.notes.iter().cloned());
    if !dependencies.absent.is_empty() {
        found.push(format!("what was looked for in vain is still not there: {}", list(&dependencies.absent)));
    }
    let number = dependencies.system.len().saturating_sub(dependencies.bound.len());
    if number > 0 {
        let other = if dependencies.bound.is_empty() { "" } else { "other " };
        found.push(format!(
            "{other}system headers are not compared; {number} were read, and nothing of the project hides one"
        ));
    }
    let zig =
        metadata.sysroot["zig"].as_str().map(|version| format!(" with the system headers of zig {version}"));
    let directory = metadata.sysroot["directory"].as_str();
    let sysroot =
        directory.map(|dir| format!(" with the system headers in `{dir}`")).or(zig).unwrap_or_default();
    found.push(format!("{} made it{sysroot}; that does not count", metadata.maker()));
    found.push("its content has the digest that it was stored with".into());
    found
}
