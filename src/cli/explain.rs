//! `store explain`.

use serde_json::{Value, json};

use super::args::{Explain, Generate};
use super::{Failure, check, render};
use crate::generate::{Answer, Explanation, Session};
use crate::store::{Difference, Nearest};

pub(super) fn run(arguments: &Explain) -> Result<(), Failure> {
    let wanted = Generate {
        headers: arguments.headers.clone(),
        writers: arguments.writers.clone(),
        reading: arguments.reading.clone(),
        writer_options: arguments.writer_options.clone(),
        common: arguments.common.clone(),
        ..Generate::default()
    };
    let project = check::project(&wanted, &arguments.targets)?;
    // Those that are declared have to be asked for: one answer is enough most times.
    let targets = if arguments.targets.is_empty() { &project.targets[..1] } else { &project.targets[..] };
    let found = project.session.explain(targets)?;
    let text = if arguments.json {
        let rows: Vec<Value> = found.iter().map(|one| as_json(one, &project.session)).collect();
        let store = project.session.store_dir().display().to_string();
        format!("{:#}\n", json!({"store": store, "outputs": rows}))
    } else {
        found.iter().map(|one| told(one, &project.session)).collect::<Vec<_>>().join("\n")
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

fn told(found: &Explanation, session: &Session) -> String {
    let Explanation { header, writer, target, answer } = found;
    let mut text = format!("{header}, {writer}, {target}: ");
    let line = |line: &dyn std::fmt::Display| format!("  {line}\n");
    match answer {
        Answer::NotKept => return text + "outputs of this writer are not stored\n",
        Answer::Served { entry, because } => {
            let reasons: String = because.iter().map(|reason| line(reason)).collect();
            return format!("{text}served from `{entry}`, because\n{reasons}");
        }
        Answer::Missed { nearest, ir, .. } => {
            match nearest {
                None => text.push_str("not in the store, and nothing that is alike\n"),
                Some(nearest) => {
                    text.push_str(&format!("not in the store. Nearest is `{}`, but\n", entry(nearest)));
                    text.extend(nearest.differences.iter().map(|difference| line(difference)));
                    text.push_str(&line(&format!(
                        "({} made it, which does not count)",
                        nearest.metadata.maker()
                    )));
                }
            }
            text.extend(ir.iter().map(|ir| line(&from_ir(ir))));
        }
    }
    text.push_str(&format!("hint: `{}` stores it\n", remedy(found, session)));
    text
}

fn from_ir(ir: &str) -> String {
    format!("`{ir}` has the parsed header, so that it can be written without libclang")
}

fn entry(nearest: &Nearest) -> String {
    format!("{}/{}", nearest.layer.path(), nearest.slug)
}

/// The command that stores the output, word for word.
fn remedy(found: &Explanation, session: &Session) -> String {
    let words = &session.config.typed.words;
    if found.target == session.target {
        return format!("headerkit-backend generate{words}");
    }
    format!("headerkit-backend cache populate{words} --target {}", found.target)
}

fn as_json(found: &Explanation, session: &Session) -> Value {
    let mut value = json!({
        "header": found.header,
        "writer": found.writer,
        "target": found.target.to_string(),
    });
    match &found.answer {
        Answer::NotKept => value["answer"] = "not kept".into(),
        Answer::Served { entry, because } => {
            value["answer"] = "served".into();
            value["entry"] = entry.as_str().into();
            value["because"] = json!(because);
        }
        Answer::Missed { reason, nearest, ir } => {
            value["answer"] = "missing".into();
            value["reason"] = reason.to_string().into();
            value["ir"] = json!(ir);
            value["remedy"] = remedy(found, session).into();
            if let Some(nearest) = nearest {
                value["nearest"] = json!({
                    "entry": entry(nearest),
                    "libclang_version": nearest.metadata.libclang_version,
                    "differences": nearest.differences.iter().map(difference).collect::<Vec<_>>(),
                });
            }
        }
    }
    value
}

fn difference(found: &Difference) -> Value {
    let mut value = json!({"what": found.kind(), "text": found.to_string()});
    match found {
        Difference::Input { stored, wanted, .. } => {
            value["stored"] = json!(stored);
            value["wanted"] = json!(wanted);
        }
        Difference::Writer { stored, wanted } => {
            value["stored"] = json!(stored);
            value["wanted"] = json!(wanted);
        }
        Difference::Option { name, stored, wanted } => {
            value["name"] = name.as_str().into();
            value["stored"] = json!(stored);
            value["wanted"] = json!(wanted);
        }
        Difference::File { name, .. } => value["name"] = name.as_str().into(),
        Difference::Damage(_) => {}
    }
    value
}
