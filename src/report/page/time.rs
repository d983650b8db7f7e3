//! Breaches in time: when they happened, and how old their data are.

use super::{Cell, Mark, Row, Table};
use crate::index::Breach;

/// When something was, in years: 2021.5 is the middle of 2021. Takes `2021`, `2021-07` and `2021-07-31`.
fn years(date: &str) -> Option<f64> {
    let mut parts = date.splitn(3, '-');
    let year: f64 = parts.next()?.parse().ok()?;
    let month: f64 = parts.next().map_or(Some(1.0), |month| month.parse().ok())?;
    let day: f64 = parts.next().map_or(Some(1.0), |day| day.parse().ok())?;
    Some(year + (month - 1.0) / 12.0 + (day - 1.0) / 372.0)
}

/// The breaches of which a day is known, the newest data first; none if there is none. The number is that in the catalogue.
pub(super) fn table(breaches: &[(usize, &Breach)]) -> Option<Table> {
    let days = |breach: &Breach| {
        [&breach.data_from, &breach.data_through, &breach.breach_date].map(|day| day.as_deref().and_then(years))
    };
    let mut known: Vec<(&Breach, [Option<f64>; 3])> =
        breaches.iter().map(|(_, breach)| (*breach, days(breach))).collect();
    known.retain(|(_, days)| days.iter().any(Option::is_some));
    known.sort_by(|(_, a), (_, b)| b[1].or(b[2]).partial_cmp(&a[1].or(a[2])).unwrap_or(std::cmp::Ordering::Equal));
    let all = || known.iter().flat_map(|(_, days)| days.iter().flatten().copied());
    let begin = all().min_by(f64::total_cmp)?.floor();
    let end = all().max_by(f64::total_cmp)?.floor() + 1.0;
    let place = |year: f64| (year - begin) / (end - begin);
    let row = |(breach, [from, through, at]): &(&Breach, [Option<f64>; 3])| {
        let text = |day: &Option<String>| Cell::Text(day.clone().unwrap_or_else(|| "not known".into()));
        let span = from.zip(*through).map(|(from, through)| (place(from), place(through)));
        Row {
            head: breach.title.clone().unwrap_or_else(|| breach.name.clone()),
            mark: Some(Mark::Span(span, at.map(place))),
            cells: [&breach.data_from, &breach.data_through, &breach.breach_date].map(text).to_vec(),
            ..Row::default()
        }
    };
    let columns = ["Breach", "Data from", "Data through", "Day of the breach"];
    let mut table = Table::new("The data of each breach (bar) and the breach itself (dot)", &columns, Vec::new());
    table.rows = known.iter().map(row).collect();
    table.axis = ticks(begin, end).into_iter().map(|year| (place(year), format!("{year:.0}"))).collect();
    Some(table)
}

/// Whole years from the first to the last, six at most.
fn ticks(begin: f64, end: f64) -> Vec<f64> {
    let step = ((end - begin) / 5.0).ceil().max(1.0);
    let mut ticks: Vec<f64> = (0..).map(|n| begin + step * f64::from(n)).take_while(|year| *year <= end).collect();
    if ticks.last().is_some_and(|last| end - last < step && *last < end) {
        ticks.pop();
        ticks.push(end);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_places() {
        let check = |date: &str, want: Option<f64>| {
            assert_eq!(years(date).map(|year| (year * 1000.0).round() / 1000.0), want, "{date}");
        };
        check("2021", Some(2021.0));
        check("2021-07", Some(2021.5));
        check("2021-12-31", Some(2021.997));
        check("July", None);
        check("2021-x", None);
    }

    #[test]
    fn the_axis_is_of_whole_years() {
        assert_eq!(ticks(2021.0, 2022.0), [2021.0, 2022.0]);
        assert_eq!(ticks(2015.0, 2022.0), [2015.0, 2017.0, 2019.0, 2022.0]);
        assert_eq!(ticks(1990.0, 2020.0), [1990.0, 1996.0, 2002.0, 2008.0, 2014.0, 2020.0]);
        assert!((1..130).all(|years| ticks(1900.0, 1900.0 + f64::from(years)).len() <= 6));
    }

    #[test]
    fn only_breaches_with_a_day_are_shown() {
        let breach = |from: Option<&str>, date: Option<&str>| Breach {
            name: "b".into(),
            data_from: from.map(String::from),
            data_through: from.map(|_| "2020-12-31".into()),
            breach_date: date.map(String::from),
            ..Breach::default()
        };
        let all = [breach(Some("2015-01-01"), None), breach(None, Some("2021-07")), breach(None, None)];
        let numbered: Vec<(usize, &Breach)> = all.iter().enumerate().collect();
        let table = table(&numbered).expect("two breaches");
        let marks: Vec<Option<Mark>> = table.rows.iter().map(|row| row.mark).collect();
        assert!(matches!(marks[..], [Some(Mark::Span(None, Some(_))), Some(Mark::Span(Some(_), None))]), "{marks:?}");
        assert_eq!(super::table(&numbered[2..]), None);
    }
}
