//! What a browser finds that was sent to the API itself.

pub mod home;
pub mod page;
