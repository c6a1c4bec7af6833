//! What strangers at an address want, beside the people who have it.

use domain::{
    Error,
    person::{BookAddress, Stranger},
    tenant::TenantId,
};

use super::{Refused, Store, item, keys};

impl Store {
    /// Who spoke at an address, as far as whoever gets it must know. What is kept names neither the address nor the words.
    pub async fn stranger(
        &self,
        tenant: &TenantId,
        address: &BookAddress,
    ) -> Result<Option<Stranger>, Error> {
        let kept: Option<Stranger> = self.get(keys::stranger(tenant, address)).await?;
        Ok(kept.map(|stranger| stranger.named(address)))
    }

    /// Writes what a stranger said. Returns whether it was written: not if somebody else did meanwhile.
    pub async fn save_stranger(
        &self,
        tenant: &TenantId,
        address: &BookAddress,
        stranger: &mut Stranger,
    ) -> Result<bool, Error> {
        let before = stranger.revision;
        stranger.revision += 1;
        let item = item(keys::stranger(tenant, address), "stranger", &[], &stranger.nameless())?;
        match self.put(self.put_after(before, item)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }
}
