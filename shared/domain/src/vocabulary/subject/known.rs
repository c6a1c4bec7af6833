//! The subjects 001 lists, one line each.
//!
//! Columns: spelling, theme (`-`: the sender must give one), who sends it, cases it is used in, title. The document
//! fixes the spelling and, by example, the theme of `loanOverdueFirstNotice` and of `annualPrivacyPolicyNotice`; the
//! rest follows from the themes' descriptions and the subjects' names:
//!
//! - Overdue, acceleration, charge-off, right to cure, settlement offers and promises to pay collect a debt.
//! - Validation and negative-report notices have themes of their own. Answers in a dispute, an identity theft, a death, a
//!   military case, and the acknowledgement of a cease request are servicing: they ask for no money.
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
    Theme,
};

macro_rules! subjects {
    ($(#[$meta:meta])* { $($variant:ident $text:literal $theme:tt $sender:ident [$($case:ident)*] $title:literal)* }) => {
        vocabulary! { $(#[$meta])* KnownSubject "subject" { $($variant $text),* } }

        impl KnownSubject {
            /// The theme this subject implies; `None` when the sender must give one.
            pub const fn theme(self) -> Option<Theme> {
                match self { $(Self::$variant => cell!(Theme $theme)),* }
            }

            /// Who sends it.
            pub(super) const fn sender(self) -> Sender {
                match self { $(Self::$variant => $sender),* }
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
        AnnualPrivacyPolicyNotice "annualPrivacyPolicyNotice" OpsServicing System [] "Annual privacy policy notice"
        AutopayAgreement "autopayAgreement" OpsServicing Agent [] "Autopay agreement"
        AutopayAmountChanged "autopayAmountChanged" OpsServicing System [] "Autopay amount changed"
        AutopayCanceledBySystem "autopayCanceledBySystem" OpsServicing System [] "Autopay canceled by the system"
        AutopayEnabled "autopayEnabled" OpsServicing System [] "Autopay enabled"
        AutopayEnableReminder "autopayEnableReminder" OpsServicing Agent [] "Reminder to enable autopay"
        AutopayPaymentCanceled "autopayPaymentCanceled" OpsServicing System [] "Autopay payment canceled"
        AutopayPaymentMethodUpdated "autopayPaymentMethodUpdated" OpsServicing System [] "Autopay payment method updated"
        AutopayPaymentReminder "autopayPaymentReminder" OpsServicing Agent [] "Autopay payment reminder"
        AutopayPaymentRescheduled "autopayPaymentRescheduled" OpsServicing System [] "Autopay payment rescheduled"
        CardExpiresReminder "cardExpiresReminder" OpsServicing Agent [] "Card expires soon"
        CaseEscalation "caseEscalation" AgentNotification System [] "Case escalation"
        CeaseCommunicationAcknowledgement "ceaseCommunicationAcknowledgement" OpsServicing Agent [CeaseCommunication] "Cease communication acknowledgement"
        CeaseCommunicationRefuseToPay "ceaseCommunicationRefuseToPay" OpsServicing Agent [CeaseCommunication] "Refusal to pay acknowledgement"
        ConfirmationCode "confirmationCode" OpsAccountCredentials System [] "Confirmation code"
        ContactTakeover "contactTakeover" OpsAccountCredentials System [] "Contact claimed by another borrower"
        CreditNegativeInfoReported "creditNegativeInfoReported" OpsServicingNegativeCreditReportNotice System [] "Negative information reported to credit bureaus"
        CreditPositiveInfoReported "creditPositiveInfoReported" OpsServicing System [] "Positive information reported to credit bureaus"
        Custom1 "custom1" - Agent [] "Custom 1"
        Custom2 "custom2" - Agent [] "Custom 2"
        Custom3 "custom3" - Agent [] "Custom 3"
        Custom4 "custom4" - Agent [] "Custom 4"
        Custom5 "custom5" - Agent [] "Custom 5"
        Custom6 "custom6" - Agent [] "Custom 6"
        Custom7 "custom7" - Agent [] "Custom 7"
        Custom8 "custom8" - Agent [] "Custom 8"
        Custom9 "custom9" - Agent [] "Custom 9"
        Custom10 "custom10" - Agent [] "Custom 10"
        Custom11 "custom11" - Agent [] "Custom 11"
        Custom12 "custom12" - Agent [] "Custom 12"
        Custom13 "custom13" - Agent [] "Custom 13"
        Custom14 "custom14" - Agent [] "Custom 14"
        Custom15 "custom15" - Agent [] "Custom 15"
        Custom16 "custom16" - Agent [] "Custom 16"
        Custom17 "custom17" - Agent [] "Custom 17"
        Custom18 "custom18" - Agent [] "Custom 18"
        Custom19 "custom19" - Agent [] "Custom 19"
        Custom20 "custom20" - Agent [] "Custom 20"
        DebtValidationNotice "debtValidationNotice" OpsServicingDebtValidation Agent [DebtValidation] "Debt validation notice"
        DebtValidationNoticeArizona "debtValidationNoticeArizona" OpsServicingDebtValidation Agent [DebtValidation] "Debt validation notice (Arizona)"
        DebtValidationNoticeAutomatic "debtValidationNoticeAutomatic" OpsServicingDebtValidation System [DebtValidation] "Debt validation notice (automatic)"
        DebtValidationNoticeNycYonkers "debtValidationNoticeNYCYonkers" OpsServicingDebtValidation Agent [DebtValidation] "Debt validation notice (New York City and Yonkers)"
        DebtValidationNoticePuertoRico "debtValidationNoticePuertoRico" OpsServicingDebtValidation Agent [DebtValidation] "Debt validation notice (Puerto Rico)"
        DeceasedConfirmationOfPayoff "deceasedConfirmationOfPayoff" OpsServicing Agent [Deceased] "Confirmation of payoff to the estate"
        DeceasedNoticeToRepresentative "deceasedNoticeToRepresentative" OpsServicing Agent [Deceased] "Notice to the representative of a deceased borrower"
        DeceasedNotificationUponDeath "deceasedNotificationUponDeath" OpsServicing Agent [Deceased] "Notification upon a borrower's death"
        DisputeOfDebtConfirmed "disputeOfDebtConfirmed" OpsServicing Agent [DisputeOfDebt] "Dispute of debt: debt confirmed"
        DisputeOfDebtSubmitDocumentation "disputeOfDebtSubmitDocumentation" OpsServicing Agent [DisputeOfDebt] "Dispute of debt: submit documentation"
        DisputeOfDebtSubmitDocumentationReminder "disputeOfDebtSubmitDocumentationReminder" OpsServicing Agent [DisputeOfDebt] "Dispute of debt: reminder to submit documentation"
        DisputeOfDebtUnableToConfirm "disputeOfDebtUnableToConfirm" OpsServicing Agent [DisputeOfDebt] "Dispute of debt: unable to confirm"
        DisputeOfDebtUnableToResolve "disputeOfDebtUnableToResolve" OpsServicing Agent [DisputeOfDebt] "Dispute of debt: unable to resolve"
        DocumentUploadFailed "documentUploadFailed" OpsServicing System [] "Document upload failed"
        DownpaymentFailed "downpaymentFailed" OpsServicing System [] "Down payment failed"
        DrawFundsDisclosure "drawFundsDisclosure" OpsServicing System [] "Draw funds disclosure"
        ElectronicConsentOptOut "electronicConsentOptOut" OpsServicing System [] "Electronic consent withdrawn"
        FailedSettlementInvestor "failedSettlementInvestor" AgentNotification System [] "Settlement with investor failed"
        FailedSettlementPeach "failedSettlementPeach" AgentNotification System [] "Settlement with servicer failed"
        FreeForm "freeForm" - Edited [] "Free-form message"
        FreeFormBranded "freeFormBranded" - Edited [] "Free-form message with branding"
        FuturepayCanceled "futurepayCanceled" OpsServicing System [] "Future payment canceled"
        FuturepayPaymentDueReminder "futurepayPaymentDueReminder" OpsServicing Agent [] "Future payment due reminder"
        IdentityTheftIncompleteDocumentation "identityTheftIncompleteDocumentation" OpsServicing Agent [IdentityTheft] "Identity theft: incomplete documentation"
        IdentityTheftNotValidated "identityTheftNotValidated" OpsServicing Agent [IdentityTheft] "Identity theft: not validated"
        IdentityTheftSubmitDocumentation "identityTheftSubmitDocumentation" OpsServicing Agent [IdentityTheft] "Identity theft: submit documentation"
        IdentityTheftSubmitDocumentationFirstReminder "identityTheftSubmitDocumentationFirstReminder" OpsServicing Agent [IdentityTheft] "Identity theft: first reminder to submit documentation"
        IdentityTheftSubmitDocumentationSecondReminder "identityTheftSubmitDocumentationSecondReminder" OpsServicing Agent [IdentityTheft] "Identity theft: second reminder to submit documentation"
        IdentityTheftValidated "identityTheftValidated" OpsServicing Agent [IdentityTheft] "Identity theft: validated"
        LetterReturnedToSender "letterReturnedToSender" OpsServicing System [] "Letter returned to sender"
        LoanAccelerated "loanAccelerated" OpsCollDebt System [] "Loan accelerated"
        LoanCanceled "loanCanceled" OpsServicing System [] "Loan canceled"
        LoanChargedOffUnsecured "loanChargedOffUnsecured" OpsCollDebt System [] "Loan charged off (unsecured)"
        LoanDetails "loanDetails" OpsServicing Agent [] "Loan details"
        LoanFeeCharged "loanFeeCharged" OpsServicing System [] "Fee charged"
        LoanFreeze "loanFreeze" OpsServicing System [] "Loan frozen"
        LoanManualPaymentDisclosure "loanManualPaymentDisclosure" OpsServicing Agent [] "Manual payment disclosure"
        LoanOverdueFifthNotice "loanOverdueFifthNotice" OpsCollDebt Agent [] "Loan overdue: fifth notice"
        LoanOverdueFirstNotice "loanOverdueFirstNotice" OpsCollDebt Agent [] "Loan overdue: first notice"
        LoanOverdueFourthNotice "loanOverdueFourthNotice" OpsCollDebt Agent [] "Loan overdue: fourth notice"
        LoanOverdueSecondNotice "loanOverdueSecondNotice" OpsCollDebt Agent [] "Loan overdue: second notice"
        LoanOverdueSixthNotice "loanOverdueSixthNotice" OpsCollDebt Agent [] "Loan overdue: sixth notice"
        LoanOverdueThirdNotice "loanOverdueThirdNotice" OpsCollDebt Agent [] "Loan overdue: third notice"
        LoanPaidOff "loanPaidOff" OpsServicing System [] "Loan paid off"
        LoanPaymentScheduleChanged "loanPaymentScheduleChanged" OpsServicing System [] "Payment schedule changed"
        LoanPayoffStatement "loanPayoffStatement" OpsServicing Agent [] "Payoff statement"
        LoanRefundProcessed "loanRefundProcessed" OpsServicing System [] "Refund processed"
        LoanRightToCurePersonalUnsecured "loanRightToCurePersonalUnsecured" OpsCollDebt System [] "Right to cure (personal, unsecured)"
        LoanTermsChangeAgreement "loanTermsChangeAgreement" OpsServicing Agent [] "Agreement to changed loan terms"
        LoanUnfreeze "loanUnfreeze" OpsServicing System [] "Loan unfrozen"
        LocCreditLimitChanged "locCreditLimitChanged" OpsServicing System [] "Credit limit changed"
        LocInterestRateChanged "locInterestRateChanged" OpsServicing System [] "Interest rate changed"
        LocLineClosed "locLineClosed" OpsServicing System [] "Line of credit closed"
        LocStatementGenerated "locStatementGenerated" OpsServicing System [] "Line of credit statement ready"
        LocStatementRegenerated "locStatementRegenerated" OpsServicing System [] "Line of credit statement corrected"
        LoginFirstPaymentReminder "loginFirstPaymentReminder" OpsServicing Agent [] "Reminder to sign in before the first payment"
        MicrodepositFailed "microdepositFailed" OpsServicing System [] "Microdeposit failed"
        MicrodepositProcessing "microdepositProcessing" OpsServicing System [] "Microdeposit processing"
        MicrodepositReminder "microdepositReminder" OpsServicing Agent [] "Reminder to confirm microdeposits"
        OneTimeCode "oneTimeCode" OpsAccountCredentials System [] "One-time code"
        PaydayConsumerRightsNotice "paydayConsumerRightsNotice" OpsServicing System [] "Payday loan consumer rights notice"
        PaydayFirstPaymentWithdrawal "paydayFirstPaymentWithdrawal" OpsServicing System [] "Payday loan first payment withdrawal"
        PaymentDueDateReminder "paymentDueDateReminder" OpsServicing Agent [] "Payment due date reminder"
        PaymentFailed "paymentFailed" OpsServicing System [] "Payment failed"
        PaymentMethodAdded "paymentMethodAdded" OpsServicing System [] "Payment method added"
        PaymentMethodUpdated "paymentMethodUpdated" OpsServicing System [] "Payment method updated"
        PaymentProcessing "paymentProcessing" OpsServicing System [] "Payment processing"
        PaymentRescheduled "paymentRescheduled" OpsServicing System [] "Payment rescheduled"
        PaymentReversalFailed "paymentReversalFailed" OpsServicing System [] "Payment reversal failed"
        PaymentReversalProcessing "paymentReversalProcessing" OpsServicing System [] "Payment reversal processing"
        PaymentSuccessful "paymentSuccessful" OpsServicing System [] "Payment successful"
        PayoffStatementDocument "payoffStatementDocument" OpsServicing Agent [] "Payoff statement document"
        PromiseToPayPlanCreated "promiseToPayPlanCreated" OpsCollDebt System [Collection] "Promise-to-pay plan created"
        PromoProgramCanceled "promoProgramCanceled" OpsServicing System [] "Promotional program canceled"
        PromoProgramEligibilityAtRisk "promoProgramEligibilityAtRisk" OpsServicing Agent [] "Promotional program eligibility at risk"
        PromoProgramExercised "promoProgramExercised" OpsServicing System [] "Promotional program exercised"
        PromoProgramReminder "promoProgramReminder" OpsServicing Agent [] "Promotional program reminder"
        ReimbursementFailed "reimbursementFailed" OpsServicing System [] "Reimbursement failed"
        ReimbursementProcessed "reimbursementProcessed" OpsServicing System [] "Reimbursement processed"
        ReimbursementScheduled "reimbursementScheduled" OpsServicing System [] "Reimbursement scheduled"
        ScraApplicationDenied "scraApplicationDenied" OpsServicing Agent [MilitaryDuty] "SCRA application denied"
        ScraBenefitsApplied "scraBenefitsApplied" OpsServicing Agent [MilitaryDuty] "SCRA benefits applied"
        ScraBenefitsExpiringNotice "scraBenefitsExpiringNotice" OpsServicing Agent [MilitaryDuty] "SCRA benefits expiring"
        ScraCgFlaggedDocumentRequest "scraCGFlaggedDocumentRequest" OpsServicing Agent [MilitaryDuty] "SCRA document request after Compliance Guard flag"
        ScraServicemanNotifiedDocumentRequest "scraServicemanNotifiedDocumentRequest" OpsServicing Agent [MilitaryDuty] "SCRA document request after notice by the servicemember"
        SettlementOffer "settlementOffer" OpsCollDebt Agent [Collection] "Settlement offer"
        SettlementOfferFirstReminder "settlementOfferFirstReminder" OpsCollDebt Agent [Collection] "Settlement offer: first reminder"
        Statement "statement" OpsServicing Agent [] "Statement"
        StatementLoc "statementLOC" OpsServicing Agent [] "Line of credit statement"
        UnmonitoredEmailAddress "unmonitoredEmailAddress" OpsServicing System [] "This email address is not monitored"
        UpdateBankAccountConnection "updateBankAccountConnection" OpsServicing Agent [] "Update bank account connection"
    }
}
