#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::{Cell, Interface, Report, State, layout};
use crate::ir::schema;

/// A struct with a bit-field, a gap and a long array; a union inside it.
const RECORD: &str = r#"{"kind":"record","record":"struct","name":"item","size":48,"align":8,"fields":[
  {"name":"tag","type":{"kind":"int","int":"char_s","size":1},"offset_bits":0,"size":1,"align":1},
  {"type":{"kind":"int","int":"int","size":4},"offset_bits":8,"bit_width":3,"size":4,"align":4},
  {"name":"flag","type":{"kind":"int","int":"int","size":4},"offset_bits":11,"bit_width":1,"size":4,"align":4},
  {"name":"raw","type":{"kind":"array","of":{"kind":"int","int":"char_s","size":1},"length":37},
   "offset_bits":16,"size":37,"align":1},
  {"name":"u","type":{"kind":"inline_record","definition":{"record":"union","size":8,"align":8,"fields":[
    {"name":"d","type":{"kind":"float","float":"double","size":8},"offset_bits":0,"size":8,"align":8}]}},
   "offset_bits":320,"size":8,"align":8}],
  "location":{"file":"a<b>.h","line":1,"column":8}}"#;

fn header(target: &str, declarations: &str) -> crate::ir::Header {
    let text = format!(
        r#"{{"schema_version":1,"path":"a<b>.h","target":"{target}","declarations":[{declarations}]}}"#
    );
    schema::from_json(text.as_bytes()).unwrap()
}

fn page(headers: Vec<crate::ir::Header>) -> String {
    let interfaces = vec![Interface { name: "a<b>.h".into(), headers }];
    Report { project: "demo".into(), coverage: Vec::new(), interfaces }.to_html()
}

#[test]
fn what_no_member_fills_is_padding() {
    let header = header("x86_64-linux-gnu", RECORD);
    let (name, shape) = layout::of(&header.declarations[0].kind).unwrap();
    assert_eq!(name, "struct item");
    let parts: Vec<_> =
        shape.parts.iter().map(|part| (part.text.as_str(), part.offset, part.width)).collect();
    assert_eq!(
        parts,
        [
            ("char tag", 0, 8),
            ("padding", 8, 3),
            ("int flag : 1", 11, 1),
            ("padding", 12, 4),
            ("char raw[37]", 16, 296),
            ("padding", 312, 8),
            ("union { … } u", 320, 64),
        ]
    );
    assert!(shape.parts[6].inside.as_ref().is_some_and(|inside| inside.is_union && inside.parts.len() == 1));
}

#[test]
fn only_what_differs_names_its_targets() {
    let other = RECORD.replace("\"size\":48,\"align\":8", "\"size\":56,\"align\":8");
    let same = page(vec![header("x86_64-linux-gnu", RECORD), header("aarch64-linux-gnu", RECORD)]);
    assert!(!same.contains("layout differs") && !same.contains("class=\"caption\""));
    let differing = page(vec![header("x86_64-linux-gnu", RECORD), header("i686-linux-gnu", &other)]);
    assert!(differing.contains("layout differs between targets"));
    assert!(differing.contains("i686-linux-gnu: 56 bytes, aligned to 8"));
    let missing = page(vec![header("x86_64-linux-gnu", RECORD), header("i686-linux-gnu", "")]);
    assert!(missing.contains("only x86_64-linux-gnu"));
}

#[test]
fn names_are_escaped() {
    let coverage = vec![Cell {
        header: "<script>.h".into(),
        writer: "cffi".into(),
        target: "x86_64-linux-gnu".into(),
        state: State::Missing("\"quoted\"".into()),
    }];
    let interfaces =
        vec![Interface { name: "a<b>.h".into(), headers: vec![header("i686-linux-gnu", RECORD)] }];
    let text = Report { project: "<&>".into(), coverage, interfaces }.to_html();
    assert!(!text.contains("<script>.h") && !text.contains("a<b>.h") && text.contains("a&lt;b&gt;.h"));
    assert!(text.contains("Bindings of &lt;&amp;&gt;") && text.contains("&quot;quoted&quot;"));
    assert!(text.contains("0 of 1 outputs stored"));
}
