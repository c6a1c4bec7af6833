//! A program as Lambda runs it: a process that asks the Runtime API for work (2018-06-01).

use std::{
    io::BufReader,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Instant,
};

use serde_json::Value;

use crate::http::Message;

/// What the names of all functions begin with.
pub const PREFIX: &str = "measured-";

/// A started program, and the connection by which it asks.
pub struct Process {
    child: Child,
    listener: TcpListener,
    connection: BufReader<TcpStream>,
    init: f64,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It waits for work and has none.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a function of it and waits until it asks for work.
    pub fn start(
        program: &[PathBuf],
        function: &str,
        environment: &[(String, String)],
    ) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let begun = Instant::now();
        let mut command = Command::new(&program[0]);
        let command = command.args(&program[1..]).env_clear().envs(environment.iter().cloned());
        let child = command
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", format!("{PREFIX}{function}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", program[0].display()))?;
        let connection = accept(&listener)?;
        let mut process = Self { child, listener, connection, init: 0.0 };
        let asked = process.next()?;
        process.init = milliseconds(begun, asked.1);
        match asked.0.start.contains("/invocation/next") {
            true => Ok(process),
            false => Err(format!("it cannot start: {}", String::from_utf8_lossy(&asked.0.body))),
        }
    }

    /// From its start until it asked for work, in ms.
    pub fn init(&self) -> f64 {
        self.init
    }

    /// Its answer to an event, and how long it took, in ms. It has asked for work before, and has again after it.
    pub fn ask(&mut self, event: &Value) -> Result<(Value, f64), String> {
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            ("lambda-runtime-deadline-ms", "4102444800000"),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:123456789012:function:measured",
            ),
            ("lambda-runtime-trace-id", "Root=1-67891233-abcdef012345678912345678"),
        ];
        let work = Message {
            start: "HTTP/1.1 200 OK".into(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: event.to_string().into_bytes(),
        };
        let begun = Instant::now();
        work.write(self.connection.get_mut()).map_err(|error| error.to_string())?;
        let (answer, at) = self.next()?;
        let taken = Message { start: "HTTP/1.1 202 Accepted".into(), headers: Vec::new(), body: Vec::new() };
        taken.write(self.connection.get_mut()).map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        if !answer.start.contains("/response") {
            return Err(said);
        }
        self.next()?;
        let said = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
        Ok((said, milliseconds(begun, at)))
    }

    /// The next request, and when it came.
    fn next(&mut self) -> Result<(Message, Instant), String> {
        loop {
            match Message::read(&mut self.connection).map_err(|error| error.to_string())? {
                Some(request) => return Ok((request, Instant::now())),
                // Python's client opens a connection for each request.
                None => self.connection = accept(&self.listener)?,
            }
        }
    }

    /// The most memory that it had, in MB.
    pub fn most_memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1024.0 / 1e6)
    }
}

fn accept(listener: &TcpListener) -> Result<BufReader<TcpStream>, String> {
    let (stream, _) = listener.accept().map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(BufReader::new(stream))
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    (to - from).as_secs_f64() * 1e3
}
