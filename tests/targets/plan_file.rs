//! Plan files.

use std::io::Cursor;
use std::sync::LazyLock;

use leakdex::identifier::Country;
use leakdex::plan::{Plan, PlanFile, Request, Side, decide, signature};
use leakdex::source::{Description, Options, Sample, Source};

/// Stands in a text for the signature of a source: the fuzzer cannot guess it.
const SIGNATURE: &str = "SIGNATURE";

/// A source with its plan, and its plan as a file.
struct Known {
    sample: Sample,
    plan: Plan,
    text: String,
}

fn known(text: &'static str) -> Known {
    let reader = Box::new(Cursor::new(text.as_bytes()));
    let source = Source::from_reader("dump", reader, &Options::default()).expect("text");
    let (description, sample): (Description, Sample) = source.into_sample().expect("text");
    let plan = decide(description.shape, &sample, &request(), Side::Dump).expect("a plan");
    let mut file = PlanFile::default();
    file.add("dump", &description, &sample, &plan);
    let text = file.to_toml().replace(&signature(&sample, &plan), SIGNATURE);
    Known { sample, plan, text }
}

fn request() -> Request {
    Request { region: Country::CN, ..Request::default() }
}

static DELIMITED: LazyLock<Known> =
    LazyLock::new(|| known("email,mobile,first name,last name,birthday\na@example.com,13800138000,A,Li,1990-01-02\n"));
static JSON: LazyLock<Known> =
    LazyLock::new(|| known("{\"email\":\"a@example.com\",\"x\":{\"phones\":[\"+8613800138000\"]}}\n"));

/// A plan that is read is written and read again; and what it says about a source is an answer or an error.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for known in [&*DELIMITED, &*JSON] {
        let text = text.replace(SIGNATURE, &signature(&known.sample, &known.plan));
        let Ok(file) = PlanFile::parse(&text) else { continue };
        let written = file.to_toml();
        let again = PlanFile::parse(&written).unwrap_or_else(|_| panic!("a plan that was written is read"));
        assert_eq!(again.to_toml(), written, "a plan is read as it was written");
        assert_eq!(again.undecided(), file.undecided());
        if let Ok(request) = file.request(&request(), &known.sample, &known.plan) {
            // A plan that follows it, or an error in words: no column out of range.
            let plan = decide(known.plan.shape, &known.sample, &request, Side::Dump);
            let columns = known.plan.columns.len() as u32;
            assert!(plan.is_err() || plan.is_ok_and(|plan| plan.columns.iter().all(|column| column.column < columns)));
        }
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let join = "version = 1\n[[group]]\nsignature = \"SIGNATURE\"\nshape = \"x\"\nencoding = \"UTF-8\"\nheader = true\n[[group.column]]\nnumber = 1\ntake = \"login\"\n[[group.column]]\nnumber = 4294967295\ntake = \"class:Names\"\n[[group.join]]\ncolumns = [3, 4, 5]\ntake = \"name_dob\"\n";
    vec![
        DELIMITED.text.clone().into_bytes(),
        JSON.text.clone().into_bytes(),
        DELIMITED.text.replace("take = \"email\"", "take = \"?\"").into_bytes(),
        join.as_bytes().to_vec(),
        b"version = 2\n".to_vec(),
    ]
}
