functions::program! {
    "dispatch-email",
    "dispatch-text",
    "dispatch-mail",
    "dispatch-gui",
    "dispatch-push",
    "dispatch-webhook",
    "letters-recall",
}
