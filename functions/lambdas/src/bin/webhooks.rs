functions::program! {
    "webhooks-delivery-status",
    "webhooks-inbound-sms",
    "webhooks-inbound-email",
}
