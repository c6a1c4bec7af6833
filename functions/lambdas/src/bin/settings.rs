functions::program! {
    "me-get",
    "settings-get",
    "settings-update",
    "senders-list",
    "api-keys-list",
    "api-keys-create",
    "api-keys-revoke",
    "dead-letters-list",
    "dead-letters-retry",
    "tenants-provision",
}
