//! What remains of an interaction after its person was erased: evidence that it was sent.

use jiff::Timestamp;

use super::{Failure, Interaction, Moment, Origin, Outline, Overriding, Record, Trigger};
use crate::compliance::{Decision, Reason};

impl Interaction {
    /// Leaves of it what is not personal: its id and its person's, when, by which channel, about what, why, how it went, by
    /// which template, and the rules that let it go or refused it. What waits is called off. Done again, it changes nothing.
    ///
    /// What is kept is named here; whatever else an interaction has is gone.
    pub fn erase(&mut self, now: Timestamp) {
        if self.erased_at.is_some() {
            return;
        }
        self.call_off_for_good(None, now);
        let outline = Outline {
            id: self.id.clone(),
            tenant: self.tenant.clone(),
            person_id: self.person_id.clone(),
            channel: self.channel,
            direction: self.direction,
            theme: self.theme,
            trace_id: self.trace_id.clone(),
        };
        let origin = match &self.origin {
            Origin::Sent => Origin::Sent,
            Origin::Told => Origin::Told,
            Origin::Recorded(record) => Origin::Recorded(times(record)),
            Origin::Received(record) => Origin::Received(times(record)),
        };
        let failure = self.failure.as_ref().map(|failure| Failure {
            summary: None,
            description: String::new(),
            ..failure.clone()
        });
        *self = Self {
            subject: self.subject.clone(),
            trigger: self.trigger.as_ref().map(Trigger::erased),
            transactional: self.transactional,
            descriptor_id: self.descriptor_id.clone(),
            version_id: self.version_id.clone(),
            batch_id: self.batch_id.clone(),
            sensitive: self.sensitive,
            state: self.state,
            failure,
            provider: self.provider.clone(),
            // Reports that come late find the message by these, and are told from those of others.
            account: self.account.clone(),
            asked: self.asked.clone(),
            reference: self.reference.clone(),
            segments: self.segments,
            opted_out_at: self.opted_out_at,
            send_at: self.send_at,
            attempts: self.attempts,
            decision: self.decision.as_ref().map(rules),
            earlier_decisions: self.earlier_decisions.iter().map(rules).collect(),
            overridden: self
                .overridden
                .as_ref()
                .map(|who| Overriding { reason: String::new(), ..who.clone() }),
            ledger_version: self.ledger_version,
            timeline: self.timeline.iter().map(|moment| Moment { note: None, ..moment.clone() }).collect(),
            updated_at: now.max(self.updated_at),
            erased_at: Some(now),
            revision: self.revision,
            ..Self::begin(outline, origin, self.created_at)
        };
    }
}

/// When it was, and what came of it; not what anybody noted.
fn times(record: &Record) -> Record {
    Record { meta_data: serde_json::Map::new(), ..record.clone() }
}

/// Which rules spoke, and how; not where the person may be, and not what they said in words.
fn rules(decision: &Decision) -> Decision {
    let reason = |reason: &Reason| Reason { detail: String::new(), ..reason.clone() };
    Decision {
        reasons: decision.reasons.iter().map(reason).collect(),
        time_zones: Vec::new(),
        jurisdictions: Vec::new(),
        facts_digest: None,
        ..decision.clone()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        delivery::{About, DeliveryEvent, News, Refusal, Retry},
        interaction::{
            Claim, Step,
            tests::{after, start, text},
        },
        vocabulary::{FailureReason, InteractionStatus, ProviderName, StatusDetails},
    };

    #[test]
    fn what_waits_is_called_off_and_no_address_stays() {
        let mut waiting = text();
        waiting.note(start(), Step::Scheduled, Some("+13125550123".into()));
        let mut held = text();
        assert_eq!(held.claim(start()), Claim::Taken);
        for mut message in [waiting, held] {
            let revision = message.revision;
            message.erase(after(120));
            assert_eq!(message.state.status, Some(InteractionStatus::Canceled));
            assert_eq!((message.due_at, message.leased_until, message.revision), (None, None, revision));
            assert_eq!(message.claim(after(300)), Claim::Done);
            let stored = serde_json::to_string(&message).unwrap();
            assert!(!stored.contains("3125550123"), "{stored}");
            let once = message.clone();
            message.erase(after(999));
            assert_eq!(message, once);
        }
    }

    #[test]
    fn a_late_report_moves_it_leaves_no_words_and_has_it_sent_no_more() {
        for retry in [Retry::Never, Retry::Times(3)] {
            let mut message = text();
            assert_eq!(message.claim(start()), Claim::Taken);
            message.asks(ProviderName::Twilio, None);
            message.sent(
                ProviderName::Twilio,
                crate::delivery::Receipt { reference: "SM1".into(), segments: None },
                after(1),
            );
            message.erase(after(120));
            let refusal = Refusal {
                about: About::Recipient,
                details: Some(StatusDetails::TextDeviceUnreachable),
                reason: FailureReason::SmsNotSent,
                code: Some("30003".into()),
                description: "+13125550123 is unreachable".into(),
                retry,
                effect: None,
            };
            let event = DeliveryEvent {
                provider: ProviderName::Twilio,
                reference: "SM1".into(),
                interaction_id: None,
                event_id: "1".into(),
                occurred_at: after(200),
                news: News::Failed(refusal),
            };
            assert!(message.settle(&event, jiff::SignedDuration::from_secs(30), after(201)).is_some());
            let stored = serde_json::to_string(&message).unwrap();
            assert!(!stored.contains("3125550123"), "{stored}");
            assert_eq!((message.due_at, message.erased_at), (None, Some(after(120))));
            assert_ne!(message.state.status, Some(InteractionStatus::Attempted));
        }
    }
}
