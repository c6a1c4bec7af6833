//! What is known of accounts at providers. An account that was never out of order has no item.

use domain::{
    Error,
    account::Account,
    circuit::{Circuit, State},
    tenant::TenantId,
};

use super::{
    Page, Position, Refused, Store, item,
    keys::{self, BY_OWNER},
    number,
};

/// The type of an item that holds a circuit.
pub(super) const CIRCUIT: &str = "circuit";
/// What a tenant's circuits stand under.
const KIND: &str = "CIRCUITS";
/// How long a closed one is shown, in seconds: 30 days.
const SHOWN: i64 = 30 * 24 * 3_600;

impl Store {
    /// What is known of an account.
    pub async fn circuit(&self, tenant: &TenantId, account: &Account) -> Result<Circuit, Error> {
        let known = self.get(keys::circuit(tenant, account)).await?;
        Ok(known.unwrap_or_else(|| Circuit::closed(account.clone())))
    }

    /// Writes one that changed. Returns whether it was written: not if somebody else changed it meanwhile.
    pub async fn save_circuit(&self, tenant: &TenantId, circuit: &mut Circuit) -> Result<bool, Error> {
        let before = circuit.revision;
        circuit.revision += 1;
        let key = keys::circuit(tenant, &circuit.account);
        let place = keys::moment(circuit.since, circuit.account.as_str());
        let mut item = item(key, CIRCUIT, &[(BY_OWNER, keys::of_tenant(tenant, KIND), place)], circuit)?;
        if circuit.state == State::Closed {
            let ends = circuit.since.as_second().saturating_add(SHOWN);
            item.insert("expires_at".into(), number(ends.max(0).unsigned_abs()));
        }
        match self.put(self.put_after(before, item)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => {
                circuit.revision = before;
                Ok(false)
            }
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// A tenant's accounts that are out of order, or were within 30 days; what changed last first.
    pub async fn circuits(
        &self,
        tenant: &TenantId,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<Circuit>, Error> {
        let after = after.map(super::Edge::After);
        self.list(BY_OWNER, &keys::of_tenant(tenant, KIND), None, limit, after).await
    }
}
