//! Line differences for people.

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// The difference of two texts in unified format, without the lines that name the files.
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = script(&old, &new);
    let mut text = String::new();
    let mut at = 0;
    while let Some(first) = (at..lines.len()).find(|&index| lines[index].0 != ' ') {
        // A hunk ends where more lines are unchanged than two contexts show.
        let mut last = first;
        while let Some(next) =
            (last + 1..lines.len().min(last + 2 * CONTEXT + 2)).find(|&i| lines[i].0 != ' ')
        {
            last = next;
        }
        let (start, end) = (first.saturating_sub(CONTEXT).max(at), (last + CONTEXT + 1).min(lines.len()));
        let count = |lines: &[(char, &str)], kind| lines.iter().filter(|line| line.0 != kind).count();
        let (before, inside) = (&lines[..start], &lines[start..end]);
        let range = |kind| {
            let length = count(inside, kind);
            (count(before, kind) + usize::from(length > 0), length)
        };
        let ((old_at, old_length), (new_at, new_length)) = (range('+'), range('-'));
        text.push_str(&format!("@@ -{old_at},{old_length} +{new_at},{new_length} @@\n"));
        inside.iter().for_each(|(kind, line)| text.push_str(&format!("{kind}{line}\n")));
        at = end;
    }
    text
}

/// Lines with ' ', '-' or '+', by a longest common subsequence.
fn script<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len()
            && (j == new.len() || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_what_patch_expects() {
        assert_eq!(unified("a\n", "a\n"), "");
        assert_eq!(unified("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let new = "1\n2\nnew\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
        let expected =
            "@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+new\n 4\n 5\n 6\n@@ -10,3 +10,4 @@\n 10\n 11\n 12\n+13\n";
        assert_eq!(unified(old, new), expected);
    }
}
