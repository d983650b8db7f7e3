//! Dumps of every shape, of people who do not exist.

/// A dump, and how many addresses are in it: those with the numbers below.
pub struct Dump {
    pub bytes: Vec<u8>,
    pub truth: usize,
}

/// How records of a shape are written.
#[derive(Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    pub head: &'static str,
    /// Record number `n` of a person with this name.
    pub record: fn(usize, &str) -> String,
    pub between: &'static str,
    pub tail: &'static str,
    pub traits: Traits,
}

/// What can happen to a shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Whether a record is a line, so that anything may stand between two.
    pub lines: bool,
    /// Whether names stand in its records.
    pub names: bool,
    /// Whether lines before the first record do not change what it is.
    pub banner: bool,
    /// The quote that begins a field or string, or none.
    pub quote: Option<&'static str>,
}

const LINES: Traits = Traits { lines: true, names: false, banner: true, quote: None };
const NAMED: Traits = Traits { names: true, ..LINES };
const CSV: Traits = Traits { lines: true, names: true, banner: false, quote: Some("\"") };
const SQL: Traits = Traits { lines: false, names: true, banner: false, quote: Some("'") };
const JSON: Traits = Traits { lines: false, names: true, banner: false, quote: None };
const JSON_LINES: Traits = Traits { lines: true, ..JSON };

/// The address of person number `n`.
pub fn address(n: usize) -> String {
    let domain = ["example.com", "example.org", "mail.example.net"][n % 3];
    format!("person{n}.x{}@{domain}", n * 7919 % 1000)
}

/// Secrets with every delimiter in them.
fn secret(n: usize) -> String {
    let mark = [":", ";", "|", "!", "@x", ",", "#"][n % 7];
    format!("pw{n}{mark}z{}", n * 31 % 97)
}

fn hash(n: usize) -> String {
    format!("{:032x}", (n as u128 + 10).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn mobile(n: usize) -> String {
    format!("1{}{:08}", [38, 59, 30, 77, 88][n % 5], n * 48_271 % 99_999_989)
}

const fn lines(name: &'static str, record: fn(usize, &str) -> String) -> Shape {
    Shape { name, head: "", record, between: "", tail: "", traits: LINES }
}

pub const SHAPES: [Shape; 39] = [
    lines("combolist, colon", |n, _| format!("{}:{}\n", address(n), secret(n))),
    lines("combolist, semicolon", |n, _| format!("{};{}\n", address(n), secret(n))),
    lines("combolist, pipe", |n, _| format!("{}|{}\n", address(n), secret(n))),
    lines("combolist, mixed", |n, _| format!("{}{}{}\n", address(n), [":", ";", "|", "\t"][n % 4], secret(n))),
    lines("email:hash:salt", |n, _| format!("{}:{}:s{n}\n", address(n), hash(n))),
    lines("id:user:email:ip:hash:salt", |n, _| {
        format!("{n}:user{n}:{}:192.0.2.{}:{}:s{n}\n", address(n), n % 250, hash(n))
    }),
    Shape { traits: NAMED, ..lines("dashes", |n, name| format!("{name}----{}----{}----{n}\n", mobile(n), address(n))) },
    lines("sites, URL first", |n, _| {
        let url = match n % 4 {
            0 => format!("https://shop.example:8443/login?x={n}"),
            1 => format!("android://3iFs{n}PzE==@com.example.app/"),
            2 => "mail.example/login".to_string(),
            _ => "http://192.0.2.7/".to_string(),
        };
        format!("{url}:{}:{}\n", address(n), secret(n))
    }),
    lines("sites, URL last", |n, _| format!("{}:pw{n}:https://shop{}.example/login\n", address(n), n % 9)),
    Shape {
        traits: Traits { lines: false, ..LINES },
        ..lines("stealer log", |n, _| {
            format!(
                "URL: https://a.example/{n}\nUsername: {}\nPassword: {}\nApplication: Chrome\n===============\n",
                address(n),
                secret(n)
            )
        })
    },
    Shape {
        name: "mysqldump",
        head: "-- MySQL dump 10.13\nCREATE TABLE `log` (`id` int, `t` text);\nINSERT INTO `log` VALUES (1,'a),(2,\\'b'),(2,'c');\n\
            CREATE TABLE `users` (`id` int, `email` text, `name` text, `x` blob, `n` text);\nINSERT INTO `users` VALUES ",
        record: |n, name| format!("({n},'{}','{name} O\\'N\\\\',0x4A6F,NULL)", address(n)),
        between: ",",
        tail: ";\n",
        traits: SQL,
    },
    Shape {
        name: "mysqldump, a statement each",
        head: "-- MySQL dump 10.13\n",
        record: |n, name| {
            format!("INSERT INTO `users` (`id`, `email`, `name`) VALUES ({n},'{}','{name}');\n", address(n))
        },
        between: "",
        tail: "",
        traits: SQL,
    },
    Shape {
        name: "pg_dump",
        head: "--\n-- PostgreSQL database dump\n--\n\nCOPY public.users (id, email, name, x) FROM stdin;\n",
        record: |n, name| format!("{n}\t{}\t{name}\\tx\t\\N\n", address(n)),
        between: "",
        tail: "\\.\n",
        traits: Traits { quote: None, ..SQL },
    },
    Shape {
        name: "SQL Server script",
        head: "USE [shop]\nGO\n",
        record: |n, name| {
            format!(
                "INSERT [dbo].[Users] ([Id], [Email], [Name], [T]) VALUES ({n}, N'{}', N'{name}''s', CAST(N'2020-01-01' AS Date))\nGO\n",
                address(n)
            )
        },
        between: "",
        tail: "",
        traits: SQL,
    },
    Shape {
        name: "SQLite dump",
        head: "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE users(id integer, email text, name text);\n",
        record: |n, name| format!("INSERT INTO users VALUES({n},'{}','{name}''s');\n", address(n)),
        between: "",
        tail: "COMMIT;\n",
        traits: SQL,
    },
    Shape { traits: NAMED, ..lines("INTO OUTFILE", |n, name| format!("{n}\t{}\t\\N\t{name}\\tx\n", address(n))) },
    Shape {
        traits: CSV,
        ..lines("INTO OUTFILE, enclosed", |n, name| {
            format!("\"{n}\",\"{}\",\\N,\"{name}\\\\\",\"a \\\"b\\\",\\\nc\"\n", address(n))
        })
    },
    Shape {
        head: "id,name,note,email\n",
        traits: CSV,
        ..lines("CSV, quotes behind backslashes", |n, name| {
            let note = ["x", "\"a \\\"b\\\", c\"", "\"12\\\"\"", "\"a\nb\""][n % 4];
            format!("{n},{name},{note},{}\n", address(n))
        })
    },
    Shape {
        head: "id,email,name,city\n",
        traits: CSV,
        ..lines("CSV", |n, name| format!("{n},{},{name},X{n}\n", address(n)))
    },
    Shape {
        head: "\"id\",\"email\",\"name\"\n",
        traits: CSV,
        ..lines("CSV, quoted, with line ends", |n, name| format!("\"{n}\",\"{}\",\"{name},\n\"\"x\"\"\"\n", address(n)))
    },
    Shape {
        head: "id,email,name\n",
        traits: Traits { quote: None, ..CSV },
        ..lines("CSV in apostrophes", |n, name| format!("'{n}','{}','{name}, O''N'\n", address(n)))
    },
    Shape {
        traits: Traits { quote: None, ..CSV },
        ..lines("tuples, a line each", |n, name| format!("({n}, '{}', '{name}, O\\'N', NULL),\n", address(n)))
    },
    Shape { traits: CSV, ..lines("CSV, no header", |n, name| format!("{n},{},{name},{}\n", address(n), mobile(n))) },
    Shape {
        head: "id;email;name\n",
        traits: CSV,
        ..lines("CSV, semicolon", |n, name| format!("{n};{};{name}\n", address(n)))
    },
    Shape {
        head: "id\temail\tname\n",
        traits: CSV,
        ..lines("TSV", |n, name| format!("{n}\t{}\t{name}\n", address(n)))
    },
    Shape {
        traits: JSON_LINES,
        ..lines("JSON Lines", |n, name| {
            format!("{{\"id\":{n},\"user\":{{\"email\":\"{}\",\"name\":\"{name}\"}}}}\n", address(n))
        })
    },
    Shape {
        name: "JSON array on one line",
        head: "[",
        record: |n, name| {
            format!(
                "{{\"id\":{n},\"email\":\"{}\",\"tags\":[\"a\",{{\"b\":\"}}]\"}}],\"name\":\"{name}\"}}",
                address(n)
            )
        },
        between: ",",
        tail: "]",
        traits: JSON,
    },
    Shape {
        name: "pretty JSON",
        head: "[\n",
        record: |n, name| {
            format!("  {{\n    \"id\": {n},\n    \"email\": \"{}\",\n    \"name\": \"{name}\"\n  }}", address(n))
        },
        between: ",\n",
        tail: "\n]\n",
        traits: JSON,
    },
    Shape {
        name: "wrapped JSON",
        head: "{\"page\":1,\"users\":[",
        record: |n, name| format!("{{\"email\":\"{}\",\"name\":\"{name}\"}}", address(n)),
        between: ",",
        tail: "],\"next\":{\"x\":[1]}}",
        traits: JSON,
    },
    Shape {
        traits: JSON_LINES,
        ..lines("JSON arrays", |n, name| format!("[{n},\"{}\",\"{name}\",[\"]\",null]]\n", address(n)))
    },
    Shape {
        name: "wrapped JSON arrays",
        head: "{\"draw\":1,\"columns\":[\"id\",\"email\",\"name\"],\"data\":[",
        record: |n, name| format!("[\"{n}\",\"{}\",\"{name}\"]", address(n)),
        between: ",",
        tail: "],\"next\":{\"x\":[1]}}",
        traits: JSON,
    },
    Shape {
        traits: JSON_LINES,
        ..lines("Extended JSON", |n, name| {
            format!(
                "{{\"_id\":{{\"$oid\":\"5f{n:06}\"}},\"email\":\"{}\",\"n\":{{\"$numberLong\":\"{n}\"}},\"name\":\"{name}\"}}\n",
                address(n)
            )
        })
    },
    Shape {
        traits: JSON_LINES,
        ..lines("MongoDB shell", |n, name| {
            format!(
                "{{ _id : ObjectId('5f{n:06}'), email : '{}', n : NumberLong({n}), name : '{name}' }}\n",
                address(n)
            )
        })
    },
    Shape {
        name: "MongoDB shell, pretty",
        head: "> db.users.find().pretty()\n",
        record: |n, name| {
            format!(
                "{{\n\t\"_id\" : ObjectId(\"5f{n:06}\"),\n\t\"email\" : \"{}\",\n\t\"n\" : NumberLong({n}),\n\t\"t\" : \
                ISODate(\"2019-01-01T00:00:00Z\"),\n\t\"tags\" : [\n\t\t\"a\"\n\t],\n\t\"name\" : \"{name}\"\n}}\n",
                address(n)
            )
        },
        between: "",
        tail: "Type \"it\" for more\n",
        traits: JSON,
    },
    Shape {
        name: "mongosh",
        head: "[\n",
        record: |n, name| {
            format!(
                "  {{\n    _id: ObjectId('5f{n:06}'),\n    note: 'it\\'s \"{{',\n    email: '{}',\n    n: Timestamp(1, 1),\n    \
                name: '{name}'\n  }}",
                address(n)
            )
        },
        between: ",\n",
        tail: "\n]\n",
        traits: JSON,
    },
    Shape {
        traits: JSON_LINES,
        ..lines("Elasticsearch bulk", |n, name| {
            format!("{{\"index\":{{\"_id\":\"{n}\"}}}}\n{{\"email\":\"{}\",\"name\":\"{name}\"}}\n", address(n))
        })
    },
    Shape {
        traits: JSON_LINES,
        ..lines("Elasticsearch export", |n, name| {
            format!(
                "{{\"_index\":\"u\",\"_id\":\"{n}\",\"_source\":{{\"email\":\"{}\",\"name\":\"{name}\"}}}}\n",
                address(n)
            )
        })
    },
    lines("colons with times", |n, _| {
        let time = if n % 3 == 0 { "6/1/2018 12:00:00 AM" } else { "" };
        format!("86{}:{}:Wei:Wang:male:Hefei::{time}:{}:\n", mobile(n), 100_001_000 + n, address(n))
    }),
    lines("prose", |n, _| {
        format!(
            "On day {n} she wrote to <{}>, \"and to others\"; nobody answered | {}\n",
            address(n),
            ["yes", "no, and then, again", "x; y; z"][n % 3]
        )
    }),
];
