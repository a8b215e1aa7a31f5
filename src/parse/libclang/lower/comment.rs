//! Doc comments without their markers.

/// The text of a comment (or of several line comments), with the margin removed.
pub fn clean(comment: &str) -> String {
    let lines: Vec<String> = comment.lines().map(|line| strip(line.trim())).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |index| index + 1);
    lines[first..last].join("\n")
}

fn strip(line: &str) -> String {
    let opened = ["/**", "/*!", "/*", "///", "//!", "//"].iter().find_map(|marker| line.strip_prefix(marker));
    let text = opened.unwrap_or(line);
    let text = text.strip_suffix("*/").map_or(text, |text| text.trim_end_matches('*'));
    let text = text.strip_prefix('<').filter(|_| opened.is_some()).unwrap_or(text);
    // The star of a margin; a star that is part of the text has no space or end after it.
    let margin = text.trim_start().trim_start_matches('*');
    let has_margin = opened.is_none() && text.trim_start().starts_with('*');
    let text = if has_margin && (margin.is_empty() || margin.starts_with(' ')) { margin } else { text };
    text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn markers_go() {
        assert_eq!(clean("/** One line. */"), "One line.");
        assert_eq!(clean("/**\n * First.\n *\n *   indented\n */"), "First.\n\n  indented");
        assert_eq!(clean("/// a\n/// b"), "a\nb");
        assert_eq!(clean("/**< after */"), "after");
        assert_eq!(clean("/*!\n text **bold**\n **/"), "text **bold**");
        assert_eq!(clean("/***/"), "");
    }
}
