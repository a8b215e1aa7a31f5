//! PEP 517 config settings: ours are taken out, the rest is the inner backend's.

use serde_json::{Map, Value};

use super::Overrides;
use super::error::{Error, nearest};
use super::place::{Origin, Valued};

const OURS: &[&str] = &["inner-backend", "no-cache", "no-ir-cache", "no-output-cache", "target"];

/// Splits config settings into ours and the inner backend's. Front ends differ in what they pass for
/// no settings, and backends in what they expect, so `None` stays `None` and `{}` stays `{}`.
pub fn take_ours(settings: Option<Value>) -> Result<(Overrides, Option<Value>), Error> {
    let mut rest = match settings {
        None | Some(Value::Null) => return Ok((Overrides::default(), settings)),
        Some(Value::Object(map)) => map,
        Some(other) => return Err(bad("config_settings", format!("expected a table, found `{other}`"))),
    };
    let overrides = Overrides {
        inner_backend: inner_backend(&mut rest)?,
        target: one_text(&mut rest, "target")?,
        no_cache: flag(&mut rest, "no-cache")?,
        no_ir_cache: flag(&mut rest, "no-ir-cache")?,
        no_output_cache: flag(&mut rest, "no-output-cache")?,
        ..Overrides::default()
    };
    if let Some(key) = rest.keys().find(|key| key.starts_with("headerkit.")) {
        let name = key.trim_start_matches("headerkit.");
        let near = nearest(name, OURS.iter().copied()).unwrap_or_else(|| OURS.join("`, `"));
        return Err(bad(key, format!("no such setting; did you mean `{near}`?")));
    }
    Ok((overrides, Some(Value::Object(rest))))
}

/// On or off in any common spelling.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn bad(key: &str, problem: String) -> Error {
    Error::BadSetting { key: key.to_owned(), problem }
}

/// All values given for a setting under any spelling, the qualified spellings last.
fn take(rest: &mut Map<String, Value>, key: &str) -> Vec<(String, Value)> {
    let under = key.replace('-', "_");
    let spellings = [key.to_owned(), under.clone(), format!("headerkit.{key}"), format!("headerkit.{under}")];
    let mut found = Vec::new();
    for spelling in spellings {
        match rest.remove(&spelling) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                found.extend(items.into_iter().map(|item| (spelling.clone(), item)));
            }
            Some(value) => found.push((spelling, value)),
        }
    }
    found
}

fn flag(rest: &mut Map<String, Value>, key: &str) -> Result<Option<Valued<bool>>, Error> {
    let Some((spelling, value)) = take(rest, key).pop() else { return Ok(None) };
    let on = match &value {
        Value::Bool(on) => Some(*on),
        Value::String(text) if text.is_empty() => Some(true),
        Value::String(text) => boolean(text),
        _ => None,
    };
    let on = on.ok_or_else(|| bad(&spelling, format!("{value} is neither on nor off (`true`, `false`)")))?;
    Ok(Some(Valued::new(on, Origin::ConfigSetting(spelling))))
}

fn texts(rest: &mut Map<String, Value>, key: &str) -> Result<Vec<Valued<String>>, Error> {
    let text = |(spelling, value)| match value {
        Value::String(text) if !text.is_empty() => Ok(Valued::new(text, Origin::ConfigSetting(spelling))),
        other => Err(bad(&spelling, format!("expected a name, found {other}"))),
    };
    take(rest, key).into_iter().map(text).collect()
}

fn one_text(rest: &mut Map<String, Value>, key: &str) -> Result<Option<Valued<String>>, Error> {
    Ok(texts(rest, key)?.pop())
}

fn inner_backend(rest: &mut Map<String, Value>) -> Result<Option<Valued<String>>, Error> {
    let mut found = texts(rest, "inner-backend")?;
    if let Some(other) = found.iter().find(|one| one.value != found[0].value) {
        let (first, second) = (&found[0].value, &other.value);
        return Err(bad("inner-backend", format!("given twice, as `{first}` and as `{second}`")));
    }
    Ok(found.pop())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_stays_nothing() {
        for settings in [None, Some(json!({}))] {
            let (overrides, rest) = take_ours(settings.clone()).unwrap();
            assert_eq!(overrides, Overrides::default());
            assert_eq!(rest, settings);
        }
        let (_, rest) = take_ours(Some(json!({"no-cache": ""}))).unwrap();
        assert_eq!(rest, Some(json!({})));
    }

    #[test]
    fn ours_are_taken_in_every_spelling() {
        let (overrides, rest) = take_ours(Some(json!({
            "inner_backend": ["flit_core.buildapi", "flit_core.buildapi"],
            "headerkit.no-cache": "false",
            "no-cache": "true",
            "no_ir_cache": true,
            "no-output-cache": ["0", "yes"],
            "target": ["a", "aarch64-linux-gnu"],
            "--build-option": ["-v"],
            "setup-args": "-Dx=1",
        })))
        .unwrap();
        assert_eq!(overrides.inner_backend.unwrap().value, "flit_core.buildapi");
        let no_cache = overrides.no_cache.unwrap();
        assert_eq!(no_cache, Valued::new(false, Origin::ConfigSetting("headerkit.no-cache".into())));
        assert!(overrides.no_ir_cache.unwrap().value && overrides.no_output_cache.unwrap().value);
        assert_eq!(overrides.target.unwrap().value, "aarch64-linux-gnu");
        assert_eq!(rest, Some(json!({"--build-option": ["-v"], "setup-args": "-Dx=1"})));
    }

    #[test]
    fn nonsense_is_refused() {
        for (settings, expected) in [
            (json!({"no-cache": "maybe"}), "config setting `no-cache`: \"maybe\" is neither on nor off"),
            (json!({"no-cache": 7}), "neither on nor off"),
            (json!({"inner-backend": ["a", "b"]}), "given twice, as `a` and as `b`"),
            (json!({"inner-backend": "a", "headerkit.inner_backend": "b"}), "given twice"),
            (json!({"target": ""}), "config setting `target`: expected a name"),
            (json!({"headerkit.no-cahce": ""}), "did you mean `no-cache`?"),
            (json!(["no-cache"]), "expected a table"),
        ] {
            let error = take_ours(Some(settings)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
