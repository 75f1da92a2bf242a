//! Where a sealed value belongs.

/// The cell of the database for which a value is sealed. It is not stored with the value: who opens
/// it must know where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Name of the table.
    pub table: &'static str,
    /// The row's key, as bytes.
    pub row: &'a [u8],
    /// Name of the column; or of the attribute, where one column holds several.
    pub column: &'a str,
}

/// What kind of seal it is: one kind never opens as another, even under the same key.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A person's value under the person's key.
    Personal = 1,
    /// The appliance's own secret under the appliance key.
    Appliance = 2,
    /// A person's key under the appliance key.
    WrappedKey = 3,
}

impl Place<'_> {
    /// Associated data: format, kind, then each part behind its length in bytes (big-endian), so that
    /// no two places share a spelling.
    pub(super) fn associated_data(&self, format: u8, kind: Kind) -> Vec<u8> {
        let parts = [self.table.as_bytes(), self.row, self.column.as_bytes()];
        let mut data = Vec::with_capacity(2 + parts.iter().map(|part| 8 + part.len()).sum::<usize>());
        data.extend([format, kind as u8]);
        for part in parts {
            data.extend((part.len() as u64).to_be_bytes());
            data.extend(part);
        }
        data
    }
}
