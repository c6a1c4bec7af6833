//! As much of HTTP/1.1 as AWS clients and Lambda runtimes speak to a server on the same machine.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
};

/// A request or a response.
pub struct Message {
    /// `POST / HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub start: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// The next one; `None` where the other side is done.
    pub fn read(from: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut start = String::new();
        if from.read_line(&mut start)? == 0 {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut message = Self { start: start.trim_end().to_owned(), headers, body: Vec::new() };
        if message.header("expect").is_some() {
            from.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        message.body = match message.header("transfer-encoding") {
            Some(_) => chunks(from)?,
            None => {
                let length = message.header("content-length").and_then(|length| length.parse().ok());
                let mut body = vec![0; length.unwrap_or(0)];
                from.read_exact(&mut body)?;
                body
            }
        };
        Ok(Some(message))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Writes it.
    pub fn write(&self, to: &mut TcpStream) -> io::Result<()> {
        let mut head = format!("{}\r\ncontent-length: {}\r\n", self.start, self.body.len());
        for (name, value) in &self.headers {
            if !["content-length", "transfer-encoding", "expect"].contains(&name.as_str()) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let mut all = (head + "\r\n").into_bytes();
        all.extend_from_slice(&self.body);
        to.write_all(&all)
    }
}

fn chunks(from: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        let at = body.len();
        body.resize(at + size, 0);
        from.read_exact(&mut body[at..])?;
        from.read_line(&mut line)?;
        if size == 0 {
            return Ok(body);
        }
    }
}
