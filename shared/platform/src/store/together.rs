//! Many items read in few calls.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{Error, error::Ours as _};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::{
    Item, Store,
    keys::{Key, key_of},
};
use crate::race::Race;

/// What DynamoDB reads in one call.
const MOST: usize = 100;
/// Calls at the same time.
const AT_ONCE: usize = 5;

impl Store {
    /// The items under these keys, each as it is at this instant, in no order; those that do not exist are left out. No key may be
    /// named twice. What DynamoDB left out, for the answer was full or the table busy, is asked for again after a pause.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also if the table stays busy.
    pub(super) async fn read_together(&self, keys: impl Iterator<Item = Key>) -> Result<Vec<Item>, Error> {
        let keys: Vec<Item> = keys.map(Key::into_item).collect();
        let calls: Vec<_> = keys.chunks(MOST).map(|some| self.read_some(some.to_vec())).collect();
        stream::iter(calls).buffer_unordered(AT_ONCE).try_concat().await
    }

    /// Those of one call.
    async fn read_some(&self, keys: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut items = Vec::with_capacity(keys.len());
        let wanted = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys));
        let mut wanted = wanted.build().internal()?;
        let mut race = Race::begin();
        loop {
            let request = self.client.batch_get_item().request_items(&self.table, wanted);
            let answer = request.send().await.unavailable("DynamoDB")?;
            items.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            match answer.unprocessed_keys.unwrap_or_default().remove(&self.table) {
                Some(rest) => wanted = rest,
                None => return Ok(items),
            }
            race.lost("room for reads in the table").await?;
        }
    }

    /// The same in the order of the keys.
    pub(super) async fn read_in_order(&self, keys: Vec<Key>) -> Result<Vec<Item>, Error> {
        let items = self.read_together(keys.iter().cloned()).await?;
        let mut found: HashMap<_, _> =
            items.into_iter().filter_map(|item| Some((key_of(&item)?, item))).collect();
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_dynamodb::{
        Client,
        config::{BehaviorVersion, Config, Credentials, Region},
    };
    use axum::{Json, Router, extract::State, routing::post};
    use domain::{id::Id, tenant::TenantId};
    use serde_json::{Value, json};

    use super::*;
    use crate::store::keys;

    type Asked = Arc<Mutex<Vec<usize>>>;

    /// A table of which each call reads at most 40 items, and says how many each asked for.
    async fn busy_table() -> (Store, Asked) {
        async fn answer(State(asked): State<Asked>, request: String) -> Json<Value> {
            let request: Value = serde_json::from_str(&request).unwrap();
            let keys = request["RequestItems"]["table"]["Keys"].as_array().unwrap().clone();
            asked.lock().unwrap().push(keys.len());
            let (read, left) = keys.split_at(keys.len().min(40));
            let unprocessed = match left.is_empty() {
                true => json!({}),
                false => json!({ "table": { "Keys": left, "ConsistentRead": true } }),
            };
            Json(json!({ "Responses": { "table": read }, "UnprocessedKeys": unprocessed }))
        }
        let asked = Asked::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/", post(answer)).with_state(asked.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .endpoint_url(url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        (Store::new(Client::from_conf(config), "table".into()), asked)
    }

    #[tokio::test]
    async fn what_a_busy_table_leaves_out_is_asked_for_again() {
        let (store, asked) = busy_table().await;
        let tenant: TenantId = "demo".parse().unwrap();
        let keys = (0..150).map(|n| keys::person(&tenant, &Id::external("demo", &format!("p{n}"))));
        let items = store.read_together(keys).await.unwrap();
        let mut asked = asked.lock().unwrap().clone();
        asked.sort_unstable();
        assert_eq!(asked, [10, 20, 50, 60, 100]);
        let mut found: Vec<&str> = items.iter().map(|item| item["pk"].as_s().unwrap().as_str()).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!((items.len(), found.len()), (150, 150), "each once");
    }
}
