//! A plan as a file: what `inspect` found, for people to correct, and for `ingest` to follow.
//!
//! ```toml
//! version = 1
//!
//! [[group]]
//! signature = "5b1c09d3a7f02e44"
//! shape = "comma-delimited text"
//! encoding = "gb18030"
//! header = true
//! files = ["owners-1.csv", "owners-2.csv"]
//!
//! [[group.column]]
//! number = 3
//! name = "mobile"
//! take = "phone"
//! values = "384 present, 100 % valid, 5 masked"
//! samples = ["138****5678"]
//!
//! [[group.join]]
//! columns = [1, 2, 6]
//! take = "name_dob"
//! ```
//!
//! Files with the same shape and the same names of columns are one group: one decision serves all 500 files of a dump, and those
//! that come later. Files without names are told by shape and width. `take` is what `--map` takes, or `?` for what nobody has
//! decided yet, which `ingest` refuses. `dates` says how `1/6/1990` is read: `day first`, `month first` or `year first`; where it
//! is missing, the region decides. JSON has one group, and so has SQL; their columns are paths, in another order in each file. `path` is
//! a hash of one that is not shown.
//!
//! No value of a dump stands in the file: samples are masked, names are shown only if the lexicon knows them, and the signature
//! is a hash of the names of columns. Keys of JSON can be values: the path of one that a few records have, or that has digits, is not
//! hashed, and the column is not in the file, which could not be followed there.

use super::masked::masked_samples;
use super::rules::{Request, Rule, Target};
use super::{ColumnPlan, Error, Plan, joins};
use crate::identifier::{Kind, KindSpec, Order};
use crate::source::{Description, Sample, Shape};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The only version there is.
const VERSION: u32 = 1;
/// Masked samples of a column.
const SAMPLES: usize = 3;
/// Names of files in a group; a tree has thousands.
const FILES_MAX: usize = 20;
/// What a column is taken as that nobody has decided.
const UNDECIDED: &str = "?";

/// The decisions about the files of a dump.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    version: u32,
    #[serde(default, rename = "group")]
    groups: Vec<Group>,
}

/// Files that are read in the same way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    signature: String,
    shape: String,
    encoding: String,
    header: bool,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    more_files: u64,
    #[serde(default, rename = "column")]
    columns: Vec<Column>,
    #[serde(default, rename = "join")]
    joins: Vec<JoinOf>,
}

/// One column.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    take: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dates: Option<String>,
    #[serde(default)]
    values: String,
    #[serde(default)]
    samples: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<String>,
}

/// Columns that make one identifier together.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinOf {
    columns: Vec<u32>,
    take: String,
}

impl Default for PlanFile {
    fn default() -> PlanFile {
        PlanFile { version: VERSION, groups: Vec::new() }
    }
}

impl PlanFile {
    /// Adds what was found in one file.
    pub fn add(&mut self, file: &str, description: &Description, sample: &Sample, plan: &Plan) {
        let signature = signature(sample, plan);
        let group = match self.groups.iter().position(|group| group.signature == signature) {
            Some(place) => &mut self.groups[place],
            None => {
                self.groups.push(Group {
                    signature,
                    shape: plan.shape.to_string(),
                    encoding: description.encoding.to_string(),
                    header: plan.header,
                    files: Vec::new(),
                    more_files: 0,
                    columns: Vec::new(),
                    joins: Vec::new(),
                });
                let last = self.groups.len() - 1;
                &mut self.groups[last]
            }
        };
        if group.files.len() < FILES_MAX {
            group.files.push(file.to_string());
        } else {
            group.more_files += 1;
        }
        for column in &plan.columns {
            let known = group.columns.iter().any(|known| known.is(column, plan));
            // What cannot be found again is no promise.
            let is_followed = !plan.shape.is_open() || column.named || hash_of_path(column, plan).is_some();
            if !known && is_followed {
                let number = if plan.shape.is_open() { group.columns.len() as u32 + 1 } else { column.column + 1 };
                group.columns.push(Column::of(column, number, sample, plan));
            }
        }
        group.propose(plan);
    }

    /// Columns that nobody has decided yet.
    pub fn undecided(&self) -> usize {
        self.groups.iter().flat_map(|group| &group.columns).filter(|column| column.take == UNDECIDED).count()
    }

    /// The text of the file.
    pub fn to_toml(&self) -> String {
        let head = "# What `leakdex inspect` found. Change what is wrong, above all every `take = \"?\"`, and give the file to\n\
            # `leakdex ingest --plan`. `take` is a kind (email, phone, national_id:CN ...), login (every cell decides),\n\
            # country, text (searched for addresses), field_name and field_value (the one says what the other is),\n\
            # class:NAME, or ignore. Samples are masked.\n\n";
        // Numbers, texts and lists of them: nothing that TOML does not have.
        format!("{head}{}", toml::to_string(self).unwrap_or_default())
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A message with the line; the file is the operator's own, and holds no values of a dump.
    pub fn parse(text: &str) -> Result<PlanFile, String> {
        let file: PlanFile = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())?;
        if file.version != VERSION {
            return Err(format!("it has version {}, and this program reads version {VERSION}", file.version));
        }
        for column in file.groups.iter().flat_map(|group| &group.columns).filter(|column| column.take != UNDECIDED) {
            Target::parse(&column.take).map_err(|why| format!("column {}: {why}", column.number))?;
        }
        for column in file.groups.iter().flat_map(|group| &group.columns) {
            if column.dates.as_deref().is_some_and(|order| Order::from_name(order).is_none()) {
                let names = Order::ALL.map(Order::name).join("`, `");
                return Err(format!("column {}: `dates` is one of `{names}`", column.number));
            }
        }
        for join in file.groups.iter().flat_map(|group| &group.joins) {
            Target::parse(&join.take).map_err(|why| format!("a join: {why}"))?;
        }
        Ok(file)
    }

    /// What the file says about a source, as rules.
    ///
    /// Input: the plan that the source has without it. Output: `request` with the rules of its group.
    ///
    /// # Errors
    /// [`Error::NotInPlan`], or [`Error::Unresolved`] if the group has a `?`.
    pub fn request(&self, request: &Request, sample: &Sample, plan: &Plan) -> Result<Request, Error> {
        let signature = signature(sample, plan);
        let group = self.groups.iter().find(|group| group.signature == signature).ok_or(Error::NotInPlan)?;
        let undecided: Vec<u32> =
            group.columns.iter().filter(|column| column.take == UNDECIDED).map(|column| column.number).collect();
        if !undecided.is_empty() {
            return Err(Error::Unresolved { columns: undecided });
        }
        let mut request = request.clone();
        for column in &group.columns {
            let Some(column_name) = column.name_in(sample, plan) else { continue };
            if let Some(order) = column.dates.as_deref().and_then(Order::from_name) {
                request.date_orders.push((column_name.clone(), order));
            }
            if let Ok(target) = Target::parse(&column.take) {
                request.rules.push(Rule { column: column_name, target });
            }
        }
        for join in &group.joins {
            let name = |number: &u32| match plan.shape.is_open() {
                // A plus joins columns.
                true => {
                    let column = group.columns.iter().find(|column| column.number == *number)?;
                    column.name_in(sample, plan).filter(|name| !name.contains('+'))
                }
                false => Some(number.to_string()),
            };
            let names: Option<Vec<String>> = join.columns.iter().map(name).collect();
            if let (Some(names), Ok(target)) = (names, Target::parse(&join.take)) {
                request.rules.push(Rule { column: names.join("+"), target });
            }
        }
        Ok(request)
    }
}

impl Group {
    /// Names and dates of birth make one identifier: by what their columns are called, and in open shapes where their values bear it
    /// out.
    fn propose(&mut self, plan: &Plan) {
        let number = |column: u32| match plan.shape.is_open() {
            true => Some(self.columns.iter().find(|known| known.is(&plan.columns[column as usize], plan))?.number),
            false => Some(column + 1),
        };
        let mut proposed: Vec<(KindSpec, Vec<u32>)> =
            plan.joins.iter().map(|join| (join.spec, join.columns.clone())).collect();
        if !plan.shape.is_open() {
            let joined: Vec<u32> = proposed.iter().flat_map(|(_, columns)| columns.iter().copied()).collect();
            let named =
                joins::named(plan).into_iter().filter(|columns| columns.iter().all(|one| !joined.contains(one)));
            proposed.extend(named.map(|columns| (KindSpec::new(Kind::NameDob), columns)));
        }
        for (spec, columns) in proposed {
            let numbers: Option<Vec<u32>> = columns.into_iter().map(number).collect();
            let join = numbers.map(|columns| JoinOf { columns, take: spec.to_string() });
            self.joins.extend(join.filter(|join| self.joins.iter().all(|known| known.columns != join.columns)));
        }
    }
}

impl Column {
    fn of(column: &ColumnPlan, number: u32, sample: &Sample, plan: &Plan) -> Column {
        let name = if plan.shape.is_open() { plan.paths.get(column.column as usize) } else { Some(&column.label) };
        // A path may hold values as keys; it is written only where nothing of it had to be hidden.
        let name = name.filter(|name| column.named && **name == column.label).cloned();
        let path = hash_of_path(column, plan).filter(|_| name.is_none());
        let take = match (column.problem, column.kind, column.class) {
            (Some(_), ..) => UNDECIDED.to_string(),
            (None, Some(spec), _) => spec.to_string(),
            (None, None, _) if column.mixed => "login".to_string(),
            (None, None, _) if plan.countries.contains(&column.column) => "country".to_string(),
            (None, None, _) if column.searched => "text".to_string(),
            (None, None, _) if plan.fields.iter().any(|(name, _)| *name == column.column) => "field_name".to_string(),
            (None, None, _) if plan.fields.iter().any(|(_, value)| *value == column.column) => {
                "field_value".to_string()
            }
            (None, None, Some(class)) => format!("class:{}", class.name()),
            (None, None, None) => "ignore".to_string(),
        };
        Column {
            number,
            name,
            path,
            take,
            dates: column.date_order.map(|order| order.name().to_string()),
            values: column.values(),
            samples: masked_samples(column.column, sample, usize::from(plan.header), SAMPLES),
            question: column.problem.map(|problem| column.explain(problem)),
        }
    }

    /// Whether this is the column of another file of the group.
    fn is(&self, column: &ColumnPlan, plan: &Plan) -> bool {
        match (plan.shape.is_open(), &self.path) {
            (true, Some(path)) => hash_of_path(column, plan).as_ref() == Some(path),
            (true, None) => self.name.as_ref() == Some(&column.label),
            (false, _) => self.number == column.column + 1,
        }
    }

    /// What the column is called in a source, or its number there; none if it is not there.
    fn name_in(&self, sample: &Sample, plan: &Plan) -> Option<String> {
        if !plan.shape.is_open() {
            return (self.number as usize <= plan.columns.len()).then(|| self.number.to_string());
        }
        let is_it = |path: &&String| match &self.path {
            Some(hash) => *hash == hashed(path),
            None => self.name.as_ref() == Some(path),
        };
        sample.columns.iter().find(is_it).cloned()
    }
}

/// The hash of the path of a column, if it is one of the shape and not of somebody: a table has it, or several records.
fn hash_of_path(column: &ColumnPlan, plan: &Plan) -> Option<String> {
    const RECORDS_MIN: usize = 3;
    let is_common = matches!(plan.shape, Shape::Sql { .. }) || column.evidence.present >= RECORDS_MIN;
    let path = plan.paths.get(column.column as usize).filter(|_| plan.shape.is_open() && is_common);
    // Tables are numbered; a key with digits can be somebody's number or name.
    let digits_max = if matches!(plan.shape, Shape::Sql { .. }) { 4 } else { 0 };
    let has_number = |path: &String| path.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > digits_max);
    path.filter(|path| !path.contains('@') && !has_number(path)).map(|path| hashed(path))
}

fn hashed(path: &str) -> String {
    format!("{:016x}", xxh3_64(path.as_bytes()))
}

/// What tells files that are read in the same way: the shape, and the names of their columns, or how many there are.
pub fn signature(sample: &Sample, plan: &Plan) -> String {
    let mut hash = Xxh3::new();
    hash.update(plan.shape.to_string().as_bytes());
    match sample.rows.first() {
        Some(names) if plan.header => {
            for (_, name) in &names.fields {
                hash.update(b"\x1f");
                hash.update(String::from_utf8_lossy(name).trim().to_lowercase().as_bytes());
            }
        }
        _ if plan.shape.names_columns() => (),
        _ => hash.update(&(plan.columns.len() as u64).to_le_bytes()),
    }
    format!("{:016x}", hash.digest())
}

#[cfg(test)]
mod tests {
    use super::super::{Side, decide};
    use super::*;
    use crate::source::{Options, Source};

    fn source(text: &str) -> Source {
        let reader = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        Source::from_reader("t", reader, &Options::default()).expect("a source")
    }

    fn planned(source: &Source, request: &Request) -> Plan {
        decide(source.description().shape, source.sample(), request, Side::Dump).expect("a plan")
    }

    fn added(file: &mut PlanFile, name: &str, text: &str) {
        let source = source(text);
        file.add(name, source.description(), source.sample(), &planned(&source, &Request::default()));
    }

    /// The kinds that a text has with a plan.
    fn followed(file: &PlanFile, text: &str) -> Result<String, Error> {
        let (source, request) = (source(text), Request::default());
        let request = file.request(&request, source.sample(), &planned(&source, &request))?;
        let plan = planned(&source, &request);
        Ok(plan.kinds().iter().map(KindSpec::to_string).collect::<Vec<_>>().join(" "))
    }

    const PEOPLE: &str =
        "email,first name,last name,dob,x\na@x.io,Anna,Li,1990-01-02,1\nb@x.io,Bert,Wang,1991-01-02,2\n";

    #[test]
    fn one_decision_serves_all_files_with_the_same_names() {
        let mut file = PlanFile::default();
        added(&mut file, "1.csv", PEOPLE);
        added(&mut file, "2.csv", PEOPLE);
        added(&mut file, "3.csv", "phone;email\n+4955112345;c@x.io\n");
        assert_eq!((file.groups.len(), file.groups[0].files.len(), file.undecided()), (2, 2, 0));
        let text = file.to_toml();
        assert!(!text.contains("Anna") && !text.contains("a@x.io"), "no value stands in it\n{text}");
        let read = PlanFile::parse(&text).expect("what was written");
        assert_eq!(followed(&read, PEOPLE).expect("a group"), "email name_dob");
        assert_eq!(followed(&read, "phone;email\n+4955198765;d@x.io\n").expect("a group"), "email phone");
        let other = followed(&read, "phone;mail\n+4955198765;d@x.io\n");
        assert!(matches!(other, Err(Error::NotInPlan)), "{other:?}");
    }

    #[test]
    fn what_the_operator_writes_counts() {
        let mut file = PlanFile::default();
        added(&mut file, "1.csv", PEOPLE);
        let text = file.to_toml().replace("take = \"email\"", "take = \"ignore\"").replace("[4]", "[5]");
        let changed = PlanFile::parse(&text).expect("a plan");
        assert_eq!(followed(&changed, PEOPLE).expect("a group"), "name_dob");
        let undecided = PlanFile::parse(&text.replacen("class:Names", "?", 1)).expect("a plan");
        let refused = followed(&undecided, PEOPLE);
        assert!(matches!(&refused, Err(Error::Unresolved { columns }) if columns == &[2]), "{refused:?}");
    }

    #[test]
    fn json_has_one_group_of_paths() {
        let mut file = PlanFile::default();
        added(&mut file, "1.jsonl", "{\"email\":\"a@x.io\",\"profile\":{\"name\":\"A\"}}\n{\"email\":\"b@x.io\"}\n");
        added(
            &mut file,
            "2.jsonl",
            "{\"profile\":{\"name\":\"B\",\"phone\":\"+4955112345\"}}\n{\"email\":\"c@x.io\"}\n",
        );
        assert_eq!((file.groups.len(), file.groups[0].columns.len()), (1, 3), "{}", file.to_toml());
        let read = PlanFile::parse(&file.to_toml()).expect("what was written");
        assert_eq!(followed(&read, "{\"email\":\"d@x.io\"}\n").expect("a group"), "email");
    }

    /// Paths that the lexicon does not know are not shown, and followed all the same; joins are of paths, whatever their order.
    #[test]
    fn open_shapes_are_followed_by_their_paths() {
        let sql = "CREATE TABLE `qx` (`id` int, `mail` text, `zz` text);\n\
            INSERT INTO `qx` VALUES (1,'a@x.io','+4955112345'),(2,'b@x.io','+4955198765'),(3,'c@x.io','+4955187654');\n";
        let mut file = PlanFile::default();
        added(&mut file, "1.sql", sql);
        let text = file.to_toml();
        assert!(!text.contains("qx") && !text.contains("zz"), "{text}");
        assert_eq!(followed(&PlanFile::parse(&text).expect("a plan"), sql).expect("a group"), "email phone");
        let changed = text.replace("take = \"email\"", "take = \"ignore\"");
        assert_eq!(followed(&PlanFile::parse(&changed).expect("a plan"), sql).expect("a group"), "phone");
        let person = |number: usize| {
            let name = ["Li", "Wang", "Berg", "Roth", "Kurz", "Lang", "Ernst", "Weiss", "Stern"][number % 9];
            format!("{{\"first_name\":\"Anna\",\"last_name\":\"{name}\",\"dob\":\"1990-01-0{number}\"}}\n")
        };
        let people: String = (1..9).map(person).collect();
        let others = people.replace("{\"first", "{\"email\":\"a@x.io\",\"first").replace("dob", "birthday");
        let mut file = PlanFile::default();
        added(&mut file, "1.jsonl", &people);
        added(&mut file, "2.jsonl", &others);
        let read = PlanFile::parse(&file.to_toml()).expect("what was written");
        assert_eq!(followed(&read, &people).expect("a group"), "name_dob");
        assert_eq!(followed(&read, &others).expect("a group"), "email name_dob");
    }

    /// A key of a few records can be somebody's.
    #[test]
    fn the_path_of_a_few_records_is_not_hashed() {
        let mut file = PlanFile::default();
        added(&mut file, "1.jsonl", "{\"email\":\"a@x.io\",\"darkyang88\":1}\n{\"email\":\"b@x.io\",\"qqz\":1}\n");
        assert!(!file.to_toml().contains("path = "), "{}", file.to_toml());
        // Chats have a key for everybody who writes, in many records.
        let row = |n: usize| format!("{{\"email\":\"a{n}@x.io\",\"darkyang88\":1,\"qqz\":1,\"+4915112345678\":2}}\n");
        let mut file = PlanFile::default();
        added(&mut file, "1.jsonl", &(0..9).map(row).collect::<String>());
        assert_eq!(
            (file.groups[0].columns.len(), file.to_toml().matches("path = ").count()),
            (2, 1),
            "{}",
            file.to_toml()
        );
    }

    #[test]
    fn rows_of_a_name_and_a_value_stay_such() {
        let rows = |n: usize| format!("email=a{n}@x.io\nphone=+49551123{n}\nlogin=darkyang{n}\n");
        let text: String = (10..40).map(rows).collect();
        let mut file = PlanFile::default();
        added(&mut file, "1.txt", &text);
        let read = PlanFile::parse(&file.to_toml()).expect("what was written");
        let source = source(&text);
        let request = Request::default();
        let request = read.request(&request, source.sample(), &planned(&source, &request)).expect("a group");
        assert_eq!(planned(&source, &request).fields, [(0, 1)], "{}", file.to_toml());
        let half = PlanFile::parse(&file.to_toml().replace("field_name", "ignore")).expect("a plan");
        let request = half.request(&Request::default(), source.sample(), &planned(&source, &Request::default()));
        let refused =
            decide(source.description().shape, source.sample(), &request.expect("a group"), Side::Dump).map(|_| ());
        assert!(matches!(refused, Err(Error::Undecided(_))), "{refused:?}");
    }

    #[test]
    fn mistakes_are_explained() {
        let check = |text: &str, part: &str| {
            let message = PlanFile::parse(text).expect_err("a mistake");
            assert!(message.contains(part), "{message}");
        };
        check("version = 2", "version 2");
        check("version = 1\ngruop = 1", "gruop");
        let mut file = PlanFile::default();
        added(&mut file, "1.csv", PEOPLE);
        check(&file.to_toml().replace("\"email\"", "\"emial\""), "did you mean `email`");
    }
}
