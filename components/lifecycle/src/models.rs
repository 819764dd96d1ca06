//! The models that can be run: ours come with the application, a deployment's own from the store, where the operator puts its file.

use catalogue::Catalogue;
use store::keys;

use crate::{Error, Ports};

/// All models.
///
/// # Errors
/// What the store answers. A deployment's own file was checked when it was put there.
pub async fn catalogue<P: Ports>(ports: &P) -> Result<Catalogue, Error> {
    let ours = Catalogue::built_in().map_err(Error::internal)?;
    match ports.store().read(&keys::catalogue()).await? {
        Some(own) => Ok(ours.with(Catalogue::known(own.as_bytes()).map_err(Error::internal)?)),
        None => Ok(ours),
    }
}
