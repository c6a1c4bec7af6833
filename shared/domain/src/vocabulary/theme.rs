//! Why a message is sent or received (001, `InteractionTheme`), and what that means for the rules it is under.
//!
//! The document's prose also speaks of `outOpsLoan` for statements and reminders; its enumeration does not, so these
//! carry `opsServicing`.

vocabulary! {
    /// The reason for an interaction.
    Theme {
        AgentNotification "agentNotification",
        OpsCollDebt "opsCollDebt",
        OpsCollLocateBorrower "opsCollLocateBorrower",
        OpsCollVerifyEmployment "opsCollVerifyEmployment",
        OpsCollContactEmployerNotice "opsCollContactEmployerNotice",
        OpsServicingDebtValidation "opsServicingDebtValidation",
        OpsServicingNegativeCreditReportNotice "opsServicingNegativeCreditReportNotice",
        OpsServicingTimeBarredNotice "opsServicingTimeBarredNotice",
        OpsServicing "opsServicing",
        OpsAccountCredentials "opsAccountCredentials",
        InbMissingFeature "inbMissingFeature",
        InbEducation "inbEducation",
        /// Deprecated by the document.
        InbBug "inbBug",
        InbRequest "inbRequest",
        /// Deprecated by the document.
        InbHumanLove "inbHumanLove",
        InbUnknown "inbUnknown",
        InbOther "inbOther",
        InbServicing "inbServicing",
        InbCollections "inbCollections",
        InbPayments "inbPayments",
        InbFraud "inbFraud",
        InbGeneralInquiry "inbGeneralInquiry",
    }
}

vocabulary! {
    /// The kind of reason that decides which outreach rules apply.
    Purpose {
        /// Collecting a debt, or finding the person who owes it.
        Collections "collections",
        /// Selling something. No theme of the document means it; the sender says so.
        Marketing "marketing",
        /// Running the loan: statements, reminders, receipts, notices the law requires.
        Servicing "servicing",
        /// Codes and sign-in, asked for by the person.
        Credentials "credentials",
        /// The person wrote or called.
        Inbound "inbound",
        /// For the lender's staff, not for a borrower.
        Agent "agent",
    }
}

/// What says nothing serves the loan, as every message of 000 that neither caller nor subject says more of.
impl Default for Theme {
    fn default() -> Self {
        Self::OpsServicing
    }
}

impl Theme {
    /// The kind of reason this is.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::AgentNotification => Purpose::Agent,
            Self::OpsCollDebt
            | Self::OpsCollLocateBorrower
            | Self::OpsCollVerifyEmployment
            | Self::OpsCollContactEmployerNotice => Purpose::Collections,
            Self::OpsServicingDebtValidation
            | Self::OpsServicingNegativeCreditReportNotice
            | Self::OpsServicingTimeBarredNotice
            | Self::OpsServicing => Purpose::Servicing,
            Self::OpsAccountCredentials => Purpose::Credentials,
            Self::InbMissingFeature
            | Self::InbEducation
            | Self::InbBug
            | Self::InbRequest
            | Self::InbHumanLove
            | Self::InbUnknown
            | Self::InbOther
            | Self::InbServicing
            | Self::InbCollections
            | Self::InbPayments
            | Self::InbFraud
            | Self::InbGeneralInquiry => Purpose::Inbound,
        }
    }

    /// What a message of this theme is held to, the sender saying `said` besides. The sender's word only adds: no message
    /// to a person is without a purpose. An answer about collections or payments may collect, which is the stricter
    /// reading; what else is not meant for a person serves the loan.
    pub fn purposes(self, purpose: Option<Purpose>) -> [Purpose; 2] {
        let may_collect = matches!(self, Self::InbCollections | Self::InbPayments);
        let own = if may_collect { Purpose::Collections } else { self.purpose() };
        [own, purpose.unwrap_or(own)].map(|purpose| match purpose {
            Purpose::Agent | Purpose::Inbound => Purpose::Servicing,
            Purpose::Collections | Purpose::Marketing | Purpose::Servicing | Purpose::Credentials => purpose,
        })
    }

    /// What to use instead of a deprecated theme.
    pub fn replacement(self) -> Option<Self> {
        matches!(self, Self::InbBug | Self::InbHumanLove).then_some(Self::InbGeneralInquiry)
    }
}
