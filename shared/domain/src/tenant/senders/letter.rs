//! Who prints and mails a tenant's letters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    letter::{Addressee, ExtraService, MailClass, Mailing, PageSize},
    person::Address,
    vocabulary::ProviderName,
};

/// Who prints and mails letters, how, and whom they come back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LetterSender {
    /// Who takes its letters away.
    #[serde(default = "lob")]
    pub provider: ProviderName,
    /// The name above the return address.
    pub name: String,
    /// Where letters come back to that cannot be delivered.
    pub return_address: Address,
    /// The paper. Lob has US Letter only.
    #[serde(default)]
    pub page_size: PageSize,
    /// Whether letters are printed in color.
    #[serde(default)]
    pub color: bool,
    /// Whether letters are printed on both sides of a sheet.
    #[serde(default = "both")]
    pub double_sided: bool,
    /// How fast they go.
    #[serde(default)]
    pub mail_class: MailClass,
    /// What the Postal Service does besides, for First-Class Mail.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extra_service: Option<ExtraService>,
    /// Whether an envelope for the answer is enclosed; the first page is perforated for it.
    #[serde(default)]
    pub return_envelope: bool,
    /// The most pages of a letter with its enclosures, 1 to 118; as many as an envelope takes by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_pages: Option<usize>,
    /// The account at Lob, if that is the provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lob: Option<LobAccount>,
    /// How many letters a second the account takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

fn lob() -> ProviderName {
    ProviderName::Lob
}

fn both() -> bool {
    true
}

impl LetterSender {
    /// The most that [`Self::max_pages`] may say: what an envelope takes of sheets printed on both sides.
    pub const MOST_PAGES: usize = 118;

    /// Whom its letters come back to.
    pub fn sender(&self) -> Addressee {
        Addressee { name: self.name.clone(), address: self.return_address.clone() }
    }

    /// How its letters are printed and mailed.
    pub fn mailing(&self) -> Mailing {
        Mailing {
            color: self.color,
            double_sided: self.double_sided,
            mail_class: self.mail_class,
            extra_service: self.extra_service,
            return_envelope: self.return_envelope,
        }
    }

    /// Pages a letter to this addressee may have.
    pub fn most_pages(&self, to: &Addressee) -> usize {
        let most = self.mailing().most_pages(to);
        self.max_pages.map_or(most, |pages| pages.min(most))
    }
}

/// An account at Lob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LobAccount {
    /// Name or ARN of the secret that holds an API key.
    pub api_key_secret: String,
    /// Name or ARN of the secret that signs Lob's webhooks.
    pub webhook_secret: String,
}
