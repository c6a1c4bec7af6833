//! AWS as it answered once: what is read is asked of the emulator the first time and remembered; what is written succeeds and changes
//! nothing, so that each start finds the same.

use std::{
    collections::HashMap,
    io::BufReader,
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use serde_json::{Value, json};

use crate::http::Message;

/// See the module documentation.
pub struct Canned {
    url: String,
    state: Arc<State>,
}

struct State {
    emulator: String,
    answers: Mutex<HashMap<String, Arc<Message>>>,
    enqueued: Mutex<Option<String>>,
}

impl Canned {
    /// Begins to listen, over an emulator at this URL.
    pub fn start(emulator: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let emulator = emulator.trim_start_matches("http://").to_owned();
        let state = Arc::new(State { emulator, answers: Mutex::default(), enqueued: Mutex::default() });
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                // A connection ends with its process.
                thread::spawn(move || drop(state.serve(stream)));
            }
        });
        Self { url, state }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The message that was put into a queue last.
    pub fn enqueued(&self) -> Option<String> {
        self.state.enqueued.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut to, mut from) = (stream.try_clone()?, BufReader::new(stream));
        while let Some(request) = Message::read(&mut from)? {
            self.answer(request)?.write(&mut to)?;
        }
        Ok(())
    }

    fn answer(&self, request: Message) -> std::io::Result<Arc<Message>> {
        let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
        let is_read = match target {
            Some(operation) => ["GetItem", "Query", "BatchGetItem", "GetSecretValue"].contains(&operation),
            None => request.start.starts_with("GET "),
        };
        if !is_read {
            return Ok(Arc::new(self.taken(target.unwrap_or_default(), &request)));
        }
        let key = format!("{target:?} {} {}", request.start, String::from_utf8_lossy(&request.body));
        let known = |answers: &HashMap<_, Arc<_>>| answers.get(&key).map(Arc::clone);
        if let Some(known) = known(&self.answers.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let answer = Arc::new(self.ask(request)?);
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&answer));
        Ok(answer)
    }

    fn ask(&self, mut request: Message) -> std::io::Result<Message> {
        let mut stream = TcpStream::connect(&self.emulator)?;
        request.headers.retain(|(name, _)| name != "connection");
        request.write(&mut stream)?;
        let answer = Message::read(&mut BufReader::new(stream))?;
        let mut answer = answer.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        answer.headers.retain(|(name, _)| name != "connection" && name != "keep-alive");
        Ok(answer)
    }

    /// A write, which succeeds.
    fn taken(&self, operation: &str, request: &Message) -> Message {
        let said: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let body = match operation {
            "SendMessageBatch" => {
                let entries = said["Entries"].as_array().cloned().unwrap_or_default();
                if let Some(body) = entries.first().and_then(|entry| entry["MessageBody"].as_str()) {
                    *self.enqueued.lock().unwrap_or_else(PoisonError::into_inner) = Some(body.to_owned());
                }
                let taken =
                    |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "" });
                json!({ "Successful": entries.iter().map(taken).collect::<Vec<_>>(), "Failed": [] })
            }
            "SendMessage" => json!({ "MessageId": "m", "MD5OfMessageBody": "" }),
            "" => json!({ "MessageId": "m" }),
            _ => json!({}),
        };
        let headers =
            [("content-type", "application/x-amz-json-1.0"), ("x-amzn-requestid", "r"), ("etag", "\"e\"")];
        Message {
            start: "HTTP/1.1 200 OK".into(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.to_string().into_bytes(),
        }
    }
}
