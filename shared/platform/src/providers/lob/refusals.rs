//! What Lob's error codes mean for a letter and its addressee: one table.
//!
//! Codes: <https://docs.lob.com/#section/Errors/Error-Codes>. What is not in the table is final unless Lob is busy.

use domain::{
    delivery::{
        About::{self, Account, Message, Recipient, Server},
        ContactEffect::{self, Invalid},
        Refusal,
        Retry::{self, Never, WhileAllowed},
    },
    vocabulary::{
        Channel,
        StatusDetails::{self, *},
    },
};
use reqwest::StatusCode;

use crate::providers::{
    exchange::is_busy,
    mapping::{Mapping, Word},
};

/// Code, about whom it is, detail of 001, whether to try again, what it says about the address, and what to tell the lender's
/// people.
type Row = (&'static str, About, StatusDetails, Retry, Option<ContactEffect>, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // The account.
    ("unauthorized", Account, LetterFailedToCreate, Never, None,
        "Lob does not accept the account's key. Correct the API key secret."),
    ("unauthorized_token", Account, LetterFailedToCreate, Never, None,
        "Lob does not accept the account's key. Correct the API key secret."),
    ("publishable_key_not_allowed", Account, LetterFailedToCreate, Never, None,
        "The API key is a publishable one. Put a secret key into the API key secret."),
    ("email_required", Account, LetterFailedToCreate, Never, None,
        "Lob wants the account's e-mail address confirmed first."),
    ("billing_address_required", Account, LetterFailedToCreate, Never, None,
        "Lob wants a billing address for the account first."),
    ("payment_method_unverified", Account, LetterFailedToCreate, Never, None,
        "Lob wants a payment method for the account first."),
    ("feature_limit_reached", Account, LetterFailedToCreate, Never, None,
        "The account's edition at Lob does not allow more of this."),
    ("rate_limit_exceeded", Server, LetterFailedToCreate, WhileAllowed, None,
        "Lob is receiving too many requests from this account."),
    // The address.
    ("failed_deliverability_strictness", Recipient, InvalidContact, Never, Some(Invalid),
        "Lob verified the address, and mail does not arrive there. Ask the borrower for the right one."),
    ("address_length_exceeds_limit", Recipient, InvalidContact, Never, None,
        "The address is too long to be printed. Shorten its lines."),
    ("special_characters_restricted", Recipient, InvalidContact, Never, None,
        "The address has characters that Lob does not print. Write it in Latin letters."),
    ("foreign_return_address", Account, LetterFailedToCreate, Never, None,
        "The return address must be in the US. Correct the tenant's letter sender."),
    ("invalid_international_feature", Message, LetterFailedToCreate, Never, None,
        "What the tenant's letter sender asks for is not offered to addresses outside the US."),
    // The pages.
    ("file_pages_exceed_max", Message, LetterFailedToCreate, Never, None,
        "The letter has more pages than Lob takes. Shorten it."),
    ("file_pages_below_min", Message, LetterFailedToCreate, Never, None,
        "The letter has no page."),
    ("file_size_exceeds_limit", Message, LetterFailedToCreate, Never, None,
        "The letter has more bytes than Lob takes. Make its images smaller."),
    ("inconsistent_page_dimensions", Message, LetterFailedToCreate, Never, None,
        "The pages are of different sizes. Lob takes US Letter."),
    ("invalid_file_dimensions", Message, LetterFailedToCreate, Never, None,
        "The pages are not of the size that Lob prints, which is US Letter."),
    ("invalid_file", Message, LetterFailedToCreate, Never, None,
        "Lob cannot read the letter's PDF."),
    ("pdf_encrypted", Message, LetterFailedToCreate, Never, None,
        "The letter's PDF is encrypted."),
    ("unembedded_fonts", Message, LetterFailedToCreate, Never, None,
        "An enclosed PDF does not bring its fonts. Save it with all fonts embedded."),
    ("invalid_perforation_return_envelope", Message, LetterFailedToCreate, Never, None,
        "Lob cannot perforate the letter for a return envelope. Correct the tenant's letter sender."),
    ("mail_use_type_can_not_be_null", Account, LetterFailedToCreate, Never, None,
        "The account at Lob wants to know what its mail is for."),
];

/// Everything Lob has a code for.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    TABLE.iter().map(|row| Mapping::sending(row.0, of(StatusCode::UNPROCESSABLE_ENTITY, Some(row.0))))
}

/// What an answer means that is a refusal.
pub fn of(status: StatusCode, code: Option<&str>) -> Refusal {
    let is_busy = is_busy(status);
    let row = code
        .and_then(|code| TABLE.iter().find(|row| row.0 == code))
        .filter(|row| !is_busy || row.3 == WhileAllowed);
    let (about, details, retry, effect, description) = match row {
        Some((_, about, details, retry, effect, description)) => {
            (*about, *details, *retry, *effect, (*description).to_owned())
        }
        None if is_busy => {
            let description = format!("Lob is busy or not available ({status}).");
            (Server, LetterFailedToCreate, WhileAllowed, None, description)
        }
        None => {
            let what = code.map_or_else(|| status.to_string(), str::to_owned);
            let where_to_read = format!(
                "Lob refuses the letter: {what}. See https://docs.lob.com/#section/Errors/Error-Codes."
            );
            (Message, LetterFailedToCreate, Never, None, where_to_read)
        }
    };
    let code = code.map(str::to_owned).or_else(|| Some(status.as_str().to_owned()));
    Refusal { code, effect, ..Word::Of001(details).refusal(Channel::Mail, about, retry, description) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_code_stands_once_and_means_what_its_row_says_whatever_the_status() {
        let codes: BTreeSet<_> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(codes.len(), TABLE.len());
        for (code, about, details, retry, effect, description) in TABLE {
            let refusal = of(StatusCode::UNPROCESSABLE_ENTITY, Some(code));
            assert_eq!((refusal.details, refusal.retry, refusal.effect), (Some(*details), *retry, *effect));
            assert_eq!(refusal.about, *about, "{code}");
            assert_eq!((refusal.code.as_deref(), refusal.description.as_str()), (Some(*code), *description));
        }
    }

    #[test]
    fn a_busy_lob_is_asked_again_and_a_refusing_one_is_not() {
        for (status, code, retry) in [
            (429, Some("rate_limit_exceeded"), WhileAllowed),
            (429, None, WhileAllowed),
            (500, Some("internal_server_error"), WhileAllowed),
            (503, None, WhileAllowed),
            (503, Some("unauthorized"), WhileAllowed),
            (401, Some("unauthorized"), Never),
            (403, Some("feature_limit_reached"), Never),
            (404, Some("not_found"), Never),
            (422, Some("invalid"), Never),
            (422, None, Never),
        ] {
            let refusal = of(StatusCode::from_u16(status).unwrap(), code);
            assert_eq!(refusal.retry, retry, "{status} {code:?}");
            assert!(refusal.code.is_some());
        }
    }

    #[test]
    fn only_what_the_post_knows_of_an_address_marks_it() {
        let marking: Vec<_> = TABLE.iter().filter(|row| row.4.is_some()).map(|row| row.0).collect();
        assert_eq!(marking, ["failed_deliverability_strictness"]);
    }

    proptest! {
        #[test]
        fn whatever_is_answered_has_an_end_and_a_sentence(status in 400u16..600, code in "[a-z_]{0,20}") {
            let refusal = of(StatusCode::from_u16(status).unwrap(), Some(&code));
            prop_assert!(!refusal.description.is_empty());
            prop_assert_eq!(refusal.retry == WhileAllowed, status >= 500 || status == 429 || code == "rate_limit_exceeded");
        }
    }
}
