//! Takes providers' reports in: reads the wire format and moves the message on.

use domain::{Error, delivery::DeliveryEvent};
use platform::{
    app::App,
    needs::Need,
    pipeline,
    providers::{ses, twilio},
    queues::{self, RawReport},
};

use crate::webhooks::delivery_status::form;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(pipeline::settle::NEEDS)];

/// Settles one report.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    let report: RawReport = queues::decode(body)?;
    match read(&report)? {
        Some(event) => pipeline::settle::settle(app, &report.tenant, &event).await,
        None => Ok(()),
    }
}

/// The event in a report; none where it is no news, or news of another tenant that shares the topic.
fn read(report: &RawReport) -> Result<Option<DeliveryEvent>, Error> {
    let malformed = |e: platform::providers::Malformed| Error::Internal(format!("{}: {e}", report.provider));
    match report.provider.as_str() {
        twilio::NAME => {
            let about = twilio::events::About::from_query(&report.query).map_err(malformed)?;
            let fields = form(report.body.as_bytes());
            twilio::events::read(&fields, about.interaction, report.received_at).map_err(malformed)
        }
        ses::NAME => {
            let read = ses::events::read(&report.body, report.received_at).map_err(malformed)?;
            let ours =
                read.filter(|event| event.tenant.as_ref().is_none_or(|tenant| *tenant == report.tenant));
            Ok(ours.map(|report| report.event))
        }
        other => Err(Error::Internal(format!("no provider {other}"))),
    }
}
