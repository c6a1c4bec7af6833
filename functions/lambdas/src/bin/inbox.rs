functions::program! {
    "tasks-list",
    "tasks-get",
    "tasks-update",
    "auto-responses-list",
    "auto-responses-get",
    "auto-responses-create",
    "auto-responses-update",
    "auto-responses-delete",
    "auto-responses-try-out",
}
