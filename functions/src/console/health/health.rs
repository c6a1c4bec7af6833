//! How messages fare: how many were sent, delivered, blocked and failed on each channel in the last days, and whether what they leave
//! by is in order.

use jiff::ToSpan;
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    catalog::{self, Function},
    console::{Shown, VISIT, Visit, address::parameter, chart::bars},
    senders, statistics,
};

const COUNTS: Function = catalog::named("statistics-messages");
const SENDERS: Function = catalog::named("senders-list");

/// The spans to choose from, in days.
const SPANS: [i64; 3] = [7, 14, 30];
/// What is shown, in the order of a message's life.
const MEASURES: [&str; 6] = ["sent", "delivered", "blocked", "failed", "canceled", "received"];

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    // What is no span is the shortest.
    let span =
        parameter(request, "days").parse().ok().filter(|days| SPANS.contains(days)).unwrap_or(SPANS[0]);
    let today = app.now().to_zoned(visit.lender.settings.zone()).date();
    let from = today.checked_sub((span - 1).days()).unwrap_or(today);
    let days = [("from", from.to_string()), ("to", today.to_string())];
    let (counts, leaves) = futures::join!(visit.ask(&COUNTS, &[], &days), visit.ask(&SENDERS, &[], &[]));
    let (counts, leaves) = (counts?, leaves?);
    let all = counts["total"].as_array().into_iter().flatten();
    let page = vec![
        ("span", json!(span)),
        ("spans", json!(SPANS)),
        ("from", json!(from)),
        ("to", json!(today)),
        ("measures", json!(MEASURES)),
        ("total", counts["total"].clone()),
        ("channels", all.map(|total| channel(total, &counts["days"])).collect()),
        ("is_in_order", json!(are_in_order(&leaves["accounts"]))),
        ("senders", leaves["senders"].clone()),
        ("accounts", leaves["accounts"].clone()),
    ];
    visit.page(StatusCode::OK, "health.html", shown(page))
}

fn are_in_order(accounts: &Value) -> bool {
    accounts.as_array().into_iter().flatten().all(|account| account["state"] == "inOrder")
}

/// One channel: each measure as bars over the days, and the days on which anything happened in numbers.
fn channel(total: &Value, days: &Value) -> Value {
    let nothing = Value::Null;
    let of_day = |day: &Value| {
        let channels = day["channels"].as_array().into_iter().flatten();
        channels.into_iter().find(|one| one["channel"] == total["channel"]).cloned()
    };
    let days: Vec<(&Value, Option<Value>)> =
        days.as_array().into_iter().flatten().map(|day| (&day["date"], of_day(day))).collect();
    let seen: Vec<&str> = MEASURES.into_iter().filter(|measure| total[*measure].as_u64() > Some(0)).collect();
    let measure = |measure: &&str| {
        let count = |(_, counts): &(&Value, Option<Value>)| {
            counts.as_ref().unwrap_or(&nothing)[*measure].as_u64().unwrap_or_default()
        };
        let counts: Vec<u64> = days.iter().map(count).collect();
        let most = counts.iter().copied().max().unwrap_or_default();
        json!({ "measure": measure, "total": total[*measure], "most": most, "bars": bars(&counts, most) })
    };
    let rows = days.iter().filter_map(|(date, counts)| {
        let counts = counts.as_ref()?;
        Some(json!({ "date": date, "counts": seen.iter().map(|measure| &counts[*measure]).collect::<Vec<_>>() }))
    });
    json!({
        "channel": total["channel"],
        "measures": seen.iter().map(measure).collect::<Vec<_>>(),
        "slots": days.len(),
        "days": rows.collect::<Vec<_>>(),
    })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(VISIT), Need::All(statistics::messages::NEEDS), Need::All(senders::list::NEEDS)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_drawn_over_all_days_and_told_for_those_on_which_anything_happened() {
        let total = json!({ "channel": "email", "sent": 6, "failed": 0 });
        let days = json!([
            { "date": "2026-01-04", "channels": [] },
            { "date": "2026-01-05", "channels": [{ "channel": "text", "sent": 9 }, { "channel": "email", "sent": 2 }] },
            { "date": "2026-01-06", "channels": [{ "channel": "email", "sent": 4 }] },
        ]);
        let shown = channel(&total, &days);
        let sent = json!({ "measure": "sent", "total": 6, "most": 4, "bars": "M1.5 40v-20M2.5 40v-40" });
        assert_eq!((&shown["measures"], &shown["slots"]), (&json!([sent]), &json!(3)));
        let rows = json!([{ "date": "2026-01-05", "counts": [2] }, { "date": "2026-01-06", "counts": [4] }]);
        assert_eq!(shown["days"], rows);
    }
}
