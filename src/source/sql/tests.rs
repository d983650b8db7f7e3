//! Whole texts: what they hold, and that no cutting changes it.

use super::*;

mod odd;

/// One step as text, with its bytes: neighbours that are no records are one.
type Steps = Vec<(String, usize, usize)>;

fn add(steps: &mut Steps, name: String, start: usize, end: usize) {
    match steps.last_mut() {
        Some(last) if last.0 == name && matches!(name.as_str(), "skipped" | "resynchronised") => last.2 = end,
        _ => steps.push((name, start, end)),
    }
}

fn name(step: Step, columns: &[String], record: &Record, bytes: &[u8]) -> String {
    match step {
        Step::Record => {
            let field = |(column, value): (u32, &[u8])| {
                let column = columns.get(column as usize).map_or("?", String::as_str);
                format!("{column}={}", value.escape_ascii())
            };
            record.fields(bytes).map(field).collect::<Vec<_>>().join(" ")
        }
        Step::Malformed(malformed) => format!("!{}", malformed.name()),
        Step::Skipped => "skipped".to_owned(),
        Step::Resynchronised => "resynchronised".to_owned(),
        Step::More => panic!("asked for more at the end"),
    }
}

/// Takes every step of a block, which begins at `base` of the text.
fn read(lexer: &mut Lexer, block: &[u8], base: usize, columns: &[String], steps: &mut Steps) {
    let (mut at, mut record) = (0, Record::new());
    while at < block.len() {
        let start = at;
        let step = lexer.next(block, &mut at, true, &mut record);
        assert!(at > start && at <= block.len(), "{step:?} from {start} to {at}");
        add(steps, name(step, columns, &record, block), base + start, base + at);
    }
}

fn discover(dialect: Dialect, text: &[u8], max: usize) -> Vec<String> {
    let (mut lexer, mut at, mut record) = (Lexer::new(dialect, None, max), 0, Record::new());
    while at < text.len() {
        lexer.next(text, &mut at, true, &mut record);
    }
    lexer.into_columns()
}

fn whole(dialect: Dialect, text: &[u8], max: usize) -> (Vec<String>, Steps) {
    let columns = discover(dialect, text, max);
    let mut steps = Steps::new();
    read(&mut Lexer::new(dialect, Some(&columns), max), text, 0, &columns, &mut steps);
    (columns, steps)
}

/// As `whole`, in blocks of `size` bytes or as many as there have to be.
fn in_blocks(dialect: Dialect, text: &[u8], max: usize, columns: &[String], size: usize) -> Steps {
    let mut cutter = Lexer::new(dialect, Some(columns), max);
    let mut worker = Lexer::new(dialect, Some(columns), max);
    let (mut steps, mut start, mut length) = (Steps::new(), 0, size);
    while start < text.len() {
        let buffer = &text[start..text.len().min(start + length)];
        let state = cutter.state();
        let at = cutter.cut(buffer);
        let at_end = start + buffer.len() == text.len();
        if at == 0 && !at_end {
            // Looked at again with more; the state has not changed but for what needs no byte.
            length += size;
            continue;
        }
        let cut = if at_end { buffer.len() } else { at };
        worker.resume(&state);
        read(&mut worker, &buffer[..cut], start, columns, &mut steps);
        (start, length) = (start + cut, size);
    }
    steps
}

#[track_caller]
fn same_in_blocks(dialect: Dialect, text: &[u8], max: usize, sizes: impl Iterator<Item = usize>) {
    let (columns, want) = whole(dialect, text, max);
    let mut end = 0;
    for step in &want {
        assert_eq!(step.1, end, "{}", text.escape_ascii());
        end = step.2;
    }
    assert_eq!(end, text.len());
    for size in sizes {
        let got = in_blocks(dialect, text, max, &columns, size);
        assert_eq!(got, want, "blocks of {size}, records of {max}, {dialect:?}: {}", text.escape_ascii());
    }
}

/// The records and what is malformed, without what is passed over.
fn rows(dialect: Dialect, text: &str, max: usize) -> Vec<String> {
    let (_, steps) = whole(dialect, text.as_bytes(), max);
    steps.into_iter().map(|step| step.0).filter(|name| name != "skipped" && name != "resynchronised").collect()
}

#[track_caller]
fn check(dialect: Dialect, text: &str, want: &[&str]) {
    assert_eq!(rows(dialect, text, 1 << 20), want, "{text}");
    same_in_blocks(dialect, text.as_bytes(), 1 << 20, 1..=text.len());
    same_in_blocks(dialect, text.as_bytes(), 20, [1, 2, 3, 7, 50].into_iter());
}

use Dialect::{Backslash, Doubled};

const MYSQLDUMP: &str = r#"-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: forum's
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `users`;
CREATE TABLE `users` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s, (an id)',
  `e.mail` varchar(100) DEFAULT NULL,
  `na``me` enum('a','b)') NOT NULL DEFAULT '',
  `blob` varbinary(16),
  PRIMARY KEY (`id`),
  UNIQUE KEY `e` (`e.mail`),
  KEY `n` (`na``me`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4;
LOCK TABLES `users` WRITE;
/*!40000 ALTER TABLE `users` DISABLE KEYS */;
INSERT INTO `users` VALUES (1,'a@example.com','O\'Neil\\',NULL),(2,'','l\n\0\Z\%\"',0x4A6F),(-3.5,'b''c',"d""'",_binary 'x\0),(');
/*!40000 ALTER TABLE `users` ENABLE KEYS */;
UNLOCK TABLES;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON users FOR EACH ROW BEGIN
INSERT INTO users VALUES (9,'never','',NULL);
END */;;
DELIMITER ;
REPLACE IGNORE INTO db.`users` (`na``me`, id) VALUES ('x', 5) , -- more
 ('y', 6) ON DUPLICATE KEY UPDATE id = VALUES(id), x = ';';
INSERT INTO other VALUES ('p',X'4a6f',b'1000001',1e5,TRUE,now ());
"#;

#[test]
fn mysqldump_is_read() {
    check(
        Backslash,
        MYSQLDUMP,
        &[
            r"users.id=1 users.e\.mail=a@example.com users.na`me=O\'Neil\\",
            r#"users.id=2 users.e\.mail= users.na`me=l\n\x00\x1a\\%\" users.blob=Jo"#,
            r#"users.id=-3.5 users.e\.mail=b\'c users.na`me=d\"\' users.blob=x\x00),("#,
            "users.na`me=x users.id=5",
            "users.na`me=y users.id=6",
            "other.1=p other.2=Jo other.3=A other.4=1e5 other.5=TRUE other.6=now ()",
        ],
    );
}

#[test]
fn sqlite_is_read() {
    check(
        Doubled,
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE \"my users\"(key INTEGER PRIMARY KEY, mail TEXT);\n\
         INSERT INTO \"my users\" VALUES(1,'O''Neil\\');\nINSERT INTO \"my users\" VALUES(2,replace('a\\nb','\\n',char(10)));\n\
         INSERT INTO \"my users\" VALUES(3,unistr('a\\u000ab')),(4,X'4a6F');\n\
         CREATE TRIGGER t AFTER INSERT ON x BEGIN\n SELECT CASE WHEN 1 THEN 2 END;\nINSERT INTO x VALUES(1);END;\n\
         INSERT INTO x VALUES('a' || char(13) || 'b',NULL,'');COMMIT;\n",
        &[
            r"my users.key=1 my users.mail=O\'Neil\\",
            r"my users.key=2 my users.mail=a\nb",
            r"my users.key=3 my users.mail=a\nb",
            "my users.key=4 my users.mail=Jo",
            r"x.1=a\rb x.3=",
        ],
    );
}

#[test]
fn pg_dump_is_read() {
    check(
        Doubled,
        "-- PostgreSQL database dump\n\\restrict abc'def\nSET standard_conforming_strings = on;\n\
         CREATE FUNCTION f() RETURNS trigger AS $_$\nBEGIN\nINSERT INTO a VALUES (1);\nEND; '$_$ LANGUAGE plpgsql;\n\
         CREATE TABLE public.\"Users\" (\n id integer DEFAULT nextval('s'::regclass) NOT NULL,\n mail text,\n \
         CONSTRAINT c CHECK ((id > 0))\n);\n\
         COPY public.\"Users\" (id, mail) FROM stdin;\n1\ta\\\\b\\tc\\x41\\101\n2\t\\N\r\n3\n\t\n\\.\n\n\
         COPY public.\"Users\" FROM stdin;\n4\tx\nCOPY b (c) FROM stdin;\nd\n\\.\n\
         INSERT INTO public.\"Users\" VALUES (5, E'a\\'\\u0041\\n'), (6, '7'::character(3)), (7, DATE '2020-01-01');\n",
        &[
            r"Users.id=1 Users.mail=a\\b\tcAA",
            "Users.id=2",
            "!wrong_value_count",
            "Users.id= Users.mail=",
            "Users.id=4 Users.mail=x",
            "b.c=d",
            r"Users.id=5 Users.mail=a\'A\n",
            "Users.id=6 Users.mail=7",
            "Users.id=7 Users.mail=2020-01-01",
        ],
    );
}

#[test]
fn scripts_of_sql_server_are_read() {
    check(
        Doubled,
        "USE [shop]\nGO\nSET ANSI_NULLS ON\nGO\nCREATE TABLE [dbo].[Users](\n[Id] [int] IDENTITY(1,1) NOT NULL,\n[E[]]mail] [nvarchar](50) NULL)\nGO\n\
         SET IDENTITY_INSERT [dbo].[Users] ON \n\nINSERT [dbo].[Users] ([Id], [E[]]mail]) VALUES (1, N'a@x.io') INSERT [dbo].[Users] ([Id], [E[]]mail]) VALUES (2, N'O''Neil\\')\n\
         GO\nINSERT [dbo].[Users] VALUES (CAST(N'2020-01-01T00:00:00' AS DateTime), 0x4A)\nINSERT [dbo].[Users] VALUES (CAST(N'1' AS Decimal(10, 2)), N'a' + CHAR(10) + N'b')\nGO\n",
        &[
            r"Users.Id=1 Users.E\[]mail=a@x.io",
            r"Users.Id=2 Users.E\[]mail=O\'Neil\\",
            r"Users.Id=2020-01-01T00:00:00 Users.E\[]mail=J",
            r"Users.Id=1 Users.E\[]mail=a\nb",
        ],
    );
}

#[test]
fn assignments_are_read() {
    check(
        Backslash,
        "INSERT INTO `users` SET `id`=1, `e.mail` = 'a@x.io', name='O\\'Neil';\n\
         INSERT INTO `users` SET `id`=2, `e.mail` = 'b@x.io', name=NULL;\n\
         REPLACE db.users SET users.id = 3, name=CONCAT('x', 'y') ON DUPLICATE KEY UPDATE name='z; w', id=4;\n\
         insert ignore into t set a=0x4A6F, b = 'x' 'y' , c=-5;INSERT INTO t SET a='z';",
        &[
            r"users.id=1 users.e\.mail=a@x.io users.name=O\'Neil",
            r"users.id=2 users.e\.mail=b@x.io",
            "users.id=3 users.name=x",
            "t.a=Jo t.b=xy t.c=-5",
            "t.a=z",
        ],
    );
    check(
        Backslash,
        "INSERT INTO t SET a='x;\nINSERT INTO t SET a='y';\nINSERT INTO t SET b=;\nINSERT INTO t SET a=1;\n",
        &["!not_a_tuple", "!not_a_tuple", "t.a=1"],
    );
}

#[test]
fn copy_of_csv_is_read() {
    check(
        Doubled,
        "COPY t (a, b) FROM stdin WITH (FORMAT csv, DELIMITER ';', NULL '', HEADER);\n\
         a;b\n1;x\n2;\n3;\"\"\n\"4\";\"a;\"\"b\"\"\nc\"\n5;y;z\n\\.\n\
         COPY public.t (a, b) FROM stdin WITH CSV NULL AS '-';\n6,-\n7,\"-\"\n\\.\n\
         COPY t (a, b) FROM stdin USING DELIMITERS '|' WITH NULL AS 'null';\n8|null\n9|x\\|y\n\\.\n\
         COPY t (a, b) FROM stdin;\n10\t\\N\n\\.\n",
        &[
            "t.a=1 t.b=x",
            "t.a=2",
            "t.a=3 t.b=",
            r#"t.a=4 t.b=a;\"b\"\nc"#,
            "!wrong_value_count",
            "t.a=6",
            "t.a=7 t.b=-",
            "t.a=8",
            "t.a=9 t.b=x|y",
            "t.a=10",
        ],
    );
}

#[test]
fn scripts_of_oracle_are_read() {
    check(
        Doubled,
        "REM INSERTING into USERS, it's\nSET DEFINE OFF;\n\
         Insert into SHOP.USERS (ID,MAIL,BORN) values ('1','a@x.io',to_date('02-JAN-80','DD-MON-RR'));\n\
         Insert into SHOP.USERS (ID,MAIL,BORN) values (2,q'[it's; b@x.io]',nq'{x}');\n/\nPROMPT it's done\n\
         INSERT ALL\n  INTO users (id, mail) VALUES (3, 'c@x.io')\n  INTO cars (vin) VALUES (Q'!a'b!' || CHR(10) || 'd')\n\
         SELECT * FROM dual;\nUPDATE x SET y = q'(it's)';\nCOMMIT;\n\
         INSERT INTO users VALUES (TO_CLOB('e') || TO_CLOB('f'), date'2020-01-01', TIMESTAMP '2020-01-01 00:00:00');\n",
        &[
            "USERS.ID=1 USERS.MAIL=a@x.io USERS.BORN=02-JAN-80",
            r"USERS.ID=2 USERS.MAIL=it\'s; b@x.io USERS.BORN=x",
            "users.id=3 users.mail=c@x.io",
            r"cars.vin=a\'b\nd",
            "users.1=ef users.2=2020-01-01 users.3=2020-01-01 00:00:00",
        ],
    );
}

#[test]
fn other_literals_are_read() {
    check(
        Doubled,
        "INSERT INTO t VALUES ($$it's$$, $a$x$$y$a$, U&'d\\0061t\\+000061', U&'d!0061t' UESCAPE '!', E'\\x41', B'01000001');\n",
        &[r"t.1=it\'s t.2=x$$y t.3=data t.4=dat t.5=A t.6=A"],
    );
    check(
        Backslash,
        "INSERT INTO t VALUES ROW(1,'a'), ROW (2,'b'),\nrow(3,_utf8mb4'c' COLLATE utf8mb4_bin);\n\
         INSERT INTO `t` (`a`, `b`) VALUES\n\t(_binary 0x4A6F, 0b1000001),\n\t(_binary x'4A', N'z');\n",
        &["t.1=1 t.2=a", "t.1=2 t.2=b", "t.1=3 t.2=c", "t.a=Jo t.b=A", "t.a=J t.b=z"],
    );
}

#[test]
fn damage_costs_one_tuple() {
    let check = |tuples: &str, want: &[&str]| check(Backslash, &format!("INSERT INTO t (a,b) VALUES {tuples}"), want);
    check("(1,'a),(2,'b'),(3,'c');", &["!not_a_tuple", "t.a=2 t.b=b", "t.a=3 t.b=c"]);
    check("(1,'O'Neil'),(2,'b');\n", &["!not_a_tuple", "t.a=2 t.b=b"]);
    check(
        "(1),(2,'b'),(3,'c',4),(5,'d');",
        &["!wrong_value_count", "t.a=2 t.b=b", "!wrong_value_count", "t.a=5 t.b=d"],
    );
    check("(1,'a'),(2,'b", &["t.a=1 t.b=a", "!not_a_tuple"]);
    check("(1,'a'),(2,'b);\nINSERT INTO t (a,b) VALUES (3,'c');", &["t.a=1 t.b=a", "!not_a_tuple", "t.a=3 t.b=c"]);
    check("(1,'a'),(2,);\nDROP TABLE `x`;\nREPLACE u VALUES (1);", &["t.a=1 t.b=a", "!not_a_tuple", "u.1=1"]);
    check("(1,'a')x,(2,'b'),(3,'c');", &["t.a=1 t.b=a", "t.a=3 t.b=c"]);
}

#[test]
fn what_is_too_long_is_passed_over() {
    let long = "x".repeat(300);
    let text = format!("INSERT INTO t VALUES (1,'{long}'),(2,'{long}'),(3,'b'),(4,'{long}'),(5,'c');");
    let want = ["!record_too_long", "t.1=3 t.2=b", "!record_too_long", "t.1=5 t.2=c"];
    assert_eq!(rows(Backslash, &text, 100), want);
    same_in_blocks(Backslash, text.as_bytes(), 100, 1..text.len());
    let text = format!("COPY t (a) FROM stdin;\n1\n{long}\n2\n\\.\nSET x = '{long};\nINSERT INTO t (a) VALUES (3);");
    assert_eq!(rows(Doubled, &text, 100), ["t.a=1", "!record_too_long", "t.a=2", "t.a=3"]);
    same_in_blocks(Doubled, text.as_bytes(), 100, 1..text.len());
}

/// Parts that are nasty beside each other.
const PARTS: [&str; 84] = [
    "INSERT INTO t VALUES ",
    "INSERT INTO `t` (a, b) VALUES",
    "\nINSERT INTO t (a) VALUES (1,2),",
    "(1,'a')",
    ",(2,'b')",
    ",(3,'c'),(4,'d'),(5,'e')",
    "'",
    "\"",
    "\\",
    "''",
    "\\'",
    ")",
    "(",
    ",",
    "),(",
    ";",
    ";\n",
    "\n",
    " ",
    "--",
    "-- x'\n",
    "#",
    "/*",
    "*/",
    "/*!40000 ",
    "/*!",
    "*",
    "/",
    "-",
    "0x4A",
    "X'4a'",
    "N'x'",
    "E'\\n'",
    "_utf8'",
    "NULL",
    "1",
    "1e5",
    "CAST('a' AS x)",
    "replace('a\\nb','\\n',char(10))",
    "COPY t (a, b) FROM stdin;\n",
    "1\t2\n",
    "\\N\t\\x41\n",
    "\\.\n",
    "COPY t FROM stdin;\n3\n",
    "CREATE TABLE t (a int, b text, KEY k (a));\n",
    "CREATE TABLE t (a",
    "DELIMITER ;;\n",
    "DELIMITER ;\n",
    "\nGO\n",
    "CREATE TRIGGER t BEGIN ",
    "END;",
    "$$",
    "$a$",
    "ON DUPLICATE KEY UPDATE a=1",
    "||",
    "::text",
    "[",
    "]",
    "UNLOCK TABLES;\n",
    "\nDROP TABLE x;\n",
    "\nCREATE TABLE u (x int)",
    "\u{738b}",
    "\0",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "INSERT INTO t SET ",
    "\nREPLACE t SET a=1, ",
    "b = 'x'",
    ", `c`=",
    "=",
    "COPY t FROM stdin WITH (FORMAT csv, HEADER);\n",
    "COPY t (a, b) FROM stdin CSV;\n1,\"x\"\n",
    "COPY t FROM stdin DELIMITERS '|' NULL AS 'n';\na|n\n",
    "q'[",
    "]'",
    "nq'!x!'",
    "INSERT ALL\n INTO t VALUES (1)\n INTO t VALUES (2)\n",
    " INTO u (a) VALUES ",
    "ROW(1,2)",
    ",ROW (",
    "REM it's\n",
    "U&'\\0041'",
    " UESCAPE '!'",
    "0b01",
    "_binary 0x4A",
];

#[test]
fn no_cutting_changes_what_is_read() {
    let mut random = 7u64;
    let mut next = |count: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % count
    };
    let mut records = 0;
    for round in 0..4000 {
        let mut text = Vec::new();
        if next(2) == 0 {
            text.extend_from_slice(PARTS[next(3)].as_bytes());
        }
        for _ in 0..next(24) {
            // Every other part is one of the first, which make records.
            let count = [8, PARTS.len()][next(2)];
            text.extend_from_slice(PARTS[next(count)].as_bytes());
        }
        if next(8) == 0 && !text.is_empty() {
            let place = next(text.len());
            text[place] = [0xff, b'\'', 0x80, b'('][next(4)];
        }
        let dialect = if round % 2 == 0 { Backslash } else { Doubled };
        let max = [1, 5, 20, 60, 1 << 20][next(5)];
        let sizes = [1, 2, 3, 5, 1 + next(30), 1 + next(200)];
        same_in_blocks(dialect, &text, max, sizes.into_iter());
        records += whole(dialect, &text, max).1.iter().filter(|step| step.0.contains('=')).count();
        look(&text);
    }
    assert!(records > 1200, "{records}");
}

#[test]
fn dumps_are_recognised() {
    let check = |text: &str, want: Option<Dialect>| assert_eq!(look(text.as_bytes()), want, "{text}");
    check(MYSQLDUMP, Some(Backslash));
    check(&MYSQLDUMP[..1100], Some(Backslash));
    check("INSERT INTO users VALUES (1,'a\\'b'),(2,'c');\n", Some(Backslash));
    check("INSERT INTO users VALUES(1,'C:\\');\nINSERT INTO users VALUES(2,'c');\n", Some(Doubled));
    check("\n-- PostgreSQL database dump\nSET x = 1;\nCOPY public.u (a) FROM stdin;\n1\n", Some(Doubled));
    check("USE [x]\nGO\nINSERT [dbo].[u] ([a]) VALUES (N'x')\nGO\n", Some(Doubled));
    check("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a);\n", Some(Doubled));
    check("Thanks to nobody!\n\nINSERT INTO `users` (`a`) VALUES\n(1)", Some(Backslash));
    check("# Dump\nREPLACE INTO users VALUES", Some(Backslash));
    for text in [
        "",
        "\n",
        "id,email\n1,a@example.com\n",
        "insert into,b\n1,2\n",
        "INSERT INTO the slot\nx\n",
        "{\"a\":1}",
        "copy that\n",
    ] {
        check(text, None);
    }
    check("REM INSERTING into USERS\nSET DEFINE OFF;\nInsert into USERS (ID) values ('C:\\');\n", Some(Doubled));
    check("INSERT ALL\n INTO u (a) VALUES (1)\nSELECT * FROM dual;\n", Some(Backslash));
    check("INSERT INTO users SET a=1;\n", Some(Backslash));
    check("insert into users set the table\n", None);
    check("CREATE VIEW v AS SELECT 1;\n", None);
}
