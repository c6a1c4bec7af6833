//! What Twilio's error codes mean for a message and its recipient: one table, for answers and events alike.
//!
//! Codes: <https://www.twilio.com/docs/api/errors>. A code that is not in the table is `textUnknownError`, final.

use domain::{
    delivery::{
        About::{self, Account, Message, Recipient, Server},
        ContactEffect::{self, CannotReceiveTexts, Invalid, OptedOut},
        Refusal,
        Retry::{self, Never, Times, WhileAllowed},
    },
    vocabulary::{Channel, FailureReason::*, StatusDetails::*},
};

use crate::providers::mapping::{
    Mapping,
    Word::{self, Of001, Of003},
};

/// Code, about whom it is, word, whether to try again, what it says about the number, and what to tell the lender's people.
type Row = (u32, About, Word, Retry, Option<ContactEffect>, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Answers to a send.
    (20003, Account, Of003(InvalidSmsGatewayCredentials), Never, None,
        "Twilio does not accept the account's credentials. Correct the account SID or the auth token secret."),
    (20005, Account, Of001(TextAccountSuspended), Never, None,
        "The account at Twilio is not active. Nothing will be sent until that is settled with Twilio."),
    (14107, Server, Of003(SmsServiceError), WhileAllowed, None,
        "Twilio is receiving too many texts from this sender."),
    (20429, Server, Of003(SmsServiceError), WhileAllowed, None,
        "Twilio is receiving too many requests from this account."),
    (21211, Recipient, Of001(InvalidContact), Never, Some(Invalid),
        "The recipient's number is not a valid phone number."),
    (21408, Recipient, Of001(TextRegionInvalid), Never, None,
        "The account may not text this region. Enable it in Twilio's geographic permissions."),
    (21602, Message, Of003(SmsNotSent), Never, None,
        "The message has no text."),
    (21603, Account, Of003(SmsServiceNotEnabled), Never, None,
        "The sender is missing. Correct the tenant's text sender."),
    (21604, Recipient, Of001(InvalidContact), Never, None,
        "The recipient's number is missing."),
    (21606, Recipient, Of003(SmsServiceNotEnabled), Never, None,
        "The sender cannot text this number. Check the tenant's text sender."),
    (21610, Recipient, Of001(TextUnsubscribedRecipient), Never, Some(OptedOut),
        "The recipient told Twilio to stop."),
    (21611, Server, Of001(TextQueueOverflow), Times(5), None,
        "Too many texts from this sender are waiting at Twilio."),
    (21612, Recipient, Of003(SmsServiceNotEnabled), Never, None,
        "The sender cannot reach this number. Check the tenant's text senders."),
    (21614, Recipient, Of001(TextLandlineOrUnreachableCarrier), Never, Some(CannotReceiveTexts),
        "The recipient's number is not a mobile number."),
    (21617, Message, Of003(SmsTooLong), Never, None,
        "The text is longer than Twilio's 1,600 characters. Shorten the message, or its template."),
    (21620, Message, Of003(SmsNotSent), Never, None,
        "Twilio cannot use the address of a file that goes with the text."),
    (21623, Message, Of003(MaxMessageSizeLimitExceeded), Never, None,
        "The text carries more files than Twilio takes."),
    (21635, Recipient, Of001(TextLandlineOrUnreachableCarrier), Never, Some(CannotReceiveTexts),
        "The recipient's number is a landline."),
    (21659, Account, Of003(SmsServiceNotEnabled), Never, None,
        "The sender is not a number of this account. Correct the tenant's text sender."),
    (21703, Account, Of003(SmsServiceNotEnabled), Never, None,
        "The messaging service has no number to send from. Add one to it at Twilio."),
    (21705, Account, Of003(SmsServiceNotEnabled), Never, None,
        "The sender is no messaging service of this account. Correct the tenant's text sender."),
    (63038, Account, Of003(SmsServiceError), Times(2), None,
        "The account's daily limit of texts is used up."),
    // Reported after Twilio took the message.
    (11200, Message, Of003(SmsGatewayError), Times(2), None,
        "Twilio could not fetch a file that goes with the text."),
    (12300, Message, Of003(SmsGatewayError), Never, None,
        "Twilio does not take a file of this type."),
    (30001, Server, Of001(TextQueueOverflow), Times(5), None,
        "Too many texts from this sender were waiting at Twilio."),
    (30002, Account, Of001(TextAccountSuspended), Never, None,
        "Twilio suspended the account. Nothing will be sent until that is settled with Twilio."),
    (30003, Recipient, Of001(TextDeviceUnreachable), Times(2), None,
        "The handset is switched off or out of reach."),
    (30004, Recipient, Of001(TextMessageBlocked), Never, None,
        "The recipient's number is blocked from receiving this message."),
    (30005, Recipient, Of001(TextNumberDisconnected), Never, Some(Invalid),
        "The recipient's number is unknown or no longer exists."),
    (30006, Recipient, Of001(TextLandlineOrUnreachableCarrier), Never, Some(CannotReceiveTexts),
        "The recipient's number is a landline, or its carrier cannot be reached."),
    (30007, Account, Of001(TextCarrierViolation), Never, None,
        "The carrier filtered the message as objectionable. Review the template's wording before sending more."),
    (30008, Recipient, Of001(TextUnknownError), Times(1), None,
        "The carrier reports an unknown error."),
    (30009, Recipient, Of001(TextMissingSegment), Never, None,
        "Parts of the message did not arrive."),
    (30010, Message, Of001(TextMessagePriceExceedsMax), Never, None,
        "The message costs more than the maximum price that was set."),
    (30022, Server, Of001(TextQueueOverflow), Times(5), None,
        "The sender's A2P 10DLC campaign texts faster than its carrier permits."),
    (30023, Account, Of003(SmsServiceNotEnabled), Times(2), None,
        "The brand's daily limit of A2P 10DLC texts is used up until midnight, Pacific time."),
    (30032, Account, Of003(SmsServiceNotEnabled), Never, None,
        "The sender's toll-free number is not verified. Verify it with Twilio; until then every text fails."),
    (30033, Account, Of001(TextA2PCampaignUnregistered), Never, None,
        "The sender's A2P 10DLC campaign is suspended. Settle that with Twilio; until then every text fails."),
    (30034, Account, Of001(TextA2PCampaignUnregistered), Never, None,
        "The sender's number is not registered for A2P 10DLC. Register it with Twilio; until then every text fails."),
    (30036, Server, Of003(SmsNotSent), Times(2), None,
        "The text waited in Twilio's queue for as long as it may. Set maxPerSecond to what the sender can send."),
];

/// Everything Twilio has a code for.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let known = TABLE.iter().map(|row| Mapping::either(row.0, of(row.0)));
    known.chain([Mapping::either("", unknown("…")).given("any other code")])
}

/// A failure for which Twilio gives no code.
pub fn unexplained() -> Refusal {
    refusal(Message, Of001(TextUnknownError), Never, "Twilio reports a failure without saying why.")
}

/// What a code means.
pub fn of(code: u32) -> Refusal {
    match TABLE.iter().find(|row| row.0 == code) {
        Some((_, about, word, retry, effect, description)) => {
            let code = Some(code.to_string());
            Refusal { code, effect: *effect, ..refusal(*about, *word, *retry, description) }
        }
        None => unknown(&code.to_string()),
    }
}

fn refusal(about: About, word: Word, retry: Retry, description: &str) -> Refusal {
    word.refusal(Channel::Text, about, retry, description)
}

fn unknown(code: &str) -> Refusal {
    Refusal {
        code: Some(code.to_owned()),
        description: format!("Twilio reports error {code}: https://www.twilio.com/docs/api/errors/{code}"),
        ..unexplained()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::vocabulary::{FailureReason, InteractionStatus};
    use proptest::prelude::*;

    use super::*;

    /// The binding list of the provider contract: code, detail of 001, retries, effect.
    #[test]
    fn codes_mean_what_the_provider_contract_says() {
        for (code, details, retry, effect) in [
            (20429, None, WhileAllowed, None),
            (21211, Some(InvalidContact), Never, Some(Invalid)),
            (21408, Some(TextRegionInvalid), Never, None),
            (21610, Some(TextUnsubscribedRecipient), Never, Some(OptedOut)),
            (21614, Some(TextLandlineOrUnreachableCarrier), Never, Some(CannotReceiveTexts)),
            (30001, Some(TextQueueOverflow), Times(5), None),
            (30002, Some(TextAccountSuspended), Never, None),
            (30003, Some(TextDeviceUnreachable), Times(2), None),
            (30004, Some(TextMessageBlocked), Never, None),
            (30005, Some(TextNumberDisconnected), Never, Some(Invalid)),
            (30006, Some(TextLandlineOrUnreachableCarrier), Never, Some(CannotReceiveTexts)),
            (30007, Some(TextCarrierViolation), Never, None),
            (30008, Some(TextUnknownError), Times(1), None),
            (30009, Some(TextMissingSegment), Never, None),
            (30010, Some(TextMessagePriceExceedsMax), Never, None),
            (30034, Some(TextA2PCampaignUnregistered), Never, None),
            (20005, Some(TextAccountSuspended), Never, None),
            (21703, None, Never, None),
            (21705, None, Never, None),
            (30023, None, Times(2), None),
            (30036, None, Times(2), None),
            (63038, None, Times(2), None),
            (12345, Some(TextUnknownError), Never, None),
        ] {
            let refusal = of(code);
            assert_eq!((refusal.details, refusal.retry, refusal.effect), (details, retry, effect), "{code}");
            assert_eq!(refusal.code, Some(code.to_string()));
        }
    }

    #[test]
    fn failures_001_has_no_word_for_are_named_by_003() {
        for (code, reason) in [
            (20003, InvalidSmsGatewayCredentials),
            (20429, SmsServiceError),
            (21602, SmsNotSent),
            (21603, SmsServiceNotEnabled),
            (21617, SmsTooLong),
        ] {
            assert_eq!((of(code).details, of(code).reason), (None, reason), "{code}");
        }
        assert_eq!(of(21604).reason, MissingSmsRecipient);
        assert_eq!(of(12345).reason, SmsServiceError);
    }

    #[test]
    fn every_code_stands_once_and_means_a_failed_text() {
        let codes: BTreeSet<_> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(codes.len(), TABLE.len());
        for (code, _, word, ..) in TABLE {
            if let Of001(details) = word {
                assert_eq!(details.status(), Some(InteractionStatus::Failed), "{code}");
                assert!(details.channel().is_none_or(|channel| channel == Channel::Text), "{code}");
                assert!(FailureReason::of(*details, Channel::Text).is_some(), "{code}");
            }
        }
    }

    #[test]
    fn what_stops_every_text_of_a_sender_is_about_its_account() {
        let stops = TABLE.iter().filter(|row| row.1 == Account).map(|row| row.0);
        assert_eq!(
            BTreeSet::from_iter(stops),
            [20003, 20005, 21603, 21659, 21703, 21705, 30002, 30007, 30023, 30032, 30033, 30034, 63038]
                .into()
        );
        for code in [14107, 20429, 21611, 30001, 30022, 30036] {
            assert_eq!(of(code).about, Server, "{code}");
        }
        for code in [21211, 21408, 21610, 30003, 30005, 30006] {
            assert_eq!(of(code).about, Recipient, "{code}");
        }
    }

    proptest! {
        #[test]
        fn an_unknown_code_is_kept_raw(code in 70_000u32..) {
            let refusal = of(code);
            prop_assert_eq!(refusal.code, Some(code.to_string()));
            prop_assert_eq!(refusal.details, Some(TextUnknownError));
        }
    }
}
