//! What Lob's error codes mean for a letter and its addressee: one table.
//!
//! Codes: <https://docs.lob.com/#section/Errors/Error-Codes>. What is not in the table is final unless Lob is busy.

use domain::{
    delivery::{
        ContactEffect::{self, Invalid},
        Refusal,
        Retry::{self, Never, WhileAllowed},
    },
    vocabulary::{
        Channel, FailureReason,
        StatusDetails::{self, *},
    },
};
use reqwest::StatusCode;

use crate::providers::mapping::Mapping;

/// Code, detail of 001, whether to try again, what it says about the address, and what to tell the lender's people.
type Row = (&'static str, StatusDetails, Retry, Option<ContactEffect>, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // The account.
    ("unauthorized", LetterFailedToCreate, Never, None,
        "Lob does not accept the account's key. Correct the API key secret."),
    ("unauthorized_token", LetterFailedToCreate, Never, None,
        "Lob does not accept the account's key. Correct the API key secret."),
    ("publishable_key_not_allowed", LetterFailedToCreate, Never, None,
        "The API key is a publishable one. Put a secret key into the API key secret."),
    ("email_required", LetterFailedToCreate, Never, None,
        "Lob wants the account's e-mail address confirmed first."),
    ("billing_address_required", LetterFailedToCreate, Never, None,
        "Lob wants a billing address for the account first."),
    ("payment_method_unverified", LetterFailedToCreate, Never, None,
        "Lob wants a payment method for the account first."),
    ("feature_limit_reached", LetterFailedToCreate, Never, None,
        "The account's edition at Lob does not allow more of this."),
    ("rate_limit_exceeded", LetterFailedToCreate, WhileAllowed, None,
        "Lob is receiving too many requests from this account."),
    // The address.
    ("failed_deliverability_strictness", InvalidContact, Never, Some(Invalid),
        "Lob verified the address, and mail does not arrive there. Ask the borrower for the right one."),
    ("address_length_exceeds_limit", InvalidContact, Never, None,
        "The address is too long to be printed. Shorten its lines."),
    ("special_characters_restricted", InvalidContact, Never, None,
        "The address has characters that Lob does not print. Write it in Latin letters."),
    ("foreign_return_address", LetterFailedToCreate, Never, None,
        "The return address must be in the US. Correct the tenant's letter sender."),
    ("invalid_international_feature", LetterFailedToCreate, Never, None,
        "What the tenant's letter sender asks for is not offered to addresses outside the US."),
    // The pages.
    ("file_pages_exceed_max", LetterFailedToCreate, Never, None,
        "The letter has more pages than Lob takes. Shorten it."),
    ("file_pages_below_min", LetterFailedToCreate, Never, None,
        "The letter has no page."),
    ("file_size_exceeds_limit", LetterFailedToCreate, Never, None,
        "The letter has more bytes than Lob takes. Make its images smaller."),
    ("inconsistent_page_dimensions", LetterFailedToCreate, Never, None,
        "The pages are of different sizes. Lob takes US Letter."),
    ("invalid_file_dimensions", LetterFailedToCreate, Never, None,
        "The pages are not of the size that Lob prints, which is US Letter."),
    ("invalid_file", LetterFailedToCreate, Never, None,
        "Lob cannot read the letter's PDF."),
    ("pdf_encrypted", LetterFailedToCreate, Never, None,
        "The letter's PDF is encrypted."),
    ("unembedded_fonts", LetterFailedToCreate, Never, None,
        "An enclosed PDF does not bring its fonts. Save it with all fonts embedded."),
    ("invalid_perforation_return_envelope", LetterFailedToCreate, Never, None,
        "Lob cannot perforate the letter for a return envelope. Correct the tenant's letter sender."),
    ("mail_use_type_can_not_be_null", LetterFailedToCreate, Never, None,
        "The account at Lob wants to know what its mail is for."),
];

/// Everything Lob has a code for.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    TABLE.iter().map(|row| Mapping::sending(row.0, of(StatusCode::UNPROCESSABLE_ENTITY, Some(row.0))))
}

/// What an answer means that is a refusal.
pub fn of(status: StatusCode, code: Option<&str>) -> Refusal {
    let is_busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let row = code
        .and_then(|code| TABLE.iter().find(|row| row.0 == code))
        .filter(|row| !is_busy || row.2 == WhileAllowed);
    let (details, retry, effect, description) = match row {
        Some((_, details, retry, effect, description)) => {
            (*details, *retry, *effect, (*description).to_owned())
        }
        None if is_busy => {
            (LetterFailedToCreate, WhileAllowed, None, format!("Lob is busy or not available ({status})."))
        }
        None => {
            let what = code.map_or_else(|| status.to_string(), str::to_owned);
            let where_to_read =
                format!("Lob refuses the letter: {what}, https://docs.lob.com/#section/Errors/Error-Codes");
            (LetterFailedToCreate, Never, None, where_to_read)
        }
    };
    let reason = FailureReason::of(details, Channel::Mail).unwrap_or(FailureReason::InvalidHttpResponse);
    let code = code.map(str::to_owned).or_else(|| Some(status.as_str().to_owned()));
    Refusal { details: Some(details), reason, code, description, retry, effect }
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
        for (code, details, retry, effect, description) in TABLE {
            let refusal = of(StatusCode::UNPROCESSABLE_ENTITY, Some(code));
            assert_eq!((refusal.details, refusal.retry, refusal.effect), (Some(*details), *retry, *effect));
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
        let marking: Vec<_> = TABLE.iter().filter(|row| row.3.is_some()).map(|row| row.0).collect();
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
