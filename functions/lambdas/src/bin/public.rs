functions::program! {
    "unsubscribe-page",
    "unsubscribe-submit",
    "docs-home",
    "docs-page",
    "preflight",
    "openapi-get",
}
