//! What credentials may do.

vocabulary! {
    /// What a credential may do. Each role includes the ones before it.
    Role {
        /// Reads.
        Viewer "viewer",
        /// Reads and sends.
        LoanOfficer "loan_officer",
        /// Reads, sends and configures.
        Admin "admin",
    }
}
