//! The customer list: every customer once, written in another habit than any dump.

use super::people::People;
use super::population::Population;
use super::scribe::{Cell, Habit, Scribe};

/// The columns of the list. `customer_ref` is a reference for the answers, not an identifier of a dump.
pub(super) const HEADERS: [&str; 8] =
    ["customer_ref", "name", "email", "phone", "id_card", "vin", "plate", "employee_no"];

const HABIT: Habit = Habit {
    place: 0,
    tidy_emails: 77,
    tidy: 60,
    international_phones: false,
    aliases: 25,
    void_identifiers: 3,
    void_facts: 1,
};

/// The cells of a customer's row. Most customers left something out; many are known by one identifier only.
pub(super) fn row(people: &People, population: &Population, customer: u64) -> [Cell; HEADERS.len()] {
    let scribe = &mut Scribe::new(people, &HABIT, customer, customer);
    let mut given = |percent| scribe.random.percent(percent);
    let (has_email, has_phone, has_id) = (given(82), given(80), given(60));
    let (has_vin, has_plate, has_number) = (given(60), given(50), given(80));
    let (uses_work_email, uses_second_phone) = (given(35), given(8));
    let (has_vehicle, is_employee) = (population.has_vehicle(customer), population.is_employee(customer));
    let email = if is_employee && uses_work_email { Scribe::work_email } else { Scribe::email };
    let slot = u64::from(uses_second_phone);
    [
        Cell::fact(format!("C{:09}", customer + 1)),
        scribe.name(),
        cell(scribe, has_email, email),
        cell(scribe, has_phone, |scribe| scribe.phone(slot)),
        cell(scribe, has_vehicle && has_id, Scribe::national_id),
        cell(scribe, has_vehicle && has_vin, Scribe::vin),
        cell(scribe, has_vehicle && has_plate, Scribe::plate),
        cell(scribe, is_employee && has_number, Scribe::employee_no),
    ]
}

fn cell<'a>(scribe: &mut Scribe<'a>, is_given: bool, write: impl Fn(&mut Scribe<'a>) -> Cell) -> Cell {
    if is_given { write(scribe) } else { Cell::empty() }
}
