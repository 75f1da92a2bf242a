//! Days and times in words, in the town's time zone. What "today" means is always an argument.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::text::Text;
use crate::domain::attribute::PartialDate;

impl Text {
    /// `3. März 2026` · `3 March 2026`.
    pub fn day(self, date: Date) -> String {
        self.t3("date.day", date.day(), self.month(date), date.year())
    }

    /// The same for a moment, as the town's clocks show it.
    pub fn date(self, at: Timestamp, zone: &TimeZone) -> String {
        self.day(local(at, zone).date())
    }

    /// `18:42 Uhr` · `18:42`.
    pub fn time(self, at: Timestamp, zone: &TimeZone) -> String {
        let at = local(at, zone);
        self.t1("date.time", format_args!("{:02}:{:02}", at.hour(), at.minute()))
    }

    /// `Sonntag, 22. November 2026, 10:14 Uhr`.
    pub fn moment(self, at: Timestamp, zone: &TimeZone) -> String {
        let day = local(at, zone).date();
        self.t3("date.moment", self.weekday(day), self.day(day), self.time(at, zone))
    }

    /// `heute, 18:42 Uhr` · `gestern, 18:42 Uhr` · `am 9. November 2026`: for "zuletzt …".
    pub fn relative(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (day, today) = (local(at, zone).date(), local(now, zone).date());
        let time = self.time(at, zone);
        if day == today {
            self.t1("date.today", time)
        } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
            self.t1("date.yesterday", time)
        } else {
            self.t1("date.on", self.day(day))
        }
    }

    fn month(self, date: Date) -> &'static str {
        nth(self.t("date.months"), date.month() - 1)
    }

    fn weekday(self, date: Date) -> &'static str {
        nth(self.t("date.weekdays"), Weekday::to_monday_zero_offset(date.weekday()))
    }
}

/// The town's zone by its IANA name. Minimal servers come without a time zone database; then the rule that
/// has held in Berlin since 1996 (last Sundays of March and October) is good for every date we show.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).or_else(|_| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3")).unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    at.to_zoned(zone.clone())
}

fn nth(list: &'static str, n: i8) -> &'static str {
    usize::try_from(n).ok().and_then(|n| list.split('|').nth(n)).unwrap_or_default()
}

/// As a browser's field sends it, or as people here write it: `1964-08-12`, `12.8.1964`.
pub(crate) fn typed_date(text: &str) -> Option<PartialDate> {
    if let [day, month, year] = text.split('.').map(str::trim).collect::<Vec<_>>().as_slice() {
        let number = |text: &str| text.parse::<u16>().ok();
        let (day, month, year) = (number(day)?, number(month)?, number(year).filter(|year| *year > 999)?);
        return PartialDate::parse(&format!("{year:04}-{month:02}-{day:02}"));
    }
    PartialDate::parse(text)
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_and_times_are_written_out() {
        let (de, en, zone) = (Text::new(Language::De), Text::new(Language::En), zone("Europe/Berlin"));
        let moment = at("2026-11-22T09:14:00Z");
        assert_eq!(de.moment(moment, &zone), "Sonntag, 22. November 2026, 10:14 Uhr");
        assert_eq!(en.moment(moment, &zone), "Sunday, 22 November 2026, 10:14");
        assert_eq!(de.date(at("2026-03-02T23:30:00Z"), &zone), "3. März 2026");
    }

    #[test]
    fn today_and_yesterday_are_the_towns_days() {
        let (de, zone) = (Text::new(Language::De), zone("Europe/Berlin"));
        let now = at("2026-06-10T22:10:00Z"); // 00:10 on the 11th in Berlin
        assert_eq!(de.relative(at("2026-06-10T22:05:00Z"), now, &zone), "heute, 00:05 Uhr");
        assert_eq!(de.relative(at("2026-06-10T16:42:00Z"), now, &zone), "gestern, 18:42 Uhr");
        assert_eq!(de.relative(at("2026-06-08T16:42:00Z"), now, &zone), "am 8. Juni 2026");
    }

    #[test]
    fn every_month_and_weekday_has_its_name() {
        for language in Language::ALL {
            let text = Text::new(language);
            assert_eq!(text.t("date.months").split('|').count(), 12);
            assert_eq!(text.t("date.weekdays").split('|').count(), 7);
        }
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1964-08-12", Some("1964-08-12")),
            ("12.8.1964", Some("1964-08-12")),
            ("12. 08. 1964", Some("1964-08-12")),
            ("1964", Some("1964")),
            ("31.2.1964", None),
            ("12.8.64", None),
            ("12.8", None),
            ("x", None),
            ("", None),
        ] {
            let read = typed_date(text).map(|date| date.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
