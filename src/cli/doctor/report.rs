//! What `doctor` found, as JSON and for people.

use serde_json::{Map, Value, json};

/// What was found, in the order of telling.
#[derive(Default)]
pub(super) struct Report {
    sections: Map<String, Value>,
    problems: Vec<Problem>,
}

struct Problem {
    is_error: bool,
    text: String,
    remedies: Vec<String>,
}

impl Report {
    pub(super) fn section(&mut self, name: &str, value: Value) {
        self.sections.insert(name.into(), value);
    }

    pub(super) fn error(&mut self, text: String, remedies: Vec<String>) {
        self.problems.push(Problem { is_error: true, text, remedies });
    }

    pub(super) fn warning(&mut self, text: String, remedies: &[&str]) {
        let remedies = remedies.iter().map(|&text| text.to_owned()).collect();
        self.problems.push(Problem { is_error: false, text, remedies });
    }

    pub(super) fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.is_error)
    }

    pub(super) fn json(mut self) -> String {
        let one = |problem: &Problem| {
            let severity = if problem.is_error { "error" } else { "warning" };
            json!({"severity": severity, "message": problem.text, "remedies": problem.remedies})
        };
        let problems = self.problems.iter().map(one).collect();
        self.sections.insert("problems".into(), problems);
        format!("{:#}\n", Value::Object(self.sections))
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.sections {
            tell(name, value, 0, &mut text);
        }
        text.push('\n');
        for problem in &self.problems {
            let severity = if problem.is_error { "error" } else { "warning" };
            text.push_str(&format!("{severity}: {}\n", problem.text));
            problem.remedies.iter().for_each(|remedy| text.push_str(&format!("  remedy: {remedy}\n")));
        }
        if self.problems.is_empty() {
            text.push_str("no problems found\n");
        }
        text
    }
}

/// A member as `name: value`, what it contains indented below.
fn tell(name: &str, value: &Value, depth: usize, text: &mut String) {
    // Names of ours; those of targets, writers and variables stay as they are.
    let is_ours = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let name = if is_ours { name.replace('_', " ") } else { name.to_owned() };
    let start = format!("{:1$}{name}:", "", depth * 2);
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push_str(&format!("{start}\n"));
            members.iter().for_each(|(name, value)| tell(name, value, depth + 1, text));
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str(&format!("{start}\n"));
            for item in items {
                let item = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                text.push_str(&format!("{:1$}{item}\n", "", depth * 2 + 2));
            }
        }
        Value::Null | Value::Object(_) | Value::Array(_) => text.push_str(&format!("{start} none\n")),
        Value::String(value) => text.push_str(&format!("{start} {value}\n")),
        Value::Bool(value) => text.push_str(&format!("{start} {}\n", if *value { "yes" } else { "no" })),
        other => text.push_str(&format!("{start} {other}\n")),
    }
}
