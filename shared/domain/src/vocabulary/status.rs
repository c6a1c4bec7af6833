//! How an interaction went: its status, the technical details, the direction, and what the agent says (001).
//!
//! The facts about each value are here; which state may follow which is in [`super::progress`].

use super::Channel;

vocabulary! {
    /// How far an interaction has come. One that is queued and not yet attempted has none; a query asks for it by `null`.
    InteractionStatus {
        /// Handed over; success is assumed until something else is known.
        Attempted "attempted",
        Succeeded "succeeded",
        /// Does not count against contact caps.
        Failed "failed",
        Scheduled "scheduled",
        Canceled "canceled",
        /// Going on now, as a call or a chat does.
        InProgress "inProgress",
    }
}

vocabulary! {
    /// Who began the interaction: the lender (outbound) or the person (inbound).
    Direction {
        Outbound "outbound",
        Inbound "inbound",
    }
}

vocabulary! {
    /// What came of a call according to the agent. Agents may correct it; it has no order.
    ///
    /// The document describes `voiceDisconnectedWhileQueuedOnHold` in its text and leaves it out of its list; it is
    /// accepted here.
    AgentOutcome {
        VoiceSpokeWithFirstParty "voiceSpokeWithFirstParty",
        VoiceSpokeWithThirdParty "voiceSpokeWithThirdParty",
        VoiceLeftVoicemail "voiceLeftVoicemail",
        VoiceLineBusyNoRing "voiceLineBusyNoRing",
        VoiceReachedVoicemailNoMessageLeft "voiceReachedVoicemailNoMessageLeft",
        VoiceRangNoPickup "voiceRangNoPickup",
        VoicePickedHungUp "voicePickedHungUp",
        VoiceFailedToInitiate "voiceFailedToInitiate",
        VoiceNumberDisconnected "voiceNumberDisconnected",
        VoiceUnexpectedDisconnect "voiceUnexpectedDisconnect",
        VoiceDisconnectedWhileQueuedOnHold "voiceDisconnectedWhileQueuedOnHold",
    }
}

/// What the agent says of a call, as the line would report it: for channel, direction and how far the call got.
impl From<AgentOutcome> for StatusDetails {
    fn from(outcome: AgentOutcome) -> Self {
        match outcome {
            AgentOutcome::VoiceSpokeWithFirstParty => Self::VoiceSpokeWithFirstParty,
            AgentOutcome::VoiceSpokeWithThirdParty => Self::VoiceSpokeWithThirdParty,
            AgentOutcome::VoiceLeftVoicemail => Self::VoiceLeftVoicemail,
            AgentOutcome::VoiceLineBusyNoRing => Self::VoiceLineBusyNoRing,
            AgentOutcome::VoiceReachedVoicemailNoMessageLeft => Self::VoiceReachedVoicemailNoMessageLeft,
            AgentOutcome::VoiceRangNoPickup => Self::VoiceRangNoPickup,
            AgentOutcome::VoicePickedHungUp => Self::VoicePickedHungUp,
            AgentOutcome::VoiceFailedToInitiate => Self::VoiceFailedToInitiate,
            AgentOutcome::VoiceNumberDisconnected => Self::VoiceNumberDisconnected,
            AgentOutcome::VoiceUnexpectedDisconnect => Self::VoiceUnexpectedDisconnect,
            AgentOutcome::VoiceDisconnectedWhileQueuedOnHold => Self::VoiceDisconnectedWhileQueuedOnHold,
        }
    }
}

macro_rules! status_details {
    ($(#[$meta:meta])* { $($variant:ident $text:literal $channel:tt $direction:tt $status:tt)* }) => {
        vocabulary! { $(#[$meta])* StatusDetails { $($variant $text),* } }

        impl StatusDetails {
            /// The only status this goes with; `None` when any begun one will do.
            pub const fn status(self) -> Option<InteractionStatus> {
                match self { $(Self::$variant => cell!(InteractionStatus $status)),* }
            }

            /// The only channel this can happen on; `None` for all.
            pub const fn channel(self) -> Option<Channel> {
                match self { $(Self::$variant => cell!(Channel $channel)),* }
            }

            /// The only direction this can happen in; `None` for both.
            pub const fn direction(self) -> Option<Direction> {
                match self { $(Self::$variant => cell!(Direction $direction)),* }
            }
        }
    };
}

status_details! {
    /// The technical side of a status. Columns: channel, direction, status; `-` is "any".
    ///
    /// Channels follow from the names, except the two the document allows everywhere. Statuses are the document's
    /// lists "Succeeded", "Attempted" and "Failed". What they leave open is decided so:
    ///
    /// - The outcome of a call, and the two chat details on no list, go with any status of an interaction that began.
    /// - `blockedByComplianceGuard` and `invalidContact` are `failed`, by the document's sentence that what rules or
    ///   misconfiguration prevented has failed.
    /// - Delivery reports, calls placed and guarded sends are outbound; "received", "lender disabled", "unknown number"
    ///   and "while on hold" are inbound; if the wording fits both, both are allowed.
    {
        VoiceSpokeWithFirstParty           "voiceSpokeWithFirstParty"           Voice -        -
        VoiceSpokeWithThirdParty           "voiceSpokeWithThirdParty"           Voice -        -
        VoiceLeftVoicemailFirstParty       "voiceLeftVoicemailFirstParty"       Voice Outbound -
        VoiceLeftVoicemailThirdParty       "voiceLeftVoicemailThirdParty"       Voice Outbound -
        VoiceLeftVoicemail                 "voiceLeftVoicemail"                 Voice Outbound -
        VoiceLineBusyNoRing                "voiceLineBusyNoRing"                Voice Outbound -
        VoiceReachedVoicemailNoMessageLeft "voiceReachedVoicemailNoMessageLeft" Voice Outbound -
        VoiceRangNoPickup                  "voiceRangNoPickup"                  Voice Outbound -
        VoicePickedHungUp                  "voicePickedHungUp"                  Voice Outbound -
        VoiceFailedToInitiate              "voiceFailedToInitiate"              Voice Outbound Failed
        VoiceNumberDisconnected            "voiceNumberDisconnected"            Voice Outbound Failed
        VoiceReceivedOutsideOpenHours      "voiceReceivedOutsideOpenHours"      Voice Inbound  Attempted
        VoiceUnexpectedDisconnect          "voiceUnexpectedDisconnect"          Voice -        -
        VoiceDisconnectedWhileQueuedOnHold "voiceDisconnectedWhileQueuedOnHold" Voice Inbound  -
        VoiceReceivedNoAgentsAvailable     "voiceReceivedNoAgentsAvailable"     Voice Inbound  Failed
        VoiceLenderDisabledInboundCalls    "voiceLenderDisabledInboundCalls"    Voice Inbound  Failed
        VoiceConnected                     "voiceConnected"                     Voice -        Attempted
        VoiceNumberInvalid                 "voiceNumberInvalid"                 Voice Outbound Failed
        EmailSent                          "emailSent"                          Email Outbound Attempted
        EmailDelivered                     "emailDelivered"                     Email Outbound Succeeded
        EmailBlocked                       "emailBlocked"                       Email Outbound Failed
        EmailBounced                       "emailBounced"                       Email Outbound Failed
        EmailOpened                        "emailOpened"                        Email Outbound Succeeded
        EmailClick                         "emailClick"                         Email Outbound Succeeded
        EmailDropped                       "emailDropped"                       Email Outbound Failed
        EmailFailedToSend                  "emailFailedToSend"                  Email Outbound Failed
        EmailReportedAsSpam                "emailReportedAsSpam"                Email Outbound Failed
        LetterCreated                      "letterCreated"                      Mail  Outbound Attempted
        LetterFailedToCreate               "letterFailedToCreate"               Mail  Outbound Failed
        LetterRenderedPdf                  "letterRenderedPdf"                  Mail  Outbound Attempted
        LetterRenderedThumbnails           "letterRenderedThumbnails"           Mail  Outbound Attempted
        LetterProcessedForDelivery         "letterProcessedForDelivery"         Mail  Outbound Attempted
        LetterRerouted                     "letterRerouted"                     Mail  Outbound Attempted
        LetterInLocalArea                  "letterInLocalArea"                  Mail  Outbound Attempted
        LetterInTransit                    "letterInTransit"                    Mail  Outbound Attempted
        LetterDelivered                    "letterDelivered"                    Mail  Outbound Succeeded
        LetterReturnedToSender             "letterReturnedToSender"             Mail  Outbound Failed
        LetterDeleted                      "letterDeleted"                      Mail  Outbound Failed
        ChatPosted                         "chatPosted"                         Chat  -        Attempted
        ChatRead                           "chatRead"                           Chat  -        Succeeded
        ChatBorrowerInactivity             "chatBorrowerInactivity"             Chat  -        -
        ChatReceivedOutsideOpenHours       "chatReceivedOutsideOpenHours"       Chat  Inbound  -
        TextConvoTimeoutAutoclose          "textConvoTimeoutAutoclose"          Text  -        Attempted
        TextConvoClosedStale               "textConvoClosedStale"               Text  -        Attempted
        TextConvoUnknownNumberRejected     "textConvoUnknownNumberRejected"     Text  Inbound  Failed
        TextConvoClosedByAgent             "textConvoClosedByAgent"             Text  -        Attempted
        TextLenderDisabledInboundTexts     "textLenderDisabledInboundTexts"     Text  Inbound  Failed
        TextUnsubscribedRecipient          "textUnsubscribedRecipient"          Text  Outbound Failed
        TextQueueOverflow                  "textQueueOverflow"                  Text  Outbound Failed
        TextAccountSuspended               "textAccountSuspended"               Text  Outbound Failed
        TextDeviceUnreachable              "textDeviceUnreachable"              Text  Outbound Failed
        TextMessageBlocked                 "textMessageBlocked"                 Text  Outbound Failed
        TextNumberDisconnected             "textNumberDisconnected"             Text  Outbound Failed
        TextLandlineOrUnreachableCarrier   "textLandlineOrUnreachableCarrier"   Text  Outbound Failed
        TextCarrierViolation               "textCarrierViolation"               Text  Outbound Failed
        TextUnknownError                   "textUnknownError"                   Text  Outbound Failed
        TextMissingSegment                 "textMissingSegment"                 Text  -        Failed
        TextMessagePriceExceedsMax         "textMessagePriceExceedsMax"         Text  Outbound Failed
        TextA2PCampaignUnregistered        "textA2PCampaignUnregistered"        Text  Outbound Failed
        TextRegionInvalid                  "textRegionInvalid"                  Text  Outbound Failed
        BlockedByComplianceGuard           "blockedByComplianceGuard"           -     Outbound Failed
        InvalidContact                     "invalidContact"                     -     -        Failed
    }
}

impl StatusDetails {
    /// What is known once a provider took a message on this channel; `None` if the document has no word for it.
    pub const fn sent_on(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Email => Some(Self::EmailSent),
            Channel::Mail => Some(Self::LetterCreated),
            Channel::Chat => Some(Self::ChatPosted),
            Channel::Voice
            | Channel::Fax
            | Channel::Text
            | Channel::Gui
            | Channel::Document
            | Channel::Push
            | Channel::Webhook
            | Channel::EventStream
            | Channel::Task => None,
        }
    }
}
