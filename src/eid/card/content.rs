//! What is written on a card: the files of its data groups, and what it compares without telling.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::cvc::data_groups::{DataGroup, MAX_FILE, Value};
use crate::cvc::place::PartialDate;

/// Why something cannot be written on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The card needs it to answer about its validity (DG3) or about an age (DG8).
    #[error("a card cannot be without {0:?}")]
    Missing(DataGroup),
    /// The value is not one for this group.
    #[error("the value does not fit {0:?}")]
    Value(DataGroup),
    /// The file is longer than a terminal would read.
    #[error("{0:?} is too long for a card")]
    TooLong(DataGroup),
}

/// The contents of a card. No Debug: they are somebody's data.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    files: BTreeMap<DataGroup, Vec<u8>>,
    expiry: Date,
    born: PartialDate,
    community: Option<Vec<u8>>,
}

impl Content {
    /// Of the values of its groups; a group that is not given is a file that does not exist. Of a group given twice
    /// the last counts.
    ///
    /// # Errors
    /// Any of [`ContentError`].
    pub fn new(values: impl IntoIterator<Item = (DataGroup, Value)>) -> Result<Self, ContentError> {
        let mut files = BTreeMap::new();
        let (mut expiry, mut born, mut community) = (None, None, None);
        for (group, value) in values {
            let file = group.encode(&value).ok_or(ContentError::Value(group))?;
            // What does not read back is no file of this group: digits that are none, letters in a country.
            if group.decode(&file).as_ref() != Ok(&value) {
                let long = file.len() > MAX_FILE;
                return Err(if long { ContentError::TooLong(group) } else { ContentError::Value(group) });
            }
            files.insert(group, file);
            match (group, value) {
                (DataGroup::DateOfExpiry, Value::Date(day)) => expiry = Some(day),
                (DataGroup::DateOfBirth, Value::PartialDate(day)) => born = Some(day),
                (DataGroup::CommunityId, Value::CommunityId(digits)) => community = Some(digits),
                _ => {}
            }
        }
        Ok(Self {
            files,
            expiry: expiry.ok_or(ContentError::Missing(DataGroup::DateOfExpiry))?,
            born: born.ok_or(ContentError::Missing(DataGroup::DateOfBirth))?,
            community,
        })
    }

    /// The file of a group, if the card has it.
    #[must_use]
    pub fn file(&self, group: DataGroup) -> Option<&[u8]> {
        self.files.get(&group).map(Vec::as_slice)
    }

    /// Its last valid day.
    #[must_use]
    pub const fn expiry(&self) -> Date {
        self.expiry
    }

    /// Document validity verification (TR-03110-4 2.2.7): valid on this day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        day <= self.expiry
    }

    /// Age verification: surely born on this day or before. What is unknown of the birth date counts as the latest it
    /// can be, so that nobody becomes older by a gap.
    #[must_use]
    pub fn born_by(&self, limit: Date) -> bool {
        latest(&self.born).is_some_and(|born| born <= limit)
    }

    /// Community verification: the holder's community begins with these bytes.
    #[must_use]
    pub fn lives_in(&self, community: &[u8]) -> bool {
        self.community.as_ref().is_some_and(|own| own.starts_with(community))
    }
}

/// The last day on which somebody with this birth date can be born; `None` without a year.
fn latest(born: &PartialDate) -> Option<Date> {
    let text = born.as_str();
    let year = text.get(..4)?.parse().ok()?;
    let month = text.get(4..6)?.parse().unwrap_or(12);
    let first = Date::new(year, month, 1).ok()?;
    let day = text.get(6..)?.parse().unwrap_or_else(|_| first.days_in_month());
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn born(text: &str) -> Content {
        Content::new([
            (DataGroup::DateOfExpiry, Value::Date(date(2030, 10, 31))),
            (DataGroup::DateOfBirth, Value::PartialDate(PartialDate::new(text).unwrap())),
            (DataGroup::CommunityId, Value::CommunityId(vec![0x02, 0x76, 0x05])),
        ])
        .unwrap()
    }

    #[test]
    fn a_gap_makes_nobody_older() {
        for (text, last_day) in [
            ("20081122", date(2008, 11, 22)),
            ("200811  ", date(2008, 11, 30)),
            ("200802  ", date(2008, 2, 29)),
            ("2008    ", date(2008, 12, 31)),
            ("2008  12", date(2008, 12, 12)),
        ] {
            assert!(born(text).born_by(last_day), "{text}");
            assert!(!born(text).born_by(last_day.yesterday().unwrap()), "{text}");
        }
        for never in ["        ", "    0812", "200813  "] {
            assert!(!born(never).born_by(date(9999, 12, 31)), "{never}");
        }
    }

    #[test]
    fn validity_and_community_are_compared() {
        let content = born("19640812");
        assert!(content.holds_on(date(2030, 10, 31)));
        assert!(!content.holds_on(date(2030, 11, 1)));
        for (community, lives_there) in
            [(vec![0x02, 0x76], true), (vec![0x02, 0x76, 0x05], true), (vec![0x02, 0x76, 0x06], false)]
        {
            assert_eq!(content.lives_in(&community), lives_there, "{community:?}");
        }
        assert!(!content.lives_in(&[0x02, 0x76, 0x05, 0x03]), "more than the card has");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |group, value| Content::new([(group, value)]).err();
        let name = || Value::Text("ERIKA".to_owned());
        assert_eq!(
            refused(DataGroup::GivenNames, name()),
            Some(ContentError::Missing(DataGroup::DateOfExpiry))
        );
        assert_eq!(
            refused(DataGroup::DateOfExpiry, name()),
            Some(ContentError::Value(DataGroup::DateOfExpiry))
        );
        let digits = Value::CommunityId(vec![0xFF]);
        assert_eq!(
            refused(DataGroup::CommunityId, digits),
            Some(ContentError::Value(DataGroup::CommunityId))
        );
        let long = Value::Text("X".repeat(MAX_FILE));
        assert_eq!(refused(DataGroup::GivenNames, long), Some(ContentError::TooLong(DataGroup::GivenNames)));
    }
}
