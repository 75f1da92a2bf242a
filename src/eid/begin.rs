//! Opening a check.

use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckStage, Purpose};
use crate::domain::sign_in::SignIn;
use crate::domain::time::Span;
use crate::http::{Appliance, Browser, Trouble};
use crate::store;

/// A check dies a quarter of an hour after it was opened, with whatever it read.
pub const CHECK_LIFE: Span = Span::minutes(15);

/// Opens a check for a sign-in; an earlier unfinished one of the same sign-in dies.
pub async fn begin(
    purpose: Purpose,
    sign_in: &SignIn,
    browser: &Browser,
    app: &Appliance,
) -> Result<CheckId, Trouble> {
    let check = Check {
        id: CheckId::draw(app.dice.as_ref()),
        sign_in: sign_in.id,
        browser: browser.hash(),
        purpose,
        stage: CheckStage::Open,
        identification: None,
        expires: app.now() + CHECK_LIFE,
    };
    let id = check.id;
    app.write(move |db| store::identity_check::insert(&check, db).map_err(Trouble::from)).await?;
    Ok(id)
}

/// The living check of an id, for the browser that opened it and no other.
pub fn load(app: &Appliance, browser: &Browser, id: CheckId) -> Result<Check, Trouble> {
    let found = app.store.read(|db| store::identity_check::by_id(id, db))?;
    let check = found.filter(|check| app.now() < check.expires).ok_or(Trouble::SignInOver)?;
    if check.browser != browser.hash() {
        return Err(Trouble::OtherBrowser);
    }
    Ok(check)
}
