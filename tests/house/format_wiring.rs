//! Which tables of `FORMAT.md` stand against which constants.

use leakdex::identifier::Kind;
use leakdex::index::class::DataClass;
use leakdex::index::format::{CONSTANTS, HEADER_FIELDS, SECTIONS};

use super::Finding;
use super::expect_none;
use super::format::{Expected, compare};

const PATH: &str = "src/index/FORMAT.md";

#[test]
fn the_specification_says_what_the_code_says() {
    let text = std::fs::read_to_string(PATH).expect("the specification");
    let tables = [header(), sections(), data_classes(), kinds(), constants()];
    let findings: Vec<Finding> = tables.iter().flat_map(|table| compare(PATH, &text, table)).collect();
    expect_none(&findings);
}

fn header() -> Expected<'static> {
    let rows = HEADER_FIELDS.iter().map(|(offset, of_type, name)| cells([offset, of_type, name]));
    Expected { heading: "### Header", columns: &["offset", "type", "name", "meaning"], rows: rows.collect() }
}

fn sections() -> Expected<'static> {
    let rows = SECTIONS.iter().map(|(kind, name)| cells([kind, name]));
    Expected { heading: "### Sections", columns: &["kind", "name", "content"], rows: rows.collect() }
}

fn data_classes() -> Expected<'static> {
    let rows = DataClass::all().map(|class| cells([&class.bit(), &class.name()]));
    Expected { heading: "### Data classes", columns: &["bit", "name"], rows: rows.collect() }
}

fn kinds() -> Expected<'static> {
    let rows = Kind::ALL.iter().map(|kind| cells([&kind.id(), &kind.name(), &kind.rule_version()]));
    Expected { heading: "### Kinds", columns: &["number", "name", "rule version"], rows: rows.collect() }
}

fn constants() -> Expected<'static> {
    let rows = CONSTANTS.iter().map(|(name, value)| cells([name, value]));
    Expected { heading: "### Constants", columns: &["name", "value"], rows: rows.collect() }
}

fn cells<const COUNT: usize>(values: [&dyn ToString; COUNT]) -> Vec<String> {
    values.map(|value| value.to_string()).to_vec()
}
