//! `unsafe` stands in few, named files, and every use says why it is sound.

use super::Finding;
use super::lexer::Source;

/// The files that may hold `unsafe` code: instructions of the processor, locking memory, mapping a file, setting signal
/// dispositions, and measuring a process.
const UNSAFE_FILES: [&str; 9] = [
    "src/identifier/simd.rs",
    "src/digest/locked.rs",
    "src/digest/sha_avx512.rs",
    "src/digest/sha_ni.rs",
    "src/index/mapping.rs",
    "src/index/simd.rs",
    "src/source/simd.rs",
    "src/cli/process.rs",
    "benches/figures/child.rs",
];

/// `unsafe` outside the named files, and inside them a block without `// SAFETY:`.
pub fn check(path: &str, source: &Source) -> Vec<Finding> {
    let tokens = source.tokens();
    let mut findings = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.text == "unsafe") {
        let declares_function = tokens.get(index + 1).is_some_and(|next| next.text == "fn");
        if !UNSAFE_FILES.contains(&path) {
            let advice = format!("`unsafe` is allowed only in {}: move it or do without", UNSAFE_FILES.join(", "));
            findings.push(Finding::new(path, token.line, advice));
        } else if !declares_function && !has_reason(source, token.line) {
            let advice = "say in a `// SAFETY:` comment right above why this is sound";
            findings.push(Finding::new(path, token.line, advice));
        }
    }
    findings
}

/// Whether the comment above the statement that reaches `line` says `SAFETY:`.
fn has_reason(source: &Source, line: usize) -> bool {
    let code: Vec<&str> = source.code.lines().map(str::trim).collect();
    let comments: Vec<&str> = source.comments.lines().map(str::trim).collect();
    for above in (0..line - 1).rev() {
        if comments[above].starts_with("// SAFETY:") {
            return true;
        }
        let is_comment = code[above].is_empty() && !comments[above].is_empty();
        let is_attribute = code[above].starts_with("#[");
        let statement_goes_on = !code[above].is_empty() && !code[above].ends_with([';', '{', '}', ',']);
        if !is_comment && !is_attribute && !statement_goes_on {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn check_lines(path: &str, text: &str, want: &[usize]) {
        assert_eq!(lines(&check(path, &Source::new(text))), want, "{path}: {text}");
    }

    #[test]
    fn unsafe_outside_the_named_files_is_found() {
        check_lines("src/index/mod.rs", "// SAFETY: none\nlet a = unsafe { b() };", &[2]);
        check_lines("src/index/mod.rs", "pub unsafe fn f() {}", &[1]);
        check_lines("tests/main.rs", "unsafe impl Send for A {}", &[1]);
    }

    #[test]
    fn a_block_without_a_reason_is_found() {
        let file = UNSAFE_FILES[0];
        check_lines(file, "unsafe { b() };", &[1]);
        check_lines(file, "// Fast.\nunsafe { b() };", &[2]);
        check_lines(file, "// SAFETY: for the first\nunsafe { b() };\nunsafe { c() };", &[3]);
        check_lines(file, "// SAFETY: too far away\n\nunsafe { b() };", &[3]);
        check_lines(file, "let a = \"// SAFETY: \";\nunsafe { b() };", &[2]);
    }

    #[test]
    fn reasons_above_the_statement_count() {
        let file = UNSAFE_FILES[1];
        check_lines(file, "// SAFETY: the pointer is\n// ours.\nunsafe { b() };", &[]);
        check_lines(file, "// SAFETY: x\nlet a =\n    unsafe { b() };", &[]);
        check_lines(file, "// SAFETY: x\n#[cfg(unix)]\nunsafe impl Send for A {}", &[]);
        check_lines(file, "/// # Safety\npub unsafe fn f() {}", &[]);
    }

    #[test]
    fn words_about_unsafe_pass() {
        check_lines("src/a.rs", "#![deny(unsafe_op_in_unsafe_fn)]\n// unsafe { }\nconst A: &str = \"unsafe\";", &[]);
    }
}
