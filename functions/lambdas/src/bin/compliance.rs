functions::program! {
    "communications-can-interact",
    "communications-can-interact-batch",
    "people-can-interact",
    "people-can-interact-batch",
    "people-limits",
    "compliance-rules-list",
    "compliance-rules-put",
    "compliance-rules-remove",
    "compliance-rules-audit",
    "compliance-rules-what-if",
    "sign-offs-create",
    "sign-offs-list",
}
