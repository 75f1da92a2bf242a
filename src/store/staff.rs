//! Members of staff and the invitations that make them.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::id::{InviteId, OrganisationId, StaffId};
use crate::domain::secret::BearerHash;
use crate::domain::staff::{Role, Staff};
use crate::domain::time::{Span, Timestamp};

/// An invitation lives fifteen minutes.
pub const INVITE_LIFE: Span = Span::minutes(15);

const COLUMNS: &str = "id, user_handle, role, organisation, name, created_at";

/// The member of staff of an id.
pub fn by_id(id: StaffId, db: &Read) -> Result<Option<Staff>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM staff WHERE id = $1"), &[&id], from_row)
}

/// All operators, oldest first.
pub fn operators(db: &Read) -> Result<Vec<Staff>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM staff WHERE role = $1 ORDER BY created_at, id");
    db.all(&sql, &[&Role::Operator.name()], from_row)
}

/// The members of an organisation, oldest first.
pub fn of_organisation(organisation: OrganisationId, db: &Read) -> Result<Vec<Staff>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM staff WHERE organisation = $1 ORDER BY created_at, id");
    db.all(&sql, &[&organisation], from_row)
}

/// How many operators there are.
pub fn count_operators(db: &Read) -> Result<i64, Fault> {
    let sql = "SELECT count(*) FROM staff WHERE role = $1";
    Ok(db.one(sql, &[&Role::Operator.name()], |row| row.get_i64(0))?.unwrap_or(0))
}

/// All clerks, oldest first.
pub fn clerks(db: &Read) -> Result<Vec<Staff>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM staff WHERE role = $1 ORDER BY created_at, id");
    db.all(&sql, &[&Role::Clerk.name()], from_row)
}

/// Takes a clerk's access, with keys and sessions. `false`: there is no such clerk.
pub fn remove_clerk(id: StaffId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM staff WHERE id = $1 AND role = $2", &[&id, &Role::Clerk.name()])? == 1)
}

/// Makes a member of staff.
pub fn insert(staff: &Staff, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO staff (id, user_handle, role, organisation, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &staff.id,
            &staff.user_handle,
            &staff.role.name(),
            &staff.role.organisation(),
            &staff.name,
            &staff.created,
        ],
    )?;
    Ok(())
}

/// Takes a member's access, with keys and sessions. `false`: they are not of this organisation.
pub fn remove(id: StaffId, organisation: OrganisationId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM staff WHERE id = $1 AND organisation = $2", &[&id, &organisation])? == 1)
}

/// Invites: the secret's hash is all that is kept. Earlier unused invitations of the role stay valid.
pub fn invite(id: InviteId, secret: &BearerHash, role: Role, db: &Write) -> Result<(), Fault> {
    let now = Timestamp(db.at());
    db.change(
        "INSERT INTO invite (id, secret_hash, role, organisation, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[&id, secret, &role.name(), &role.organisation(), &now, &(now + INVITE_LIFE)],
    )?;
    Ok(())
}

/// The role an open invitation gives; the secret must be the one that was shown.
pub fn open_invite(id: InviteId, presented: &str, now: Timestamp, db: &Read) -> Result<Option<Role>, Fault> {
    let found = db.one(
        "SELECT secret_hash, role, organisation FROM invite WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        &[&id, &now],
        |row| Ok((values::hash(row, 0)?, role(row, 1)?)),
    )?;
    Ok(found.filter(|(hash, _)| hash.matches(presented)).map(|(_, role)| role))
}

/// Uses an invitation up. `false`: used, expired or unknown.
pub fn use_invite(id: InviteId, presented: &str, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE invite SET used_at = $1 WHERE id = $2 AND secret_hash = $3 AND used_at IS NULL AND expires_at > $1",
        &[&db.at(), &id, &BearerHash::of(presented)],
    )?;
    Ok(changed == 1)
}

fn from_row(row: &Row) -> Result<Staff, Fault> {
    Ok(Staff {
        id: values::id(row, 0)?,
        user_handle: values::array(row, 1)?,
        role: role(row, 2)?,
        name: row.get_text(4)?,
        created: values::time(row, 5)?,
    })
}

/// A role from its column and the organisation in the next.
fn role(row: &Row, column: usize) -> Result<Role, Fault> {
    let organisation = values::opt_id(row, column + 1)?;
    values::name(row, column, |name| Role::of(name, organisation))
}
