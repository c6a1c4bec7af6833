//! Why a message failed and how far it is, in the words of communication messages (003).
//!
//! [`FailureReason`] is also the reason the core records for failures that have no `statusDetails`, such as a webhook
//! address that is not allowed.

use super::{Channel, InteractionStatus, StatusDetails};

vocabulary! {
    /// Why a message could not be sent (003, `failureReason`).
    FailureReason {
        MessagingException "MESSAGING_EXCEPTION",
        InvalidSmtpCredentials "INVALID_SMTP_CREDENTIALS",
        UnsupportedEncodingException "UNSUPPORTED_ENCODING_EXCEPTION",
        EmailServiceNotEnabled "EMAIL_SERVICE_NOT_ENABLED",
        SmsTooLong "SMS_TOO_LONG",
        SmsServiceNotEnabled "SMS_SERVICE_NOT_ENABLED",
        SmsNotSent "SMS_NOT_SENT",
        SmsServiceError "SMS_SERVICE_ERROR",
        SmsConnectionException "SMS_CONNECTION_EXCEPTION",
        WebhookNotificationsDisabled "WEBHOOK_NOTIFICATIONS_DISABLED",
        InvalidHttpResponse "INVALID_HTTP_RESPONSE",
        HttpErrorWhileSending "HTTP_ERROR_WHILE_SENDING",
        InvalidJsonBodySyntax "INVALID_JSON_BODY_SYNTAX",
        MissingTemplateKey "MISSING_TEMPLATE_KEY",
        MaxMessageSizeLimitExceeded "MAX_MESSAGE_SIZE_LIMIT_EXCEEDED",
        UndefinedDestination "UNDEFINED_DESTINATION",
        InvalidHttpProtocol "INVALID_HTTP_PROTOCOL",
        BlacklistedUrl "BLACKLISTED_URL",
        InvalidSmsGatewayCredentials "INVALID_SMS_GATEWAY_CREDENTIALS",
        MissingSmsRecipient "MISSING_SMS_RECIPIENT",
        SmsGatewayError "SMS_GATEWAY_ERROR",
        MissingEmailRecipientAddress "MISSING_EMAIL_RECIPIENT_ADDRESS",
        Other "OTHER",
    }
}

impl FailureReason {
    /// The one reason a failed detail stands for on this channel; `None` when the detail does not mean failure.
    ///
    /// 003 knows e-mail, text and HTTP. Calls, letters and what the guard stopped are `OTHER`, except that a letter
    /// provider's refusal is an HTTP answer.
    pub const fn of(details: StatusDetails, channel: Channel) -> Option<Self> {
        use StatusDetails as D;
        match details {
            D::EmailBlocked | D::EmailBounced | D::EmailDropped | D::EmailFailedToSend => {
                Some(Self::MessagingException)
            }
            D::LetterFailedToCreate => Some(Self::InvalidHttpResponse),
            D::TextA2PCampaignUnregistered
            | D::TextAccountSuspended
            | D::TextLenderDisabledInboundTexts
            | D::TextRegionInvalid => Some(Self::SmsServiceNotEnabled),
            D::TextCarrierViolation
            | D::TextDeviceUnreachable
            | D::TextLandlineOrUnreachableCarrier
            | D::TextMessageBlocked
            | D::TextMessagePriceExceedsMax
            | D::TextNumberDisconnected
            | D::TextUnsubscribedRecipient => Some(Self::SmsNotSent),
            D::TextMissingSegment => Some(Self::SmsGatewayError),
            D::TextQueueOverflow | D::TextUnknownError => Some(Self::SmsServiceError),
            D::InvalidContact => Some(match channel {
                Channel::Email => Self::MissingEmailRecipientAddress,
                Channel::Text => Self::MissingSmsRecipient,
                Channel::Voice
                | Channel::Fax
                | Channel::Chat
                | Channel::Mail
                | Channel::Gui
                | Channel::Document
                | Channel::Push
                | Channel::Webhook
                | Channel::EventStream
                | Channel::Task => Self::UndefinedDestination,
            }),
            D::BlockedByComplianceGuard
            | D::EmailReportedAsSpam
            | D::LetterDeleted
            | D::LetterReturnedToSender
            | D::TextConvoUnknownNumberRejected
            | D::VoiceFailedToInitiate
            | D::VoiceLenderDisabledInboundCalls
            | D::VoiceNumberDisconnected
            | D::VoiceNumberInvalid
            | D::VoiceReceivedNoAgentsAvailable => Some(Self::Other),
            D::VoiceSpokeWithFirstParty
            | D::VoiceSpokeWithThirdParty
            | D::VoiceLeftVoicemailFirstParty
            | D::VoiceLeftVoicemailThirdParty
            | D::VoiceLeftVoicemail
            | D::VoiceLineBusyNoRing
            | D::VoiceReachedVoicemailNoMessageLeft
            | D::VoiceRangNoPickup
            | D::VoicePickedHungUp
            | D::VoiceReceivedOutsideOpenHours
            | D::VoiceUnexpectedDisconnect
            | D::VoiceDisconnectedWhileQueuedOnHold
            | D::VoiceConnected
            | D::EmailSent
            | D::EmailDelivered
            | D::EmailOpened
            | D::EmailClick
            | D::LetterCreated
            | D::LetterRenderedPdf
            | D::LetterRenderedThumbnails
            | D::LetterProcessedForDelivery
            | D::LetterRerouted
            | D::LetterInLocalArea
            | D::LetterInTransit
            | D::LetterDelivered
            | D::ChatPosted
            | D::ChatRead
            | D::ChatBorrowerInactivity
            | D::ChatReceivedOutsideOpenHours
            | D::TextConvoTimeoutAutoclose
            | D::TextConvoClosedStale
            | D::TextConvoClosedByAgent => None,
        }
    }

    /// The reason when a provider of this channel did not answer.
    pub const fn no_answer_on(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::MessagingException,
            Channel::Text => Self::SmsConnectionException,
            Channel::Mail | Channel::Push | Channel::Webhook => Self::HttpErrorWhileSending,
            Channel::Voice
            | Channel::Fax
            | Channel::Chat
            | Channel::Gui
            | Channel::Document
            | Channel::EventStream
            | Channel::Task => Self::Other,
        }
    }
}

vocabulary! {
    /// How far a communication message has come (003, `state`).
    MessageState {
        Sent "SENT",
        Queued "QUEUED",
        QueuedForStream "QUEUED_FOR_STREAM",
        Waiting "WAITING",
        SendingAsync "SENDING_ASYNC",
        Failed "FAILED",
    }
}

impl MessageState {
    /// The state of an interaction. `claimed`: a consumer holds it and is sending now.
    ///
    /// A canceled message is `FAILED`, the only final state 003 has for what was never sent.
    pub const fn of(status: Option<InteractionStatus>, channel: Channel, claimed: bool) -> Self {
        match (status, channel) {
            (None | Some(InteractionStatus::Scheduled), _) if claimed => Self::SendingAsync,
            (None, Channel::EventStream) => Self::QueuedForStream,
            (None, _) => Self::Queued,
            (Some(InteractionStatus::Scheduled), _) => Self::Waiting,
            (Some(InteractionStatus::InProgress), _) => Self::SendingAsync,
            (Some(InteractionStatus::Attempted | InteractionStatus::Succeeded), _) => Self::Sent,
            (Some(InteractionStatus::Failed | InteractionStatus::Canceled), _) => Self::Failed,
        }
    }
}

vocabulary! {
    /// Why a communication message waits (003).
    WaitingReason {
        /// For its time.
        ReadyToBeSent "READY_TO_BE_SENT",
        /// For its account at the provider, or the webhook's endpoint or server, which is out of order.
        WaitForCloseCircuit "WAIT_FOR_CLOSE_CIRCUIT",
        /// For whoever is sending it.
        Sending "SENDING",
    }
}
