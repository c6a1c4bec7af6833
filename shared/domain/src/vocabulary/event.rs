//! What happened: at the lender, so that a message may be sent for it (003, `event`), to a message, and to what messages leave by.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

vocabulary! {
    /// A business event. Notification rules say which messages it causes.
    Event {
        Manual "MANUAL",
        DoNothing "DO_NOTHING",
        ClientCreated "CLIENT_CREATED",
        ClientApproved "CLIENT_APPROVED",
        GroupActivity "GROUP_ACTIVITY",
        GroupCreated "GROUP_CREATED",
        LoanCreated "LOAN_CREATED",
        InterestRateChanged "INTEREST_RATE_CHANGED",
        ClientRejected "CLIENT_REJECTED",
        ClientActivity "CLIENT_ACTIVITY",
        LoanRepayment "LOAN_REPAYMENT",
        LoanRepaymentReversal "LOAN_REPAYMENT_REVERSAL",
        FeeApplied "FEE_APPLIED",
        FeeAdjusted "FEE_ADJUSTED",
        FeeCharged "FEE_CHARGED",
        PenaltyApplied "PENALTY_APPLIED",
        PenaltyAdjustment "PENALTY_ADJUSTMENT",
        FeesDueReduced "FEES_DUE_REDUCED",
        FeeReductionAdjustment "FEE_REDUCTION_ADJUSTMENT",
        LoanApproval "LOAN_APPROVAL",
        LoanAccountClosure "LOAN_ACCOUNT_CLOSURE",
        LoanAccountWriteOff "LOAN_ACCOUNT_WRITE_OFF",
        LoanAccountRejection "LOAN_ACCOUNT_REJECTION",
        LoanAccountRescheduled "LOAN_ACCOUNT_RESCHEDULED",
        LoanAccountRefinanced "LOAN_ACCOUNT_REFINANCED",
        RepaymentReminder "REPAYMENT_REMINDER",
        AccountInArrears "ACCOUNT_IN_ARREARS",
        LoanDisbursement "LOAN_DISBURSEMENT",
        LoanDisbursementReversal "LOAN_DISBURSEMENT_REVERSAL",
        LoanAccountActivity "LOAN_ACCOUNT_ACTIVITY",
        LoanAnticipatedDisbursement "LOAN_ANTICIPATED_DISBURSEMENT",
        SavingsCreated "SAVINGS_CREATED",
        SavingsDeposit "SAVINGS_DEPOSIT",
        SavingsDepositReversal "SAVINGS_DEPOSIT_REVERSAL",
        ReappliedSavingsDeposit "REAPPLIED_SAVINGS_DEPOSIT",
        SavingsApproval "SAVINGS_APPROVAL",
        SavingsAccountActivated "SAVINGS_ACCOUNT_ACTIVATED",
        SavingsAccountClosure "SAVINGS_ACCOUNT_CLOSURE",
        SavingsAccountRejection "SAVINGS_ACCOUNT_REJECTION",
        SavingsWithdrawal "SAVINGS_WITHDRAWAL",
        SavingsWithdrawalReversal "SAVINGS_WITHDRAWAL_REVERSAL",
        ReappliedSavingsWithdrawal "REAPPLIED_SAVINGS_WITHDRAWAL",
        SavingsAccountActivity "SAVINGS_ACCOUNT_ACTIVITY",
        DepositInterestApplied "DEPOSIT_INTEREST_APPLIED",
        DepositInterestAppliedAdjustment "DEPOSIT_INTEREST_APPLIED_ADJUSTMENT",
        AccountAuthorisationHoldCreated "ACCOUNT_AUTHORISATION_HOLD_CREATED",
        AccountAuthorisationHoldReversed "ACCOUNT_AUTHORISATION_HOLD_REVERSED",
        AccountAuthorisationHoldSettled "ACCOUNT_AUTHORISATION_HOLD_SETTLED",
        CardsAuthorisationHoldCreated "CARDS_AUTHORISATION_HOLD_CREATED",
        CardsAuthorisationHoldInBulkCreated "CARDS_AUTHORISATION_HOLD_IN_BULK_CREATED",
        CardsAuthorisationHoldSettled "CARDS_AUTHORISATION_HOLD_SETTLED",
        CardsAuthorisationHoldAmountDecreased "CARDS_AUTHORISATION_HOLD_AMOUNT_DECREASED",
        CardsAuthorisationHoldAmountIncreased "CARDS_AUTHORISATION_HOLD_AMOUNT_INCREASED",
        CardsAuthorisationHoldExpired "CARDS_AUTHORISATION_HOLD_EXPIRED",
        CardsAuthorisationHoldReversed "CARDS_AUTHORISATION_HOLD_REVERSED",
        PortalActivated "PORTAL_ACTIVATED",
        PortalPasswordReset "PORTAL_PASSWORD_RESET",
        EndOfDayProcessingCompleted "END_OF_DAY_PROCESSING_COMPLETED",
        DataAccessStateChanged "DATA_ACCESS_STATE_CHANGED",
        CreditArrangementCreated "CREDIT_ARRANGEMENT_CREATED",
        CreditArrangementClosed "CREDIT_ARRANGEMENT_CLOSED",
        CreditArrangementApproved "CREDIT_ARRANGEMENT_APPROVED",
        CreditArrangementRejected "CREDIT_ARRANGEMENT_REJECTED",
        CreditArrangementWithdrawn "CREDIT_ARRANGEMENT_WITHDRAWN",
        CreditArrangementDeleted "CREDIT_ARRANGEMENT_DELETED",
        CreditArrangementAccountAdded "CREDIT_ARRANGEMENT_ACCOUNT_ADDED",
        CreditArrangementAccountRemoved "CREDIT_ARRANGEMENT_ACCOUNT_REMOVED",
        CreditArrangementEdited "CREDIT_ARRANGEMENT_EDITED",
        PaymentOrderActivity "PAYMENT_ORDER_ACTIVITY",
        CollectionOrderActivity "COLLECTION_ORDER_ACTIVITY",
        JournalEntryAdded "JOURNAL_ENTRY_ADDED",
        JournalEntryAdjusted "JOURNAL_ENTRY_ADJUSTED",
        SavingsTransactionEdited "SAVINGS_TRANSACTION_EDITED",
        CardWithdrawalReversal "CARD_WITHDRAWAL_REVERSAL",
        CardDepositReversal "CARD_DEPOSIT_REVERSAL",
    }
}

vocabulary! {
    /// What happened to a message, as its subscribers hear it.
    MessageEvent {
        Accepted "message.accepted",
        Scheduled "message.scheduled",
        Sent "message.sent",
        Delivered "message.delivered",
        Opened "message.opened",
        Clicked "message.clicked",
        Bounced "message.bounced",
        Failed "message.failed",
        Blocked "message.blocked",
        Canceled "message.canceled",
        OptedOut "message.opted_out",
        /// One that came in.
        Received "message.received",
    }
}

vocabulary! {
    /// What is counted of messages, each on the day it happens.
    Milestone {
        /// Taken, to be sent.
        Accepted "accepted",
        /// A provider took it.
        Sent "sent",
        /// It arrived, or was shown.
        Delivered "delivered",
        /// The guard stopped it, when it was asked for or when it was to leave.
        Blocked "blocked",
        /// It is over without success, also if it came back after it had arrived.
        Failed "failed",
        /// Called off.
        Canceled "canceled",
        /// It came in.
        Received "received",
    }
}

vocabulary! {
    /// What became of what messages leave by.
    ServiceEvent {
        /// An account at a provider, or a server of the lender's, takes no messages: they wait.
        AccountOutOfOrder "account.out_of_order",
        /// It takes them again.
        AccountInOrder "account.in_order",
        /// A webhook endpoint is no longer called, because it is gone, or all attempts of five days failed.
        EndpointDisabled "endpoint.disabled",
    }
}

/// What a lender may hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[serde(untagged)]
pub enum AnyEvent {
    /// Something that happened at the lender (003).
    Business(Event),
    /// Something that became of a message.
    Message(MessageEvent),
    /// Something that became of an account or an endpoint.
    Service(ServiceEvent),
}

/// An [`Event`] that a lender may report, in schemas: not the one that stands for messages sent by hand.
#[derive(Debug)]
pub struct ReportedEvent;

impl JsonSchema for ReportedEvent {
    fn schema_name() -> Cow<'static, str> {
        "ReportedEvent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let reported = Event::ALL.iter().filter(|event| **event != Event::Manual);
        let names: Vec<_> = reported.map(|event| event.as_str()).collect();
        json_schema!({ "type": "string", "description": "A business event that happened at the lender.", "enum": names })
    }
}

impl AnyEvent {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Business(event) => event.as_str(),
            Self::Message(event) => event.as_str(),
            Self::Service(event) => event.as_str(),
        }
    }
}

impl fmt::Display for AnyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for AnyEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AnyEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        // Capitals and dots tell the two apart, so that an error names those that were meant.
        if name.starts_with("message.") {
            name.parse().map(Self::Message).map_err(de::Error::custom)
        } else if name.contains('.') {
            name.parse().map(Self::Service).map_err(de::Error::custom)
        } else {
            name.parse().map(Self::Business).map_err(de::Error::custom)
        }
    }
}
