//! The subjects 001 lists, one line each.
//!
//! Columns: spelling, theme (`-`: the sender must give one), who sends it, nature, cases it is used in, title. The document
//! fixes the spelling and, by example, the theme of `loanOverdueFirstNotice` and of `annualPrivacyPolicyNotice`; the
//! rest follows from the themes' descriptions and the subjects' names:
//!
//! - Overdue, acceleration, charge-off, right to cure, settlement offers and promises to pay collect a debt.
//! - Validation and negative-report notices have themes of their own. Answers in a dispute, an identity theft, a death, a
//!   military case, and the acknowledgement of a cease request are servicing: they ask for no money.
//! - Required by law are validation and negative-report notices, the right to cure, and the acknowledgement of a cease
//!   request.
//! - Codes, and another person claiming a contact, are about credentials.
//! - Escalations and failed settlements with an investor tell the lender's staff.
//! - Statements, receipts, reminders before the due date and changes to the loan are servicing.
//!
//! Everything but the spelling is a default that a lender may change (`PUT /communicator/subjects/{subject}`).

use super::Sender::{self, Agent, Edited, System};
use crate::vocabulary::{
    CaseType::{
        self, CeaseCommunication, Collection, DebtValidation, Deceased, DisputeOfDebt, IdentityTheft,
        MilitaryDuty,
    },
    Nature, Theme,
};

macro_rules! subjects {
    ($(#[$meta:meta])* { $($variant:ident $text:literal $theme:tt $sender:ident $nature:ident [$($case:ident)*] $title:literal)* }) => {
        vocabulary! { $(#[$meta])* KnownSubject { $($variant $text),* } }

        impl KnownSubject {
            /// The theme this subject implies; `None` when the sender must give one.
            pub const fn theme(self) -> Option<Theme> {
                match self { $(Self::$variant => cell!(Theme $theme)),* }
            }

            /// Who sends it.
            pub(super) const fn sender(self) -> Sender {
                match self { $(Self::$variant => $sender),* }
            }

            /// What it is to rules with exemptions.
            pub const fn nature(self) -> Nature {
                match self { $(Self::$variant => Nature::$nature),* }
            }

            /// The cases it is used in; empty when it belongs to none in particular.
            pub const fn case_types(self) -> &'static [CaseType] {
                match self { $(Self::$variant => &[$($case),*]),* }
            }

            /// A heading for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

subjects! {
    /// A subject of 001's list.
    {
        AnnualPrivacyPolicyNotice "annualPrivacyPolicyNotice" OpsServicing System Ordinary [] "Annual privacy policy notice"
        AutopayAgreement "autopayAgreement" OpsServicing Agent Ordinary [] "Autopay agreement"
        AutopayAmountChanged "autopayAmountChanged" OpsServicing System Ordinary [] "Autopay amount changed"
        AutopayCanceledBySystem "autopayCanceledBySystem" OpsServicing System Ordinary [] "Autopay canceled by the system"
        AutopayEnabled "autopayEnabled" OpsServicing System Ordinary [] "Autopay enabled"
        AutopayEnableReminder "autopayEnableReminder" OpsServicing Agent Ordinary [] "Reminder to enable autopay"
        AutopayPaymentCanceled "autopayPaymentCanceled" OpsServicing System Ordinary [] "Autopay payment canceled"
        AutopayPaymentMethodUpdated "autopayPaymentMethodUpdated" OpsServicing System Ordinary [] "Autopay payment method updated"
        AutopayPaymentReminder "autopayPaymentReminder" OpsServicing Agent Ordinary [] "Autopay payment reminder"
        AutopayPaymentRescheduled "autopayPaymentRescheduled" OpsServicing System Ordinary [] "Autopay payment rescheduled"
        CardExpiresReminder "cardExpiresReminder" OpsServicing Agent Ordinary [] "Card expires soon"
        CaseEscalation "caseEscalation" AgentNotification System Ordinary [] "Case escalation"
        CeaseCommunicationAcknowledgement "ceaseCommunicationAcknowledgement" OpsServicing Agent RequiredNotice [CeaseCommunication] "Cease communication acknowledgement"
        CeaseCommunicationRefuseToPay "ceaseCommunicationRefuseToPay" OpsServicing Agent Ordinary [CeaseCommunication] "Refusal to pay acknowledgement"
        ConfirmationCode "confirmationCode" OpsAccountCredentials System OneTimeCode [] "Confirmation code"
        ContactTakeover "contactTakeover" OpsAccountCredentials System Ordinary [] "Contact claimed by another borrower"
        CreditNegativeInfoReported "creditNegativeInfoReported" OpsServicingNegativeCreditReportNotice System RequiredNotice [] "Negative information reported to credit bureaus"
        CreditPositiveInfoReported "creditPositiveInfoReported" OpsServicing System Ordinary [] "Positive information reported to credit bureaus"
        Custom1 "custom1" - Agent Ordinary [] "Custom 1"
        Custom2 "custom2" - Agent Ordinary [] "Custom 2"
        Custom3 "custom3" - Agent Ordinary [] "Custom 3"
        Custom4 "custom4" - Agent Ordinary [] "Custom 4"
        Custom5 "custom5" - Agent Ordinary [] "Custom 5"
        Custom6 "custom6" - Agent Ordinary [] "Custom 6"
        Custom7 "custom7" - Agent Ordinary [] "Custom 7"
        Custom8 "custom8" - Agent Ordinary [] "Custom 8"
        Custom9 "custom9" - Agent Ordinary [] "Custom 9"
        Custom10 "custom10" - Agent Ordinary [] "Custom 10"
        Custom11 "custom11" - Agent Ordinary [] "Custom 11"
        Custom12 "custom12" - Agent Ordinary [] "Custom 12"
        Custom13 "custom13" - Agent Ordinary [] "Custom 13"
        Custom14 "custom14" - Agent Ordinary [] "Custom 14"
        Custom15 "custom15" - Agent Ordinary [] "Custom 15"
        Custom16 "custom16" - Agent Ordinary [] "Custom 16"
        Custom17 "custom17" - Agent Ordinary [] "Custom 17"
        Custom18 "custom18" - Agent Ordinary [] "Custom 18"
        Custom19 "custom19" - Agent Ordinary [] "Custom 19"
        Custom20 "custom20" - Agent Ordinary [] "Custom 20"
        DebtValidationNotice "debtValidationNotice" OpsServicingDebtValidation Agent RequiredNotice [DebtValidation] "Debt validation notice"
        DebtValidationNoticeArizona "debtValidationNoticeArizona" OpsServicingDebtValidation Agent RequiredNotice [DebtValidation] "Debt validation notice (Arizona)"
        DebtValidationNoticeAutomatic "debtValidationNoticeAutomatic" OpsServicingDebtValidation System RequiredNotice [DebtValidation] "Debt validation notice (automatic)"
        DebtValidationNoticeNycYonkers "debtValidationNoticeNYCYonkers" OpsServicingDebtValidation Agent RequiredNotice [DebtValidation] "Debt validation notice (New York City and Yonkers)"
        DebtValidationNoticePuertoRico "debtValidationNoticePuertoRico" OpsServicingDebtValidation Agent RequiredNotice [DebtValidation] "Debt validation notice (Puerto Rico)"
        DeceasedConfirmationOfPayoff "deceasedConfirmationOfPayoff" OpsServicing Agent Ordinary [Deceased] "Confirmation of payoff to the estate"
        DeceasedNoticeToRepresentative "deceasedNoticeToRepresentative" OpsServicing Agent Ordinary [Deceased] "Notice to the representative of a deceased borrower"
        DeceasedNotificationUponDeath "deceasedNotificationUponDeath" OpsServicing Agent Ordinary [Deceased] "Notification upon a borrower's death"
        DisputeOfDebtConfirmed "disputeOfDebtConfirmed" OpsServicing Agent Ordinary [DisputeOfDebt] "Dispute of debt: debt confirmed"
        DisputeOfDebtSubmitDocumentation "disputeOfDebtSubmitDocumentation" OpsServicing Agent Ordinary [DisputeOfDebt] "Dispute of debt: submit documentation"
        DisputeOfDebtSubmitDocumentationReminder "disputeOfDebtSubmitDocumentationReminder" OpsServicing Agent Ordinary [DisputeOfDebt] "Dispute of debt: reminder to submit documentation"
        DisputeOfDebtUnableToConfirm "disputeOfDebtUnableToConfirm" OpsServicing Agent Ordinary [DisputeOfDebt] "Dispute of debt: unable to confirm"
        DisputeOfDebtUnableToResolve "disputeOfDebtUnableToResolve" OpsServicing Agent Ordinary [DisputeOfDebt] "Dispute of debt: unable to resolve"
        DocumentUploadFailed "documentUploadFailed" OpsServicing System Ordinary [] "Document upload failed"
        DownpaymentFailed "downpaymentFailed" OpsServicing System Ordinary [] "Down payment failed"
        DrawFundsDisclosure "drawFundsDisclosure" OpsServicing System Ordinary [] "Draw funds disclosure"
        ElectronicConsentOptOut "electronicConsentOptOut" OpsServicing System OptOutConfirmation [] "Electronic consent withdrawn"
        FailedSettlementInvestor "failedSettlementInvestor" AgentNotification System Ordinary [] "Settlement with investor failed"
        FailedSettlementPeach "failedSettlementPeach" AgentNotification System Ordinary [] "Settlement with servicer failed"
        FreeForm "freeForm" - Edited Ordinary [] "Free-form message"
        FreeFormBranded "freeFormBranded" - Edited Ordinary [] "Free-form message with branding"
        FuturepayCanceled "futurepayCanceled" OpsServicing System Ordinary [] "Future payment canceled"
        FuturepayPaymentDueReminder "futurepayPaymentDueReminder" OpsServicing Agent Ordinary [] "Future payment due reminder"
        IdentityTheftIncompleteDocumentation "identityTheftIncompleteDocumentation" OpsServicing Agent Ordinary [IdentityTheft] "Identity theft: incomplete documentation"
        IdentityTheftNotValidated "identityTheftNotValidated" OpsServicing Agent Ordinary [IdentityTheft] "Identity theft: not validated"
        IdentityTheftSubmitDocumentation "identityTheftSubmitDocumentation" OpsServicing Agent Ordinary [IdentityTheft] "Identity theft: submit documentation"
        IdentityTheftSubmitDocumentationFirstReminder "identityTheftSubmitDocumentationFirstReminder" OpsServicing Agent Ordinary [IdentityTheft] "Identity theft: first reminder to submit documentation"
        IdentityTheftSubmitDocumentationSecondReminder "identityTheftSubmitDocumentationSecondReminder" OpsServicing Agent Ordinary [IdentityTheft] "Identity theft: second reminder to submit documentation"
        IdentityTheftValidated "identityTheftValidated" OpsServicing Agent Ordinary [IdentityTheft] "Identity theft: validated"
        LetterReturnedToSender "letterReturnedToSender" OpsServicing System Ordinary [] "Letter returned to sender"
        LoanAccelerated "loanAccelerated" OpsCollDebt System Ordinary [] "Loan accelerated"
        LoanCanceled "loanCanceled" OpsServicing System Ordinary [] "Loan canceled"
        LoanChargedOffUnsecured "loanChargedOffUnsecured" OpsCollDebt System Ordinary [] "Loan charged off (unsecured)"
        LoanDetails "loanDetails" OpsServicing Agent Ordinary [] "Loan details"
        LoanFeeCharged "loanFeeCharged" OpsServicing System Ordinary [] "Fee charged"
        LoanFreeze "loanFreeze" OpsServicing System Ordinary [] "Loan frozen"
        LoanManualPaymentDisclosure "loanManualPaymentDisclosure" OpsServicing Agent Ordinary [] "Manual payment disclosure"
        LoanOverdueFifthNotice "loanOverdueFifthNotice" OpsCollDebt Agent Ordinary [] "Loan overdue: fifth notice"
        LoanOverdueFirstNotice "loanOverdueFirstNotice" OpsCollDebt Agent Ordinary [] "Loan overdue: first notice"
        LoanOverdueFourthNotice "loanOverdueFourthNotice" OpsCollDebt Agent Ordinary [] "Loan overdue: fourth notice"
        LoanOverdueSecondNotice "loanOverdueSecondNotice" OpsCollDebt Agent Ordinary [] "Loan overdue: second notice"
        LoanOverdueSixthNotice "loanOverdueSixthNotice" OpsCollDebt Agent Ordinary [] "Loan overdue: sixth notice"
        LoanOverdueThirdNotice "loanOverdueThirdNotice" OpsCollDebt Agent Ordinary [] "Loan overdue: third notice"
        LoanPaidOff "loanPaidOff" OpsServicing System Ordinary [] "Loan paid off"
        LoanPaymentScheduleChanged "loanPaymentScheduleChanged" OpsServicing System Ordinary [] "Payment schedule changed"
        LoanPayoffStatement "loanPayoffStatement" OpsServicing Agent Ordinary [] "Payoff statement"
        LoanRefundProcessed "loanRefundProcessed" OpsServicing System Ordinary [] "Refund processed"
        LoanRightToCurePersonalUnsecured "loanRightToCurePersonalUnsecured" OpsCollDebt System RequiredNotice [] "Right to cure (personal, unsecured)"
        LoanTermsChangeAgreement "loanTermsChangeAgreement" OpsServicing Agent Ordinary [] "Agreement to changed loan terms"
        LoanUnfreeze "loanUnfreeze" OpsServicing System Ordinary [] "Loan unfrozen"
        LocCreditLimitChanged "locCreditLimitChanged" OpsServicing System Ordinary [] "Credit limit changed"
        LocInterestRateChanged "locInterestRateChanged" OpsServicing System Ordinary [] "Interest rate changed"
        LocLineClosed "locLineClosed" OpsServicing System Ordinary [] "Line of credit closed"
        LocStatementGenerated "locStatementGenerated" OpsServicing System Ordinary [] "Line of credit statement ready"
        LocStatementRegenerated "locStatementRegenerated" OpsServicing System Ordinary [] "Line of credit statement corrected"
        LoginFirstPaymentReminder "loginFirstPaymentReminder" OpsServicing Agent Ordinary [] "Reminder to sign in before the first payment"
        MicrodepositFailed "microdepositFailed" OpsServicing System Ordinary [] "Microdeposit failed"
        MicrodepositProcessing "microdepositProcessing" OpsServicing System Ordinary [] "Microdeposit processing"
        MicrodepositReminder "microdepositReminder" OpsServicing Agent Ordinary [] "Reminder to confirm microdeposits"
        OneTimeCode "oneTimeCode" OpsAccountCredentials System OneTimeCode [] "One-time code"
        PaydayConsumerRightsNotice "paydayConsumerRightsNotice" OpsServicing System Ordinary [] "Payday loan consumer rights notice"
        PaydayFirstPaymentWithdrawal "paydayFirstPaymentWithdrawal" OpsServicing System Ordinary [] "Payday loan first payment withdrawal"
        PaymentDueDateReminder "paymentDueDateReminder" OpsServicing Agent Ordinary [] "Payment due date reminder"
        PaymentFailed "paymentFailed" OpsServicing System Ordinary [] "Payment failed"
        PaymentMethodAdded "paymentMethodAdded" OpsServicing System Ordinary [] "Payment method added"
        PaymentMethodUpdated "paymentMethodUpdated" OpsServicing System Ordinary [] "Payment method updated"
        PaymentProcessing "paymentProcessing" OpsServicing System Ordinary [] "Payment processing"
        PaymentRescheduled "paymentRescheduled" OpsServicing System Ordinary [] "Payment rescheduled"
        PaymentReversalFailed "paymentReversalFailed" OpsServicing System Ordinary [] "Payment reversal failed"
        PaymentReversalProcessing "paymentReversalProcessing" OpsServicing System Ordinary [] "Payment reversal processing"
        PaymentSuccessful "paymentSuccessful" OpsServicing System Ordinary [] "Payment successful"
        PayoffStatementDocument "payoffStatementDocument" OpsServicing Agent Ordinary [] "Payoff statement document"
        PromiseToPayPlanCreated "promiseToPayPlanCreated" OpsCollDebt System Ordinary [Collection] "Promise-to-pay plan created"
        PromoProgramCanceled "promoProgramCanceled" OpsServicing System Ordinary [] "Promotional program canceled"
        PromoProgramEligibilityAtRisk "promoProgramEligibilityAtRisk" OpsServicing Agent Ordinary [] "Promotional program eligibility at risk"
        PromoProgramExercised "promoProgramExercised" OpsServicing System Ordinary [] "Promotional program exercised"
        PromoProgramReminder "promoProgramReminder" OpsServicing Agent Ordinary [] "Promotional program reminder"
        ReimbursementFailed "reimbursementFailed" OpsServicing System Ordinary [] "Reimbursement failed"
        ReimbursementProcessed "reimbursementProcessed" OpsServicing System Ordinary [] "Reimbursement processed"
        ReimbursementScheduled "reimbursementScheduled" OpsServicing System Ordinary [] "Reimbursement scheduled"
        ScraApplicationDenied "scraApplicationDenied" OpsServicing Agent Ordinary [MilitaryDuty] "SCRA application denied"
        ScraBenefitsApplied "scraBenefitsApplied" OpsServicing Agent Ordinary [MilitaryDuty] "SCRA benefits applied"
        ScraBenefitsExpiringNotice "scraBenefitsExpiringNotice" OpsServicing Agent Ordinary [MilitaryDuty] "SCRA benefits expiring"
        ScraCgFlaggedDocumentRequest "scraCGFlaggedDocumentRequest" OpsServicing Agent Ordinary [MilitaryDuty] "SCRA document request after Compliance Guard flag"
        ScraServicemanNotifiedDocumentRequest "scraServicemanNotifiedDocumentRequest" OpsServicing Agent Ordinary [MilitaryDuty] "SCRA document request after notice by the servicemember"
        SettlementOffer "settlementOffer" OpsCollDebt Agent Ordinary [Collection] "Settlement offer"
        SettlementOfferFirstReminder "settlementOfferFirstReminder" OpsCollDebt Agent Ordinary [Collection] "Settlement offer: first reminder"
        Statement "statement" OpsServicing Agent Ordinary [] "Statement"
        StatementLoc "statementLOC" OpsServicing Agent Ordinary [] "Line of credit statement"
        UnmonitoredEmailAddress "unmonitoredEmailAddress" OpsServicing System Ordinary [] "This email address is not monitored"
        UpdateBankAccountConnection "updateBankAccountConnection" OpsServicing Agent Ordinary [] "Update bank account connection"
    }
}
