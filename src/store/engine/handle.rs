//! The two handles and the row: the only places where SQL meets the engine.

use std::cell::RefCell;
use std::ops::Deref;

use rusqlite::types::ValueRef as Raw;
use rusqlite::{CachedStatement, Connection, Error};

use super::fault::{Fault, first_words};
use super::value::Value;

/// A view of the store at one instant: everything read through one `Read` belongs together.
pub struct Read<'c> {
    connection: &'c Connection,
    /// Why the engine gave up the whole transaction, if it did.
    broke: RefCell<Option<Fault>>,
}

/// The right to change, for one job. What is read through it sees the job's own changes.
pub struct Write<'c> {
    read: Read<'c>,
    at: i64,
}

/// One row of an answer; columns count from 0.
pub struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    sql: &'r str,
}

impl<'c> Read<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, broke: RefCell::new(None) }
    }

    /// The first row, or `None`. On a `Write` it also runs `… RETURNING …`.
    ///
    /// # Errors
    /// Whatever `row` says, or the engine's `Fault`.
    pub fn one<T>(
        &self,
        sql: &str,
        params: &[&dyn Value],
        row: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.bind(sql, params)?;
        let mut rows = statement.raw_query();
        match rows.next().map_err(|error| self.fault(&error, sql))? {
            Some(found) => row(&Row { row: found, sql }).map(Some),
            None => Ok(None),
        }
    }

    /// All rows, in the order of the statement. Give it a `LIMIT` unless the table is small by nature.
    ///
    /// # Errors
    /// Whatever `row` says, or the engine's `Fault`.
    pub fn all<T>(
        &self,
        sql: &str,
        params: &[&dyn Value],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.bind(sql, params)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(next) = rows.next().map_err(|error| self.fault(&error, sql))? {
            found.push(row(&Row { row: next, sql })?);
        }
        Ok(found)
    }

    /// Prepares (or finds the prepared) statement and binds. The names must be `$1, $2 …` in order of first
    /// appearance: SQLite numbers names by appearance, PostgreSQL by the number, and only so do both agree.
    fn bind(&self, sql: &str, params: &[&dyn Value]) -> Result<CachedStatement<'c>, Fault> {
        if self.connection.is_autocommit() {
            // Without this a job that goes on after its transaction broke would commit line by line.
            return Err(Fault::Engine("the transaction is already over".to_owned()));
        }
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| self.fault(&error, sql))?;
        if statement.parameter_count() != params.len() {
            let (wants, given) = (statement.parameter_count(), params.len());
            let text = format!("{wants} parameters wanted, {given} given in: {}", first_words(sql));
            return Err(Fault::Engine(text));
        }
        for (number, param) in (1..).zip(params) {
            if !statement.parameter_name(number).is_some_and(|name| is_number(name, number)) {
                let text = format!("parameter {number} is not named in order in: {}", first_words(sql));
                return Err(Fault::Engine(text));
            }
            statement.raw_bind_parameter(number, param.value()).map_err(|error| self.fault(&error, sql))?;
        }
        Ok(statement)
    }

    fn fault(&self, error: &Error, sql: &str) -> Fault {
        let fault = Fault::from_engine(error, sql);
        if self.connection.is_autocommit() {
            self.broke.borrow_mut().get_or_insert_with(|| fault.clone());
        }
        fault
    }

    /// Whether the engine rolled the whole transaction back under us (full disk, failing disk), and why.
    pub(super) fn broken(&self) -> Option<Fault> {
        if !self.connection.is_autocommit() {
            return None;
        }
        let unknown = || Fault::Engine("the transaction ended inside a job".to_owned());
        Some(self.broke.borrow_mut().take().unwrap_or_else(unknown))
    }
}

/// Is `name` the text `$number`?
fn is_number(name: &str, number: usize) -> bool {
    name.strip_prefix('$').and_then(|digits| digits.parse().ok()) == Some(number)
}

impl<'c> Write<'c> {
    pub(super) fn new(connection: &'c Connection, at: i64) -> Self {
        Self { read: Read::new(connection), at }
    }

    /// The instant of this write in milliseconds since 1970, as the caller gave it.
    pub fn at(&self) -> i64 {
        self.at
    }

    /// Runs an INSERT, UPDATE or DELETE; the number of rows it touched. A guarded change of stage compares
    /// this with 1.
    ///
    /// # Errors
    /// The engine's `Fault`, a broken constraint included.
    pub fn change(&self, sql: &str, params: &[&dyn Value]) -> Result<usize, Fault> {
        let mut statement = self.read.bind(sql, params)?;
        statement.raw_execute().map_err(|error| self.read.fault(&error, sql))
    }

    /// Runs an `INSERT … ON CONFLICT … DO NOTHING`: whether a row was made. Uniqueness is asked this way and
    /// never by catching an error, after which other engines give up the transaction.
    ///
    /// # Errors
    /// The engine's `Fault`.
    pub fn insert_new(&self, sql: &str, params: &[&dyn Value]) -> Result<bool, Fault> {
        Ok(self.change(sql, params)? > 0)
    }
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

impl Row<'_> {
    /// An INTEGER.
    ///
    /// # Errors
    /// `Fault::Corrupt` for any other kind; the same for every `get_…` here.
    pub fn get_i64(&self, column: usize) -> Result<i64, Fault> {
        self.get_opt_i64(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// An INTEGER from 0 to `u32::MAX`.
    pub fn get_u32(&self, column: usize) -> Result<u32, Fault> {
        self.get_opt_u32(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// An INTEGER that is 0 or 1.
    pub fn get_bool(&self, column: usize) -> Result<bool, Fault> {
        self.get_opt_bool(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// A TEXT in UTF-8.
    pub fn get_text(&self, column: usize) -> Result<String, Fault> {
        self.get_opt_text(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// A BLOB.
    pub fn get_blob(&self, column: usize) -> Result<Vec<u8>, Fault> {
        self.get_opt_blob(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// A BLOB of exactly `N` bytes: ids and hashes.
    pub fn get_array<const N: usize>(&self, column: usize) -> Result<[u8; N], Fault> {
        self.get_opt_array(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// An INTEGER or NULL.
    pub fn get_opt_i64(&self, column: usize) -> Result<Option<i64>, Fault> {
        match self.raw(column)? {
            Raw::Null => Ok(None),
            Raw::Integer(number) => Ok(Some(number)),
            _ => Err(self.corrupt(column)),
        }
    }

    /// An INTEGER from 0 to `u32::MAX`, or NULL.
    pub fn get_opt_u32(&self, column: usize) -> Result<Option<u32>, Fault> {
        let number = self.get_opt_i64(column)?;
        number.map(|number| u32::try_from(number).map_err(|_too_large| self.corrupt(column))).transpose()
    }

    /// An INTEGER that is 0 or 1, or NULL.
    pub fn get_opt_bool(&self, column: usize) -> Result<Option<bool>, Fault> {
        match self.get_opt_i64(column)? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(_) => Err(self.corrupt(column)),
        }
    }

    /// A TEXT in UTF-8, or NULL.
    pub fn get_opt_text(&self, column: usize) -> Result<Option<String>, Fault> {
        match self.raw(column)? {
            Raw::Null => Ok(None),
            Raw::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Some(text.to_owned())),
                Err(_) => Err(self.corrupt(column)),
            },
            _ => Err(self.corrupt(column)),
        }
    }

    /// A BLOB or NULL.
    pub fn get_opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, Fault> {
        match self.raw(column)? {
            Raw::Null => Ok(None),
            Raw::Blob(bytes) => Ok(Some(bytes.to_vec())),
            _ => Err(self.corrupt(column)),
        }
    }

    /// A BLOB of exactly `N` bytes, or NULL.
    pub fn get_opt_array<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, Fault> {
        match self.raw(column)? {
            Raw::Null => Ok(None),
            Raw::Blob(bytes) => bytes.try_into().map(Some).map_err(|_length| self.corrupt(column)),
            _ => Err(self.corrupt(column)),
        }
    }

    /// The fault of a column that has the right kind and yet does not parse: an unknown stage, a bad address.
    pub fn corrupt(&self, column: usize) -> Fault {
        let name = self.row.as_ref().column_name(column).map_or_else(|_| column.to_string(), str::to_owned);
        Fault::Corrupt { table: table_of(self.sql), column: name, id: self.id() }
    }

    fn raw(&self, column: usize) -> Result<Raw<'_>, Fault> {
        self.row.get_ref(column).map_err(|error| Fault::from_engine(&error, self.sql))
    }

    /// The row's id for the log, if the first column is one. Ids are random bytes, nobody's data.
    fn id(&self) -> String {
        match (self.row.as_ref().column_name(0), self.row.get_ref(0)) {
            (Ok("id"), Ok(Raw::Blob(bytes))) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => String::new(),
        }
    }
}

/// The first table a statement names; the statement's first words if it names none.
fn table_of(sql: &str) -> String {
    let mut words = sql.split_whitespace();
    let named = words
        .by_ref()
        .any(|word| ["from", "into", "update"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword)));
    let table = words.next().filter(|_| named);
    table.map_or_else(|| first_words(sql), |word| word.trim_end_matches([',', ';', '(']).to_owned())
}
