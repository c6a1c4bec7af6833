//! Ways not to answer a request.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::stream;

/// Longer than any client waits; bounded, so that a server being stopped is not held up for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Closes the connection without a byte of an answer: the server has sent nothing of a response by the time its body
/// fails.
pub fn hang_up() -> Response {
    let broken = stream::once(async { Err::<Vec<u8>, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    Response::new(Body::from_stream(broken))
}

/// Lets the client wait until it gives up.
pub async fn keep_waiting() -> Response {
    tokio::time::sleep(PATIENCE).await;
    hang_up()
}
