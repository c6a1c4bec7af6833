functions::program! {
    "batches-work",
    "events-work",
    "settle",
    "inbound",
    "tell",
    "sweep",
}
