//! What credentials may do.

vocabulary! {
    /// What a credential may do. Each role includes the ones before it.
    Role "role" {
        /// Reads.
        Viewer "viewer",
        /// Writes to borrowers, and works with what they say.
        LoanOfficer "loan_officer",
        /// Configures.
        Admin "admin",
    }
}
