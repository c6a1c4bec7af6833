functions::program! {
    "console-session",
    "console-messages",
    "console-borrowers",
    "console-rules",
    "console-what-if",
    "console-batches",
    "console-problems",
    "console-health",
    "console-inbox",
    "console-settings",
    "console-keys",
}
