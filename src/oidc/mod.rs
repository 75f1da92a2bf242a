//! The room `oidc`.
