//! A notice inside the lender's own application: the message itself, kept there until its borrower reads it.

use jiff::Timestamp;

use super::{Interaction, Step};
use crate::vocabulary::{Channel, Direction, InteractionStatus};

/// How far a notice has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It is shown, and nobody said that it was read.
    Unread,
    /// It was read.
    Read,
}

impl Notice {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Unread, Self::Read];
}

impl Interaction {
    /// How far the notice has come, if this is one that the lender's application shows. One that waits or never left is
    /// not shown, nor is one that others had.
    pub fn notice(&self) -> Option<Notice> {
        let is_kept = self.channel == Channel::Gui
            && self.direction == Direction::Outbound
            && self.origin.record().is_none()
            && self.person_id.is_some()
            && self.erased_at.is_none();
        match self.state.status.filter(|_| is_kept)? {
            InteractionStatus::Attempted => Some(Notice::Unread),
            InteractionStatus::Succeeded => Some(Notice::Read),
            InteractionStatus::Scheduled
            | InteractionStatus::InProgress
            | InteractionStatus::Canceled
            | InteractionStatus::Failed => None,
        }
    }

    /// The borrower read the notice. Returns whether that is news.
    pub fn read(&mut self, now: Timestamp) -> bool {
        let is_news =
            self.notice() == Some(Notice::Unread) && self.advance(InteractionStatus::Succeeded, None);
        if is_news {
            self.note(now, Step::Delivered, Some("read".to_owned()));
        }
        is_news
    }

    /// When the borrower read the notice; `None` if nobody said so.
    pub fn read_at(&self) -> Option<Timestamp> {
        let is_read = self.notice() == Some(Notice::Read);
        let read = self.timeline.iter().rev().find(|moment| moment.what == Step::Delivered);
        read.filter(|_| is_read).map(|moment| moment.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        delivery::Receipt,
        interaction::{
            Claim, Origin, Record,
            tests::{after, start, text},
        },
        ledger::Outcome,
        vocabulary::ProviderName,
    };

    fn kept() -> Interaction {
        let mut notice = Interaction { channel: Channel::Gui, ..text() };
        assert_eq!(notice.claim(start()), Claim::Taken);
        let receipt = Receipt { reference: notice.id.to_string(), segments: None };
        notice.sent(ProviderName::Inbox, receipt, after(1));
        notice
    }

    #[test]
    fn a_notice_is_unread_until_it_is_read_and_reading_is_news_once() {
        let mut notice = kept();
        assert_eq!((notice.notice(), notice.read_at()), (Some(Notice::Unread), None));
        assert_eq!(notice.outcome(), Some(Outcome::Attempted));
        assert!(notice.read(after(60)));
        assert_eq!((notice.notice(), notice.read_at()), (Some(Notice::Read), Some(after(60))));
        assert_eq!(notice.outcome(), Some(Outcome::Attempted), "that it arrives was assumed");
        let once = notice.clone();
        assert!(!notice.read(after(120)));
        assert_eq!(notice, once);
    }

    #[test]
    fn what_is_not_shown_is_no_notice_and_cannot_be_read() {
        let waiting = Interaction { channel: Channel::Gui, ..text() };
        let mut called_off = waiting.clone();
        assert!(called_off.cancel("no longer true", None, after(1)));
        let mut erased = kept();
        erased.erase(after(1));
        for mut other in [
            waiting,
            called_off,
            erased,
            Interaction { channel: Channel::Text, ..kept() },
            Interaction { direction: Direction::Inbound, ..kept() },
            Interaction { origin: Origin::Recorded(Record::default()), ..kept() },
            Interaction { person_id: None, ..kept() },
        ] {
            let before = other.clone();
            assert_eq!(other.notice(), None, "{other:?}");
            assert!(!other.read(after(60)));
            assert_eq!(other, before);
        }
    }
}
