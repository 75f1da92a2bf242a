//! Who is a customer at this moment: a command in another process may change it any time.

use super::customer::{Customer, fingerprint, is_valid_at};
use super::kept::{self, NoFacade};
use crate::domain::time::Timestamp;
use crate::eid::service::ws_security::Guard;
use crate::http::Appliance;
use crate::xml::signature::{Signer, SigningKey};
use std::sync::{Arc, Mutex, PoisonError};

/// The facade: our key, and the customers of the moment.
pub struct Facade {
    pub(super) key: SigningKey,
    book: Mutex<Option<Arc<Book>>>,
}

/// The customers as of some bytes in the store.
pub struct Book {
    sealed: Option<Vec<u8>>,
    customers: Vec<Customer>,
    /// Takes what was signed by one of [`Book::signers`].
    pub(super) guard: Guard,
    /// For each of the guard's signers its customer's place, and its certificate.
    signers: Vec<(usize, Vec<u8>)>,
}

impl Facade {
    /// With the key of this house, which is made if there is none.
    ///
    /// # Errors
    /// [`NoFacade`].
    pub fn open(app: &Appliance) -> Result<Self, NoFacade> {
        Ok(Self { key: kept::signing_key(app)?.key()?, book: Mutex::default() })
    }

    /// The customers of the moment. Reading them parses keys and certificates, so that is done once for the same bytes.
    ///
    /// # Errors
    /// [`NoFacade`].
    pub fn book(&self, app: &Appliance) -> Result<Arc<Book>, NoFacade> {
        let sealed = kept::sealed_customers(app)?;
        let mut kept = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(book) = kept.as_ref().filter(|book| book.sealed == sealed) {
            return Ok(Arc::clone(book));
        }
        let customers = kept::open_customers(sealed.as_deref(), app)?;
        let (mut guarded, mut signers) = (Vec::new(), Vec::new());
        for (place, customer) in customers.iter().enumerate() {
            for der in &customer.signing {
                let signer = Signer::from_certificate(der);
                guarded.push(signer.map_err(|why| NoFacade::Broken(why.to_string()))?);
                signers.push((place, der.clone()));
            }
        }
        let book = Arc::new(Book { sealed, customers, guard: Guard::new(guarded), signers });
        *kept = Some(Arc::clone(&book));
        Ok(book)
    }
}

impl Book {
    /// The customer of one of the guard's signers, if its certificate is valid at an instant.
    #[must_use]
    pub fn signed_by(&self, signer: usize, now: Timestamp) -> Option<&Customer> {
        let (place, certificate) = self.signers.get(signer)?;
        is_valid_at(certificate, now).then(|| self.customers.get(*place)).flatten()
    }

    /// Whether a TLS client certificate (DER) is a customer's.
    #[must_use]
    pub fn has_client(&self, certificate: &[u8]) -> bool {
        let print = fingerprint(certificate);
        self.customers.iter().any(|customer| customer.tls.contains(&print))
    }
}
