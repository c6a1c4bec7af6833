//! The form as SendGrid writes it (RFC 7578).

/// A form being written.
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// A form without fields.
    pub fn new() -> Self {
        Self { boundary: format!("xYzZY{:032x}", rand::random::<u128>()), body: Vec::new() }
    }

    /// Adds a field.
    pub fn field(mut self, name: &str, value: &[u8]) -> Self {
        self.part(&format!("name=\"{name}\""), None, value);
        self
    }

    /// Adds a file.
    pub fn file(mut self, name: &str, file_name: &str, media_type: &str, bytes: &[u8]) -> Self {
        let file_name = file_name.replace(['"', '\r', '\n'], "_");
        self.part(&format!("name=\"{name}\"; filename=\"{file_name}\""), Some(media_type), bytes);
        self
    }

    fn part(&mut self, disposition: &str, media_type: Option<&str>, bytes: &[u8]) {
        let media_type = media_type.map_or(String::new(), |media| format!("Content-Type: {media}\r\n"));
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; {disposition}\r\n{media_type}\r\n",
            self.boundary
        );
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
    }

    /// Its content type, and its body.
    pub fn finish(mut self) -> (String, Vec<u8>) {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        (format!("multipart/form-data; boundary={}", self.boundary), self.body)
    }
}
