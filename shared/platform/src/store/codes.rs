//! Confirmation codes: kept until they end, and gone with the write of what they confirm.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use domain::{
    Error,
    confirmation::ConfirmationCode,
    error::Ours as _,
    id::{self, Id},
    person::{BookAddress, Person},
    tenant::TenantId,
};

use super::{Refused, Store, item, keys, number, people::Known};

impl Store {
    /// The code that waits for a person at an address.
    pub async fn code(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        address: &BookAddress,
    ) -> Result<Option<ConfirmationCode>, Error> {
        self.get(keys::code(tenant, person, address)).await
    }

    /// Keeps a code in the place of any that waits at the address.
    pub async fn keep_code(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        address: &BookAddress,
        code: &ConfirmationCode,
    ) -> Result<(), Error> {
        let put = self.put_of(self.code_item(tenant, person, address, code)?);
        let put = put.build().internal()?;
        self.put(put).await.map_err(Refused::unexpected)
    }

    /// Writes a code that was guessed at. Returns whether it was written: not if somebody else did meanwhile.
    pub async fn guessed_at(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        address: &BookAddress,
        code: &mut ConfirmationCode,
    ) -> Result<bool, Error> {
        let before = code.revision;
        code.revision += 1;
        match self.put(self.put_after(before, self.code_item(tenant, person, address, code)?)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Writes what became of a person and uses up the code that allowed it: both or neither, so that a code confirms once.
    ///
    /// # Errors
    /// As [`Store::save_person`], also if the code changed meanwhile.
    pub async fn save_confirmed(
        &self,
        tenant: &TenantId,
        person: &Person,
        before: &Known,
        address: &BookAddress,
        code: &ConfirmationCode,
    ) -> Result<u64, Error> {
        let used = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::code(tenant, &person.id, address).into_item()))
            .condition_expression("revision = :before AND #d.digest = :digest")
            .expression_attribute_names("#d", "data")
            .expression_attribute_values(":before", number(code.revision))
            .expression_attribute_values(":digest", super::text(code.digest()))
            .build()
            .internal()?;
        let used = TransactWriteItem::builder().delete(used).build();
        self.save_person_and(tenant, person, Some(before), vec![used]).await
    }

    fn code_item(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        address: &BookAddress,
        code: &ConfirmationCode,
    ) -> Result<super::Item, Error> {
        let mut item = item(keys::code(tenant, person, address), "code", &[], code)?;
        item.insert("expires_at".into(), number(code.ends_at.as_second().max(0).unsigned_abs()));
        Ok(item)
    }
}
