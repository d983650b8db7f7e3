//! A page as one file of HTML: nothing is loaded, nothing runs, and this is the only place that escapes for it.

use super::{Block, Cell, Mark, Page, Part, Parts, Row, Section, Table, Tone, length};
use crate::report::text::{count, escaped, percent};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The style of the page. It names no address, and the policy allows just these bytes.
const STYLE: &str = include_str!("style.css");

/// Tables with more columns are wider than a telephone and get a frame that scrolls.
const NARROW_COLUMNS: usize = 3;

/// Writes a page as HTML.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_html(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    let mut html = Html(String::new());
    html.head(page);
    html.raw("<body>\n<main>\n<header>\n");
    html.element("p", "kind", &page.kind);
    html.element("h1", "", &page.headline);
    html.raw("</header>\n<section class=\"lead\" aria-label=\"The answer\">\n");
    html.blocks(&page.lead, "lead");
    html.raw("</section>\n");
    html.contents(&page.sections);
    for (number, section) in page.sections.iter().enumerate() {
        html.section(number + 1, section);
    }
    html.raw("</main>\n</body>\n</html>\n");
    out.write_all(html.0.as_bytes())
}

/// HTML that is being written.
struct Html(String);

impl Html {
    /// Markup of our own.
    fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// A text from anywhere. No line ends before a sign of per cent.
    fn text(&mut self, text: &str) {
        let text = escaped(text);
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                ' ' if rest.as_str().starts_with('%') => self.raw("&nbsp;"),
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                c => self.0.push(c),
            }
        }
    }

    /// A text in which backticks set code.
    fn rich(&mut self, text: &str) {
        for (part, is_code) in super::words::code_parts(text) {
            match is_code {
                true => self.element("code", "", part),
                false => self.text(part),
            }
        }
    }

    /// An element with nothing but a text in it. Inline ones stand in a line.
    fn element(&mut self, tag: &str, class: &str, text: &str) {
        self.open(tag, class);
        self.text(text);
        self.close(tag);
    }

    fn open(&mut self, tag: &str, class: &str) {
        match class {
            "" => self.raw(&format!("<{tag}>")),
            class => self.raw(&format!("<{tag} class=\"{class}\">")),
        }
    }

    fn close(&mut self, tag: &str) {
        let end = if matches!(tag, "code" | "span" | "strong") { "" } else { "\n" };
        self.raw(&format!("</{tag}>{end}"));
    }

    fn head(&mut self, page: &Page) {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            base64(&Sha256::digest(STYLE))
        );
        self.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        self.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n"));
        self.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        self.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n");
        self.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
        self.element("title", "", &format!("{} \u{2013} {}", page.headline, page.kind));
        self.raw("<style>");
        self.raw(STYLE);
        self.raw("</style>\n</head>\n");
    }

    fn contents(&mut self, sections: &[Section]) {
        if sections.len() < 3 {
            return;
        }
        self.raw("<nav aria-label=\"Contents\">\n<ul>\n");
        for (number, section) in sections.iter().enumerate().filter(|(_, section)| section.level == 2) {
            self.raw(&format!("<li><a href=\"#part-{}\">", number + 1));
            self.text(&section.title);
            self.raw("</a></li>\n");
        }
        self.raw("</ul>\n</nav>\n");
    }

    fn section(&mut self, number: usize, section: &Section) {
        let level = section.level;
        self.raw(&format!("<section>\n<h{level} id=\"part-{number}\">"));
        self.text(&section.title);
        self.raw(&format!("</h{level}>\n"));
        self.blocks(&section.blocks, &format!("part-{number}"));
        self.raw("</section>\n");
    }

    /// The blocks of a part of the page; `part` makes the names in it unique.
    fn blocks(&mut self, blocks: &[Block], part: &str) {
        for (number, block) in blocks.iter().enumerate() {
            match block {
                Block::Text(text) => self.paragraph("", text),
                Block::Alert(text) => self.paragraph("alert", text),
                Block::Blank(text) => self.paragraph("blank", text),
                Block::Items(items) => {
                    self.raw("<ul>\n");
                    for item in items {
                        self.raw("<li>");
                        self.rich(item);
                        self.raw("</li>\n");
                    }
                    self.raw("</ul>\n");
                }
                Block::Terms(terms) => {
                    self.raw("<dl>\n");
                    for (term, meaning) in terms {
                        self.element("dt", "", term);
                        self.raw("<dd>");
                        self.rich(meaning);
                        self.raw("</dd>\n");
                    }
                    self.raw("</dl>\n");
                }
                Block::Parts(parts) => self.parts(parts),
                Block::Table(table) => self.table(table, &format!("{part}-table-{number}")),
            }
        }
    }

    fn paragraph(&mut self, class: &str, text: &str) {
        self.open("p", class);
        self.rich(text);
        self.close("p");
    }

    /// Large numbers over one bar.
    fn parts(&mut self, Parts { caption, parts }: &Parts) {
        let whole = parts.iter().map(|part| part.count).sum();
        self.raw("<figure class=\"parts\">\n");
        self.element("figcaption", "", caption);
        let lengths: Vec<(f64, Tone)> = parts.iter().map(|part| (length(part.count, whole), part.tone)).collect();
        self.stack(&lengths, 14);
        self.raw("<ul>\n");
        for Part { label, count: n, key, tone } in parts {
            self.raw(&format!("<li class=\"{}\"><strong data-key=\"", tone_class(*tone)));
            self.text(key);
            self.raw(&format!("\">{}</strong> ", count(*n)));
            self.element("span", "label", label);
            self.raw(" ");
            self.element("span", "share", &percent(*n, whole));
            self.raw("</li>\n");
        }
        self.raw("</ul>\n</figure>\n");
    }

    fn table(&mut self, table: &Table, id: &str) {
        if table.rows.is_empty() {
            return self.paragraph("", &format!("{}: none.", table.caption));
        }
        let is_wide = table.columns.len() > NARROW_COLUMNS;
        if is_wide {
            self.raw(&format!("<div class=\"frame\" role=\"group\" tabindex=\"0\" aria-labelledby=\"{id}\">\n"));
        }
        self.raw(&format!("<table>\n<caption id=\"{id}\">"));
        self.text(&table.caption);
        self.raw("</caption>\n<thead>\n<tr>");
        for (place, column) in table.columns.iter().enumerate() {
            let is_number = place > 0 && table.rows[0].cells.get(place - 1).is_some_and(is_number);
            self.raw(if is_number { "<th scope=\"col\" class=\"n\">" } else { "<th scope=\"col\">" });
            self.text(column);
            if place == 0 {
                self.axis(&table.axis);
            }
            self.raw("</th>");
        }
        self.raw("</tr>\n</thead>\n<tbody>\n");
        table.rows.iter().for_each(|row| self.row(row));
        self.raw("</tbody>\n</table>\n");
        if is_wide {
            self.raw("</div>\n");
        }
        if let Some(rest) = &table.rest {
            self.paragraph("rest", rest);
        }
    }

    fn row(&mut self, row: &Row) {
        self.raw("<tr><th scope=\"row\">");
        self.element("span", "name", if row.head.is_empty() { "(empty)" } else { &row.head });
        if let Some(badge) = row.badge {
            self.raw(" ");
            self.element("span", "badge", badge);
        }
        if !row.note.is_empty() {
            self.raw(" ");
            self.element("span", "note", &row.note);
        }
        if let Some(mark) = row.mark {
            self.mark(mark);
        }
        self.raw("</th>");
        for cell in &row.cells {
            match cell {
                Cell::Text(text) => {
                    self.raw("<td>");
                    self.text(text);
                }
                Cell::Count(n, key) if key.is_empty() => self.raw(&format!("<td class=\"n\">{}", count(*n))),
                Cell::Count(n, key) => {
                    self.raw("<td class=\"n\" data-key=\"");
                    self.text(key);
                    self.raw(&format!("\">{}", count(*n)));
                }
                Cell::Share(part, whole) => self.raw(&format!("<td class=\"n\">{}", percent(*part, *whole))),
            }
            self.raw("</td>");
        }
        self.raw("</tr>\n");
    }

    fn mark(&mut self, mark: Mark) {
        match mark {
            Mark::Bar(length) => self.stack(&[(length, Tone::Bad)], 8),
            Mark::Stack([exposed, not_found, unknown]) => {
                self.stack(&[(exposed, Tone::Bad), (not_found, Tone::Calm), (unknown, Tone::Open)], 8);
            }
            Mark::Span(span, at) => {
                self.svg(12);
                self.raw("<rect class=\"track\" y=\"5\" width=\"100%\" height=\"2\"/>");
                if let Some((from, through)) = span {
                    self.rect("calm", from, through - from, 2, 8);
                }
                if let Some(at) = at {
                    self.raw(&format!("<circle class=\"bad\" cx=\"{}\" cy=\"6\" r=\"5\"/>", share(at)));
                }
                self.raw("</svg>");
            }
        }
    }

    /// Lengths one behind the other.
    fn stack(&mut self, lengths: &[(f64, Tone)], height: u32) {
        self.svg(height);
        self.raw("<rect class=\"track\" width=\"100%\" height=\"100%\"/>");
        let mut begin = 0.0;
        for (length, tone) in lengths.iter().filter(|(length, _)| *length > 0.0) {
            self.rect(tone_class(*tone), begin, *length, 0, height);
            begin += length;
        }
        self.raw("</svg>");
    }

    fn svg(&mut self, height: u32) {
        self.raw(&format!("<svg aria-hidden=\"true\" focusable=\"false\" width=\"100%\" height=\"{height}\">"));
    }

    /// A rectangle that can be seen, however short it is.
    fn rect(&mut self, class: &str, begin: f64, length: f64, y: u32, height: u32) {
        const SEEN: f64 = 0.004;
        let length = length.max(SEEN);
        let (x, width) = (share(begin.min(1.0 - length)), share(length));
        self.raw(&format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"));
    }

    fn axis(&mut self, axis: &[(f64, String)]) {
        if axis.is_empty() {
            return;
        }
        self.svg(16);
        for (place, name) in axis {
            let anchor = match place {
                place if *place < 0.05 => "start",
                place if *place > 0.95 => "end",
                _ => "middle",
            };
            self.raw(&format!("<text x=\"{}\" y=\"12\" text-anchor=\"{anchor}\">", share(*place)));
            self.text(name);
            self.raw("</text>");
        }
        self.raw("</svg>");
    }
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "bad",
        Tone::Calm => "calm",
        Tone::Open => "open",
    }
}

fn is_number(cell: &Cell) -> bool {
    !matches!(cell, Cell::Text(_))
}

/// A share as a length in SVG.
fn share(value: f64) -> String {
    format!("{:.2}%", value.clamp(0.0, 1.0) * 100.0)
}

/// Base64 of RFC 4648, for the one hash of the policy.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(page: &Page) -> String {
        let mut out = Vec::new();
        write_html(&mut out, page).expect("memory takes everything");
        String::from_utf8(out).expect("text")
    }

    /// What a breach may be called by somebody who wants to be read.
    const HOSTILE: &str = "</title><script src=http://x.example/>\"' onload=x &amp; \u{202e}evil\u{1b}[31m`";

    #[test]
    fn what_comes_from_outside_is_text_everywhere() {
        let hostile = || HOSTILE.to_string();
        let row = Row { head: hostile(), note: hostile(), cells: vec![Cell::Text(hostile())], ..Row::default() };
        let table = Table {
            caption: hostile(),
            columns: vec![hostile(), hostile()],
            rows: vec![row],
            axis: vec![(0.0, hostile())],
            rest: Some(hostile()),
        };
        let part = Part { label: hostile(), count: 1, key: hostile(), tone: Tone::Bad };
        let blocks = vec![
            Block::Text(hostile()),
            Block::Alert(format!("`{HOSTILE}")),
            Block::Blank(hostile()),
            Block::Items(vec![hostile()]),
            Block::Terms(vec![(hostile(), hostile())]),
            Block::Parts(Parts { caption: hostile(), parts: vec![part] }),
            Block::Table(table),
        ];
        let section = Section::new(HOSTILE, blocks.clone());
        let page = Page { kind: hostile(), headline: hostile(), lead: blocks, sections: vec![section; 3] };
        let text = html(&page);
        assert!(!text.contains("<script") && !text.contains("\" onload") && !text.contains("' onload"), "{text}");
        assert!(!text.contains(['\u{202e}', '\u{1b}']) && text.contains("\\u{202e}evil\\u{1b}[31m"));
        assert_eq!(text.matches("</title>").count(), 1);
        let tags = |tag: &str| (text.matches(&format!("<{tag}")).count(), text.matches(&format!("</{tag}>")).count());
        for tag in ["table", "p>", "section", "svg", "h1", "h2", "div", "figure", "caption", "tr", "td", "dl", "ul"] {
            let (opened, closed) = tags(tag.trim_end_matches('>'));
            assert_eq!(opened, closed, "{tag}");
        }
    }

    #[test]
    fn the_policy_allows_the_style_and_nothing_else() {
        let text = html(&Page::default());
        let (_, style) = text.split_once("<style>").expect("a style");
        let (style, _) = style.split_once("</style>").expect("an end of the style");
        let hash = base64(&Sha256::digest(style));
        let policy = format!(
            "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\""
        );
        assert!(text.contains(&policy), "{text}");
        assert!(
            !text.contains("style=\"") && !style.contains("url(") && !style.contains("@import") && !style.contains('<')
        );
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        let check = |bytes: &str, want: &str| assert_eq!(base64(bytes.as_bytes()), want, "{bytes}");
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foob", "Zm9vYg==");
        check("fooba", "Zm9vYmE=");
        check("foobar", "Zm9vYmFy");
    }

    #[test]
    fn marks_stay_in_their_width() {
        let row = |mark| Row { mark: Some(mark), ..Row::default() };
        let rows =
            vec![row(Mark::Bar(1.0)), row(Mark::Stack([0.0, 1.0, 0.0])), row(Mark::Span(Some((1.0, 1.0)), Some(1.0)))];
        let table = Table::new("t", &["a"], rows);
        let text = html(&Page { lead: vec![Block::Table(table)], ..Page::default() });
        assert!(text.contains("x=\"0.00%\" y=\"0\" width=\"100.00%\"") && text.contains("x=\"99.60%\""), "{text}");
    }
}
