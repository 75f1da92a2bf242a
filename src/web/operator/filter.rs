//! Finding a service in a long list by a part of its name.

use super::services::SERVICES_MAX;
use crate::domain::id::OrganisationId;
use crate::domain::organisation::NAME_MAX;
use crate::domain::service::Service;
use crate::http::Trouble;
use crate::store::{self, Fault, Read};
use crate::web::visit::Visit;

/// So many services need no field to look for one.
const FEW: usize = 12;

/// The field above a list; `templates/parts/service_filter.html` shows it.
#[derive(Clone)]
pub(crate) struct Filter {
    /// What was looked for.
    pub(crate) text: String,
    /// GET.
    pub(crate) url: &'static str,
    /// There are more than the list shows.
    pub(crate) more: bool,
}

/// What was asked for: a part of a name; more than any name has is cut off.
///
/// # Errors
/// [`Trouble`]: the query can not be read.
pub(crate) fn asked(visit: &Visit) -> Result<String, Trouble> {
    Ok(visit.query()?.get("name").unwrap_or("").trim().chars().take(NAME_MAX).collect())
}

/// The services of a list, an organisation's or all, and the field above it where there are many.
///
/// # Errors
/// The store's.
pub(crate) fn listed(
    text: &str,
    of: Option<OrganisationId>,
    url: &'static str,
    db: &Read,
) -> Result<(Vec<Service>, Option<Filter>), Fault> {
    let most = usize::try_from(SERVICES_MAX).unwrap_or(usize::MAX);
    let mut services = store::service::named(text, of, SERVICES_MAX + 1, db)?;
    let more = services.len() > most;
    services.truncate(most);
    let many = services.len() > FEW || !text.is_empty();
    Ok((services, many.then(|| Filter { text: text.to_owned(), url, more })))
}
