//! A page as Markdown (GitHub's, for its tables), to be edited or mailed. This is the only place that escapes for it.

use super::{Block, Cell, Page, Parts, Table, words};
use crate::report::text::{count, escaped, percent};
use std::io::{self, Write};

/// Writes a page as Markdown.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_markdown(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    writeln!(out, "# {}\n\n{}\n", plain(&page.headline), plain(&page.kind))?;
    page.lead.iter().try_for_each(|block| write_block(out, block))?;
    for section in &page.sections {
        writeln!(out, "{} {}\n", "#".repeat(usize::from(section.level)), plain(&section.title))?;
        section.blocks.iter().try_for_each(|block| write_block(out, block))?;
    }
    Ok(())
}

fn write_block(out: &mut dyn Write, block: &Block) -> io::Result<()> {
    match block {
        Block::Text(text) => writeln!(out, "{}\n", rich(text)),
        Block::Alert(text) => writeln!(out, "> **{}**\n", rich(text)),
        Block::Blank(text) => writeln!(out, "- [ ] **To be filled in:** {}\n", rich(text)),
        Block::Items(items) => {
            items.iter().try_for_each(|item| writeln!(out, "- {}", rich(item)))?;
            writeln!(out)
        }
        Block::Terms(terms) => {
            terms.iter().try_for_each(|(term, meaning)| writeln!(out, "- **{}**: {}", plain(term), rich(meaning)))?;
            writeln!(out)
        }
        Block::Parts(parts) => write_parts(out, parts),
        Block::Table(table) => write_table(out, table),
    }
}

fn write_parts(out: &mut dyn Write, Parts { caption, parts }: &Parts) -> io::Result<()> {
    let whole = parts.iter().map(|part| part.count).sum();
    writeln!(out, "{}:\n", plain(caption))?;
    for part in parts {
        writeln!(out, "- **{}** {} ({})", count(part.count), plain(&part.label), percent(part.count, whole))?;
    }
    writeln!(out)
}

fn write_table(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    if table.rows.is_empty() {
        return writeln!(out, "{}: none.\n", plain(&table.caption));
    }
    writeln!(out, "**{}**\n", plain(&table.caption))?;
    let has_notes = table.rows.iter().any(|row| !row.note.is_empty());
    let notes = has_notes.then(String::new);
    let heads = table.columns.iter().map(|column| plain(column)).chain(notes);
    writeln!(out, "| {} |", heads.collect::<Vec<_>>().join(" | "))?;
    let aligned = table.rows[0].cells.iter().map(|cell| if matches!(cell, Cell::Text(_)) { "---" } else { "---:" });
    let aligned = std::iter::once("---").chain(aligned).chain(has_notes.then_some("---"));
    writeln!(out, "| {} |", aligned.collect::<Vec<_>>().join(" | "))?;
    for row in &table.rows {
        let head = if row.head.is_empty() { "(empty)".into() } else { plain(&row.head) };
        let badge = row.badge.map(|badge| format!(" **({badge})**")).unwrap_or_default();
        let cells = row.cells.iter().map(|cell| match cell {
            Cell::Text(text) => plain(text),
            Cell::Count(n, _) => count(*n),
            Cell::Share(part, whole) => percent(*part, *whole),
        });
        let cells = std::iter::once(head + &badge).chain(cells).chain(has_notes.then(|| plain(&row.note)));
        writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    writeln!(out)?;
    table.rest.iter().try_for_each(|rest| writeln!(out, "{}\n", rich(rest)))
}

/// A text in which backticks set code.
fn rich(text: &str) -> String {
    let part = |(part, is_code): (&str, bool)| if is_code { format!("`{}`", escaped(part)) } else { plain(part) };
    words::code_parts(text).into_iter().map(part).collect()
}

/// A text that is nothing but text: no link, picture, emphasis, tag or cell border.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let text = escaped(text);
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' | '@' => out.extend(['\\', c]),
            // An address would become a link.
            ':' if text[at..].starts_with("://") => out.push_str("\\:"),
            '.' if text[..at].to_ascii_lowercase().ends_with("www") => out.push_str("\\."),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::{Row, Section};

    fn markdown(page: &Page) -> String {
        let mut out = Vec::new();
        write_markdown(&mut out, page).expect("memory takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn what_comes_from_outside_is_text() {
        let check = |text: &str, want: &str| assert_eq!(plain(text), want, "{text:?}");
        check("Acme, owners (2021-07)", "Acme, owners (2021-07)");
        check("a|b", "a\\|b");
        check("[x](http://x.example)", "\\[x\\](http\\://x.example)");
        check("WWW.x.example", "WWW\\.x.example");
        check("![p](x) <b>&*_`~#", "\\!\\[p\\](x) &lt;b&gt;&amp;\\*\\_\\`\\~\\#");
        check("a\n# b\u{202e}\\", "a\\\\u{a}\\# b\\\\u{202e}\\\\");
        assert_eq!(rich("see `a|b` and c|d"), "see `a|b` and c\\|d");
        assert_eq!(rich("one ` alone"), "one \\` alone");
    }

    #[test]
    fn tables_have_as_many_cells_in_every_line() {
        let row = |note: &str| Row {
            head: "a|b".into(),
            badge: Some("first"),
            note: note.into(),
            cells: vec![Cell::Count(1234, "x".into()), Cell::Share(1, 4), Cell::Text("t|t".into())],
            ..Row::default()
        };
        let table = Table::new("What | how", &["Name", "People", "Share", "Text"], vec![row(""), row("note")]);
        let page = Page { sections: vec![Section::new("One", vec![Block::Table(table)])], ..Page::default() };
        let text = markdown(&page);
        let want = "## One\n\n**What \\| how**\n
| Name | People | Share | Text |  |
| --- | ---: | ---: | --- | --- |
| a\\|b **(first)** | 1,234 | 25.0 % | t\\|t |  |
| a\\|b **(first)** | 1,234 | 25.0 % | t\\|t | note |
";
        assert!(text.contains(want), "{text}");
    }
}
