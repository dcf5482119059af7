//! The table, as the README prints it.

use std::collections::BTreeSet;

const README: &str = include_str!("../../README.md");
/// The heading that the sections of the table stand under.
const CHAPTER: &str = "## What is there";

/// A row: a slug, what it stands for, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) slug: String,
    pub(crate) status: String,
}

impl Row {
    /// Whether the sandbox claims to do this.
    pub(crate) fn is_there(&self) -> bool {
        self.status.starts_with("there")
    }

    /// The quirk that decides on it.
    pub(crate) fn quirk(&self) -> Option<&str> {
        self.status.strip_prefix("there as a quirk: `")?.split('`').next()
    }

    /// Whether an error comes by ordinary use, and not by a planted fault alone.
    pub(crate) fn comes_by_use(&self) -> bool {
        self.status.starts_with("there, by use")
    }
}

/// Every row, in order.
pub(crate) fn rows() -> Vec<Row> {
    let chapter = README.split(CHAPTER).nth(1).unwrap();
    let mut rows = Vec::new();
    for line in chapter.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, slug, what, status, _] = cells.as_slice() else { continue };
        let Some(slug) = slug.strip_prefix('`').and_then(|slug| slug.strip_suffix('`')) else { continue };
        assert!(!what.is_empty(), "{slug} says what it is");
        rows.push(Row { slug: slug.to_owned(), status: (*status).to_owned() });
    }
    rows
}

#[test]
fn each_row_has_its_own_slug_and_one_of_three_verdicts() {
    let mut slugs = BTreeSet::new();
    for row in rows() {
        assert!(slugs.insert(row.slug.clone()), "{} comes twice", row.slug);
        let right = match row.quirk() {
            Some(name) => link_sandbox::QUIRKS.iter().any(|(known, _)| *known == name),
            None => row.is_there() || row.status.starts_with("left out, because "),
        };
        assert!(right, "{}: {}", row.slug, row.status);
    }
    assert!(slugs.len() > 250, "the table was found");
}

#[test]
fn every_quirk_has_a_row() {
    let rows = rows();
    for (name, _) in link_sandbox::QUIRKS {
        assert!(rows.iter().any(|row| row.quirk() == Some(name)), "{name}");
    }
}
