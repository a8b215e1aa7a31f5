//! `[tool.cibuildwheel]`, as far as it says what is built: `build`, `skip`, `archs` and `enable`, each for all platforms
//! or for one, and the `CIBW_*` variables that win over them.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::document::{Document, Node};
use super::error::Error;
use super::place::{Origin, Place, Text};
use super::read::one_of;

const OPTIONS: &[&str] = &["build", "skip", "archs", "enable"];
/// The platforms that cibuildwheel has tables for.
const PLATFORMS: &[&str] = &["linux", "macos", "windows", "android", "ios", "pyodide"];

/// What the table says.
#[derive(Debug, Default)]
pub struct Cibuildwheel {
    /// Option to value, by platform; the empty platform is the table itself.
    options: BTreeMap<(String, String), Vec<Text>>,
    /// How a value joins the one that it would replace, under the same keys.
    rules: BTreeMap<(String, String), Rule>,
    /// `[project] requires-python`, or the variable that replaces it.
    pub requires_python: Option<Text>,
    /// The platforms that have a table.
    pub platforms: Vec<(String, Place)>,
    /// The only platform that is built for, if `CIBW_PLATFORM` names one.
    pub platform: Option<Text>,
    environment: BTreeMap<String, String>,
}

/// `inherit`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Rule {
    #[default]
    Replace,
    Append,
    Prepend,
}

impl Cibuildwheel {
    /// Reads the project's pyproject.toml. `None` if it has no such table and the environment says nothing either.
    pub fn read(project: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let mut found = Cibuildwheel::default();
        let mut is_there = false;
        if let Some(document) = Document::read(&project.join("pyproject.toml"), "pyproject.toml".as_ref())? {
            let tree = document.parse()?;
            let below = |path: &[&str]| -> Option<&DeTable<'_>> {
                let mut table = &tree;
                for name in path {
                    table = table.get(*name)?.get_ref().as_table()?;
                }
                Some(table)
            };
            if let Some(table) = below(&["tool", "cibuildwheel"]) {
                is_there = true;
                found.read_table("", &document.entries("tool.cibuildwheel", table))?;
                for &platform in PLATFORMS {
                    let Some(table) = table.get(platform).and_then(|value| value.get_ref().as_table()) else {
                        continue;
                    };
                    let key = format!("tool.cibuildwheel.{platform}");
                    let entries = document.entries(&key, table);
                    if let Some((_, node)) = entries.first() {
                        found.platforms.push((platform.to_owned(), node.key_place()));
                    }
                    found.read_table(platform, &entries)?;
                }
            }
            if let Some(table) = below(&["project"])
                && let Some(value) = table.get("requires-python")
                && let DeValue::String(text) = value.get_ref()
            {
                let place = document.place("project.requires-python", value.span());
                found.requires_python = Some(Text { written: text.to_string(), place });
            }
        }
        found.read_environment(environment, &mut is_there);
        if let Some(text) = found.platform.as_ref().filter(|text| !PLATFORMS.contains(&text.written.as_str()))
        {
            return Err(one_of(text, PLATFORMS));
        }
        Ok(is_there.then_some(found))
    }

    fn read_table(&mut self, platform: &str, entries: &[(String, Node<'_>)]) -> Result<(), Error> {
        for (name, node) in entries {
            if OPTIONS.contains(&name.as_str()) {
                let texts = if node.is_list() { node.texts()? } else { vec![node.text()?] };
                self.options.insert((name.clone(), platform.to_owned()), texts);
            }
            if name == "inherit" && node.is_table() {
                for (option, rule) in node.entries()? {
                    let text = rule.text()?;
                    let rule = match text.written.as_str() {
                        "none" => Rule::Replace,
                        "append" => Rule::Append,
                        "prepend" => Rule::Prepend,
                        _ => return Err(one_of(&text, &["none", "append", "prepend"])),
                    };
                    self.rules.insert((option, platform.to_owned()), rule);
                }
            }
        }
        Ok(())
    }

    fn read_environment(&mut self, environment: &dyn Fn(&str) -> Option<String>, is_there: &mut bool) {
        let upper = |name: &str| format!("CIBW_{}", name.to_ascii_uppercase());
        let mut names: Vec<String> = OPTIONS.iter().map(|name| upper(name)).collect();
        names
            .extend(PLATFORMS.iter().map(|platform| format!("CIBW_ARCHS_{}", platform.to_ascii_uppercase())));
        for name in names {
            if let Some(value) = environment(&name) {
                *is_there = true;
                self.environment.insert(name, value);
            }
        }
        let name = "CIBW_PROJECT_REQUIRES_PYTHON";
        if let Some(value) = environment(name).filter(|value| !value.is_empty()) {
            self.requires_python = Some(Text::of("requires-python", value, Origin::Environment(name.into())));
        }
        let name = "CIBW_PLATFORM";
        if let Some(value) = environment(name).filter(|value| !value.is_empty() && value != "auto") {
            *is_there = true;
            self.platform = Some(Text::of("platform", value, Origin::Environment(name.into())));
        }
    }

    /// The words of an option for a platform, as cibuildwheel's cascade has it: table, platform's table, environment.
    /// Empty values of `archs` do not count.
    pub fn words(&self, option: &str, platform: &str) -> Vec<Text> {
        let upper = option.to_ascii_uppercase();
        let mut words: Vec<Text> = Vec::new();
        for scope in ["", platform] {
            let key = (option.to_owned(), scope.to_owned());
            if let Some(texts) = self.options.get(&key) {
                let rule = self.rules.get(&key).copied().unwrap_or_default();
                join(&mut words, split(option, texts), rule, option);
            }
        }
        let mut variables = vec![format!("CIBW_{upper}")];
        if option == "archs" {
            variables.push(format!("CIBW_{upper}_{}", platform.to_ascii_uppercase()));
        }
        for name in variables {
            if let Some(value) = self.environment.get(&name) {
                let rule = if option == "enable" { Rule::Append } else { Rule::Replace };
                let text = Text::of(option, value, Origin::Environment(name));
                join(&mut words, split(option, &[text]), rule, option);
            }
        }
        words
    }
}

fn split(option: &str, texts: &[Text]) -> Vec<Text> {
    let is_space = |c: char| c.is_whitespace() || (option == "archs" && c == ',');
    let words = texts.iter().flat_map(|text| {
        let words = text.written.split(is_space).filter(|word| !word.is_empty());
        words.map(|word| Text { written: word.to_owned(), place: text.place.clone() })
    });
    words.collect()
}

fn join(words: &mut Vec<Text>, mut more: Vec<Text>, rule: Rule, option: &str) {
    match rule {
        Rule::Replace if more.is_empty() && option == "archs" => {}
        Rule::Replace => *words = more,
        Rule::Append => words.append(&mut more),
        Rule::Prepend => {
            more.append(words);
            *words = more;
        }
    }
}
