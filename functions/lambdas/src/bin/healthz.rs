functions::program! {
    "healthz-get",
}
