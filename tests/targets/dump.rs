//! The whole way of a dump or list that nobody knows: what it looks like, a plan, and digests.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use leakdex::digest::{Key, Width};
use leakdex::identifier::Country;
use leakdex::plan::{Batch, Extractor, Plan, PlanFile, Request, Side, decide};
use leakdex::source::{Block, Options, Progress, Source, fuzzing};

use super::reading::{Case, check, seed};

static KEY: LazyLock<Key> = LazyLock::new(|| {
    Key::from_secret(&std::array::from_fn(|place| place as u8 ^ 0x5a)).expect("a secret that is not weak")
});

/// Reads a text as what it looks like; plans it; and extracts it in blocks of two sizes.
pub fn run(data: &[u8]) {
    let case = Case::of(data);
    let encoding = (case.choice & 1 != 0).then(|| "utf-8".to_owned());
    let options = Options { encoding, is_list: case.choice & 2 != 0, ..case.options() };
    if check(&case, None, &options, 0).is_none() {
        return;
    }
    let open = |block_bytes: usize| {
        let options = Options { block_bytes, ..options.clone() };
        fuzzing::open(Box::new(Cursor::new(case.text.to_vec())), None, case.head_bytes, &options)
    };
    let Ok(source) = open(1 << 20) else { return };
    let side = if options.is_list { Side::List } else { Side::Dump };
    let region = if case.choice & 4 != 0 { Country::CN } else { Country::NONE };
    let request = Request { region, scope: Some("acme".into()), ..Request::default() };
    let (description, sample) = source.into_sample().expect("a source in memory can be read");
    let Ok(plan) = decide(description.shape, &sample, &request, side) else { return };
    check_plan_file(&description, &sample, &plan, &request);
    let whole = extract(open(1 << 20).expect("opened before"), &plan, &options);
    let pieces = extract(open(case.block_bytes).expect("opened before"), &plan, &options);
    assert_eq!(whole, pieces, "what is extracted does not depend on blocks");
}

/// The plan is written as a file that is read again, and that has an answer for its own source.
fn check_plan_file(
    description: &leakdex::source::Description,
    sample: &leakdex::source::Sample,
    plan: &Plan,
    request: &Request,
) {
    let mut file = PlanFile::default();
    file.add("dump", description, sample, plan);
    let text = file.to_toml();
    let read = PlanFile::parse(&text).unwrap_or_else(|_| panic!("a plan that was written is read"));
    assert_eq!(read.to_toml(), text, "a plan is read as it was written");
    let answer = read.request(request, sample, plan);
    assert!(answer.is_ok() || file.undecided() > 0, "a plan knows its own source");
}

/// What became of the records.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extracted {
    records: u64,
    digests: Vec<u128>,
    refused: u64,
    malformed: BTreeMap<&'static str, u64>,
    masks: Vec<u64>,
    unplanned: u64,
    others: u64,
}

fn extract(source: Source, plan: &Plan, options: &Options) -> Extracted {
    let mut extractor = Extractor::new(plan, &KEY, Width::DEFAULT, options);
    let mut blocks = source.into_blocks(usize::from(plan.header), Arc::new(Progress::new()));
    let (mut block, mut batch, mut all) = (Block::default(), Batch::default(), Extracted::default());
    let mut bytes = 0;
    while blocks.next_block(&mut block).expect("read before") {
        extractor.extract_block(&block, &mut batch);
        check_batch(&batch);
        all.records += u64::from(batch.records);
        all.digests.extend(batch.digests.iter().map(|digest| digest.0));
        all.refused += batch.refused.len() as u64;
        all.masks.extend(batch.masks.iter().map(|mask| mask.0));
        batch.malformed.iter().for_each(|(why, count)| *all.malformed.entry(why).or_default() += count);
        bytes += batch.record_bytes.iter().map(|length| u64::from(*length)).sum::<u64>();
    }
    (all.unplanned, all.others) = (extractor.unplanned(), extractor.others().records);
    let (counts, totals) = (extractor.split_counts(), blocks.totals());
    let passed_over = counts.skipped_bytes + counts.resynchronised_bytes + totals.header_bytes;
    assert_eq!(bytes + extractor.others().bytes + passed_over, totals.text_bytes, "every byte has a fate");
    all
}

fn check_batch(batch: &Batch) {
    assert_eq!(batch.probes.len(), batch.digests.len(), "a digest for every probe");
    let records = batch.records as usize;
    assert_eq!((batch.masks.len(), batch.record_bytes.len(), batch.record_ends.len()), (records, records, records));
    let ascends = |records: &mut dyn Iterator<Item = u32>| {
        let places: Vec<u32> = records.collect();
        places.is_sorted() && places.last().is_none_or(|last| *last < batch.records)
    };
    assert!(ascends(&mut batch.probes.iter().map(|probe| probe.record)), "probes ascend by record");
    assert!(ascends(&mut batch.refused.iter().map(|refused| refused.record)), "refused ascend by record");
    assert!(batch.malformed.values().sum::<u64>() <= u64::from(batch.records), "malformed records are records");
    assert!(batch.digests.iter().all(|digest| digest.0 >> 80 == 0), "a digest has 80 bits");
}

pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "id,email,mobile\r\n1,anna@example.com,13800138000\r\n2,\"bert@example.org\",\"+49 551 123456\"\r\n",
        "\u{59d3}\u{540d};\u{8eab}\u{4efd}\u{8bc1}\u{53f7};\u{624b}\u{673a}\u{53f7}\n\u{738b}\u{4f1f};110105194912310021;13812345678\n",
        "anna@example.com:pw1\nbert@example.org:pw:2\nuser7:x\n",
        "https://a.example/:anna@example.com:pw\nhttps://b.example/:u:p\n",
        "{\"email\":\"a@example.com\",\"phones\":[\"+8613800138000\"]}\n{\"email\":null}\n",
        "[{\"email\":\"a@example.com\"},{\"email\":\"b@example.com\",\"vin\":\"1M8GDM9AXKP042788\"}]",
        "CREATE TABLE u (id int, email text);\nINSERT INTO u VALUES (1,'a@example.com'),(2,'b@example.com');\n",
        "URL: a\nUsername: a@example.com\nPassword: x\n\nURL: b\nUsername: b@example.com\nPassword: y\n",
        "noise a@example.com noise\nnone\nx b@example.com y z (c@example.com)\n",
        "sep=|\nfirst_name|last_name|dob|employee_no\nAnna|Li|1990-01-02|E-100\n",
        "1\ta@example.com\t\\N\n2\tb@example.com\tx\n",
        "\u{738b}\u{4f1f}----13812345678----a@example.com\n\u{674e}\u{5a1c}----13912345678----b@example.com\n",
        "8613812345678:1001:Anna:6/1/2018 12:00:00 AM:a@example.com:\n8613912345678:1002:Bert:6/1/2018 1:00:00 PM::\n",
    ];
    let seeds = texts.iter().enumerate();
    seeds.map(|(number, text)| seed([4 + number as u8 % 3, 3 + number as u8, 0, 0], text)).collect()
}
