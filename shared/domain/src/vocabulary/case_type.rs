//! Kinds of cases a borrower can have open (001, `BaseCaseType`).

vocabulary! {
    /// What a case is about. Subjects name the cases in which they are used.
    CaseType {
        Generic "generic",
        Bankruptcy "bankruptcy",
        CeaseCommunication "ceaseCommunication",
        Collection "collection",
        Deceased "deceased",
        DisputeOfDebt "disputeOfDebt",
        FederalEmergency "federalEmergency",
        IdentityTheft "identityTheft",
        LegalAction "legalAction",
        MilitaryDuty "militaryDuty",
        DebtValidation "debtValidation",
        /// Spelled by the document with a small `o`.
        OfacSanctionedIndividual "oFACSanctionedIndividual",
        DisputeOfPurchase "disputeOfPurchase",
        CreditBureauDispute "creditBureauDispute",
    }
}
