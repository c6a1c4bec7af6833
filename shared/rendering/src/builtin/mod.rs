//! Postrider's own shared templates, which lenders' templates extend and import.

/// By name.
pub const SHARED: [(&str, &str); 0] = [];
