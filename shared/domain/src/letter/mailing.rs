//! How letters are printed and mailed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Addressee;
use crate::error::{Conflict, Error};

/// How a letter is printed and mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mailing {
    /// Whether it is printed in color.
    pub color: bool,
    /// Whether it is printed on both sides of a sheet.
    pub double_sided: bool,
    /// How fast it goes.
    pub mail_class: MailClass,
    /// What the Postal Service does besides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extra_service: Option<ExtraService>,
    /// Whether an envelope for the answer is enclosed, with a perforated first page.
    pub return_envelope: bool,
}

/// How fast letters go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MailClass {
    /// First-Class Mail: forwarded and returned at no charge.
    #[default]
    FirstClass,
    /// USPS Marketing Mail: cheaper and slower, and not to addresses outside the US.
    Standard,
}

/// What the Postal Service does besides carrying a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExtraService {
    /// Proves mailing and delivery, within the US.
    Certified,
    /// The same, with the recipient's signature.
    CertifiedReturnReceipt,
    /// Tracks a letter to an address outside the US.
    Registered,
}

impl ExtraService {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Certified => "certified mail",
            Self::CertifiedReturnReceipt => "certified mail with a return receipt",
            Self::Registered => "registered mail",
        }
    }

    const fn is_for_abroad(self) -> bool {
        match self {
            Self::Certified | Self::CertifiedReturnReceipt => false,
            Self::Registered => true,
        }
    }
}

impl Mailing {
    /// Sheets an envelope takes within the US.
    const SHEETS: usize = 60;
    /// Sheets an envelope takes to anywhere else.
    const SHEETS_ABROAD: usize = 6;

    /// Pages a letter to this addressee may have. One sheet is left for the address, if a page for it must be inserted.
    pub fn most_pages(&self, to: &Addressee) -> usize {
        let sheets = if to.is_abroad() { Self::SHEETS_ABROAD } else { Self::SHEETS };
        (sheets - 1) * if self.double_sided { 2 } else { 1 }
    }

    /// Whether letters go to such an addressee so.
    ///
    /// # Errors
    /// [`Conflict::AddressNotPrintable`].
    pub fn reaches(&self, to: &Addressee) -> Result<(), Error> {
        let abroad = to.is_abroad();
        let wrong = match (self.extra_service, self.mail_class) {
            (Some(extra), _) if extra.is_for_abroad() != abroad => Some(extra.in_words()),
            (_, MailClass::Standard) if abroad => Some("standard mail"),
            _ => None,
        };
        let Some(wrong) = wrong else { return Ok(()) };
        let place = if abroad { "outside" } else { "in" };
        let detail =
            format!("There is no {wrong} to an address {place} the US; ask for another letter sender.");
        Err(Error::conflict(Conflict::AddressNotPrintable, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailing(mail_class: MailClass, extra_service: Option<ExtraService>) -> Mailing {
        Mailing { color: false, double_sided: true, mail_class, extra_service, return_envelope: false }
    }

    #[test]
    fn what_the_postal_service_offers_depends_on_the_country() {
        use ExtraService::{Certified, CertifiedReturnReceipt, Registered};
        use MailClass::{FirstClass, Standard};
        for (class, extra, at_home, abroad) in [
            (FirstClass, None, true, true),
            (Standard, None, true, false),
            (FirstClass, Some(Certified), true, false),
            (FirstClass, Some(CertifiedReturnReceipt), true, false),
            (FirstClass, Some(Registered), false, true),
        ] {
            let mailing = mailing(class, extra);
            assert_eq!(mailing.reaches(&Addressee::example()).is_ok(), at_home, "{mailing:?}");
            assert_eq!(mailing.reaches(&Addressee::example_abroad()).is_ok(), abroad, "{mailing:?}");
        }
    }

    #[test]
    fn an_envelope_takes_sixty_sheets_and_six_to_other_countries_one_of_them_for_the_address() {
        let both = mailing(MailClass::FirstClass, None);
        let single = Mailing { double_sided: false, ..both };
        let (home, abroad) = (Addressee::example(), Addressee::example_abroad());
        assert_eq!((both.most_pages(&home), single.most_pages(&home)), (118, 59));
        assert_eq!((both.most_pages(&abroad), single.most_pages(&abroad)), (10, 5));
    }
}
