functions::program! {
    "communications-send",
    "communications-send-batch",
    "batches-list",
    "batches-get",
    "batches-results",
    "batches-cancel",
    "communications-preview",
}
