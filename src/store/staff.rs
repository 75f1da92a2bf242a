//! Members of staff and the invitations that make them.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::id::{InviteId, StaffId};
use crate::domain::secret::BearerHash;
use crate::domain::staff::{Role, Staff};
use crate::domain::time::{Span, Timestamp};

/// An invitation lives fifteen minutes.
pub const INVITE_LIFE: Span = Span::minutes(15);

/// The member of staff of an id.
pub fn by_id(id: StaffId, db: &Read) -> Result<Option<Staff>, Fault> {
    db.one("SELECT id, user_handle, role, name, created_at FROM staff WHERE id = $1", &[&id], from_row)
}

/// All members of staff of a role, oldest first.
pub fn by_role(role: Role, db: &Read) -> Result<Vec<Staff>, Fault> {
    db.all(
        "SELECT id, user_handle, role, name, created_at FROM staff WHERE role = $1 ORDER BY created_at, id",
        &[&role.name()],
        from_row,
    )
}

/// How many members of staff of a role there are.
pub fn count(role: Role, db: &Read) -> Result<i64, Fault> {
    let found =
        db.one("SELECT count(*) FROM staff WHERE role = $1", &[&role.name()], |row| row.get_i64(0))?;
    Ok(found.unwrap_or(0))
}

/// Makes a member of staff.
pub fn insert(staff: &Staff, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO staff (id, user_handle, role, name, created_at) VALUES ($1, $2, $3, $4, $5)",
        &[&staff.id, &staff.user_handle, &staff.role.name(), &staff.name, &staff.created],
    )?;
    Ok(())
}

/// Invites: the secret's hash is all that is kept. Earlier unused invitations of the role stay valid.
pub fn invite(id: InviteId, secret: &BearerHash, role: Role, db: &Write) -> Result<(), Fault> {
    let now = Timestamp(db.at());
    db.change(
        "INSERT INTO invite (id, secret_hash, role, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        &[&id, secret, &role.name(), &now, &(now + INVITE_LIFE)],
    )?;
    Ok(())
}

/// The role an open invitation gives; the secret must be the one that was shown.
pub fn open_invite(id: InviteId, presented: &str, now: Timestamp, db: &Read) -> Result<Option<Role>, Fault> {
    let found = db.one(
        "SELECT secret_hash, role FROM invite WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        &[&id, &now],
        |row| Ok((values::hash(row, 0)?, values::name(row, 1, Role::parse)?)),
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
        role: values::name(row, 2, Role::parse)?,
        name: row.get_text(3)?,
        created: values::time(row, 4)?,
    })
}
