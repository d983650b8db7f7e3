//! What no program has written: prose among statements, strings where none may stand, texts made to be slow.

use super::*;

#[test]
fn apostrophes_of_prose_are_no_quotes() {
    let tuples = "INSERT INTO t (a) VALUES ('x');\n";
    check(Backslash, &format!("Here's the DB, don't ask\nit's free\n{tuples}"), &["t.a=x"]);
    check(Doubled, &format!("Here's the DB\n\n{tuples}Let's go on.\n{tuples}"), &["t.a=x", "t.a=x"]);
    check(Backslash, &format!("SET @a=_utf8mb4'in stock', @c=x LIKE's %';\n{tuples}"), &["t.a=x"]);
    check(Backslash, &format!("SET @a=N's ', @b='INSERT INTO t VALUES (1);';\n{tuples}"), &["t.a=x"]);
}

#[test]
fn a_string_where_none_may_stand_ends_nothing() {
    let tuples = ",(2)".repeat(RESCAN_BYTES_MAX / 4);
    let text = format!("INSERT INTO t VALUES (1 $a$){tuples},(3,' $a$ '),(4);\nINSERT INTO t VALUES (5);\n");
    let sizes = (text.len() - 60..text.len()).chain([1000]);
    same_in_blocks(Doubled, text.as_bytes(), 1 << 20, sizes);
    assert!(rows(Doubled, &text, 1 << 20).len() > RESCAN_BYTES_MAX / 4);
}

#[test]
fn hostile_texts_stay_cheap() {
    let texts = [
        "INSERT INTO t VALUES ".to_owned() + &"),(1,'".repeat(50_000),
        "INSERT INTO t (a,b,c) VALUES (x".to_owned() + &"),(1,\"'".repeat(50_000),
        "INSERT INTO t VALUES (".to_owned() + &"((((((((((".repeat(50_000),
        "\nINSERT INTO t (".repeat(20_000),
        "CREATE TABLE t (a int);".repeat(20_000),
        "/*".repeat(200_000),
        (0..20_000).map(|table| format!("INSERT INTO t VALUES (x;\nCREATE TABLE a{table} (b int);\n")).collect(),
    ];
    for text in texts {
        for dialect in [Backslash, Doubled] {
            let (mut lexer, mut at, mut steps) = (Lexer::new(dialect, None, 1 << 20), 0, 0);
            while at < text.len() {
                (_, steps) = (lexer.pass(text.as_bytes(), &mut at, true), steps + 1);
            }
            assert!(steps < 500_000, "{steps}");
            // Each further table would copy them all.
            assert_eq!(Arc::strong_count(&lexer.state.schemas), 1);
        }
    }
}
