//! Notices kept for the lender's own application.
//!
//! Nothing is called: a notice is delivered by being kept, and the message itself is what is kept. So it is shown from the
//! write on that says it was sent, and a dispatcher that vanishes before that write has shown nothing.

use async_trait::async_trait;
use domain::{
    delivery::{Receipt, SendOutcome},
    vocabulary::ProviderName,
};

use super::{Carrier, Outgoing, Provider, mapping::Mapping};

/// See the module documentation.
pub struct Inbox;

#[async_trait]
impl Provider for Inbox {
    fn name(&self) -> ProviderName {
        ProviderName::Inbox
    }

    /// It refuses nothing, and nobody reports.
    fn mappings(&self) -> Vec<Mapping> {
        Vec::new()
    }
}

#[async_trait]
impl Carrier for Inbox {
    /// Nothing is done twice: keeping it again is keeping it.
    fn knows_repeats(&self) -> bool {
        true
    }

    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        SendOutcome::Sent(Receipt { reference: message.interaction.id.to_string(), segments: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::fixtures::{INTERACTION, Message};

    #[tokio::test]
    async fn a_notice_is_its_own_receipt_however_often_it_is_kept() {
        let mut notice = Message::text("Your statement is ready.");
        notice.interaction.channel = domain::vocabulary::Channel::Gui;
        for _ in 0..2 {
            let receipt = Receipt { reference: INTERACTION.into(), segments: None };
            assert_eq!(Inbox.send(&notice.outgoing()).await, SendOutcome::Sent(receipt));
        }
    }
}
