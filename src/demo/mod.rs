//! The demonstration: a generated incident of the shape of a real one, and what a scan of it has to find.
//!
//! The model is the extortion of a car maker in December 2022: employee records, owner identities, user addresses, owner
//! loans and vehicle sales, all from before August 2021, offered by type. [`generate::generate`] writes five such dumps
//! and a customer list. All of it is made from a seed; private addresses lie in reserved domains, or at Gmail under names
//! longer than an account can have. Telephone, identity and vehicle numbers are valid in form, as the rules demand, so a
//! number may happen to be assigned to somebody; nothing else in its record is.
//!
//! # The arithmetic, at scale 1
//!
//! | breach | file | shape | records | customers | of them found | byte for byte |
//! |---|---|---|---|---|---|---|
//! | 1 model-employees | `employees.csv` | CSV, UTF-8 with byte order mark | 22,800 | 8,000 | 7,415 | 4,095 |
//! | 2 model-owners | `owners.csv` | CSV, GB18030, CRLF | 39,900 | 30,000 | 25,867 | 12,140 |
//! | 3 model-users | `users.jsonl.gz` | nested JSON Lines, gzip with 635 members | 650,000 | 264,000 | 223,067 | 95,776 |
//! | 4 model-loans | `loans.tsv.zst` | tab-separated, zstd with 12 frames | 12,000 | 9,500 | 8,263 | 4,168 |
//! | 5 model-sales | `sales.csv` | CSV with semicolons | 31,000 | 26,000 | 25,118 | 13,870 |
//! | | `customers.csv` | the list, UTF-8 | 1,000,000 | 337,500 | 289,730 | 130,049 (44.9 %) |
//!
//! (Seed 1.) "Customers" are pairs of a customer and a breach; not all are found, because people left out the common
//! identifier in one of the places, or it is masked. The other records are about persons who are not on the list,
//! customers again (30,900), and garbage (one record in 250: repeated headers, cut lines, page marks).
//!
//! Cost: about 1.8 million records of 2 microseconds, and half a second to pack, are 4 to 5 s of CPU (measured: 5.1 s);
//! 443,000 exposures of 24 bytes and 10 MB of chunks in flight are all the memory it takes (measured: 34 MB at the most).
//!
//! # Written as people write
//!
//! Every place has a habit of its own: which form is usual, and how often another one occurs. E-mail addresses differ in
//! case and blanks; for some Gmail users also in dots, tag and domain (tier `alias`). Phone numbers come bare, with
//! `+86` or `0086`, in groups, with dashes, in full-width digits; identity numbers in 15 digits (births before 2000),
//! with a small `x`, in full width; vehicle numbers in small letters, in groups, with dashes; plates with and without
//! their dot. A few cells in a hundred are empty, a placeholder (`NULL`, `-`, `n/a`) or masked (`138****1234`): these
//! expose nothing and match nothing. Joining the cells as they are written finds less than half of the pairs.
//!
//! # Why the truth is exact
//!
//! Every identifier is a counter that went through a keyed permutation of its number space, so two persons never share
//! one, not even after folding; whoever is not in a dump has no identifier in it. Any record can be made on its own from
//! (seed, dump, record number), and with it the row of the list it is about: the truth is noted while both are at hand,
//! by what the cells are and not by how they are written. A test finds the same truth from the files alone.

mod dumps;
pub mod generate;
mod list;
pub mod offer;
mod output;
mod people;
pub mod play;
mod population;
mod random;
mod scribe;
mod spelling;
mod table;
mod truth;
mod words;

#[cfg(test)]
mod tests;

pub use truth::{Agreement, CompareError, Comparison, Exposure, Truth};
