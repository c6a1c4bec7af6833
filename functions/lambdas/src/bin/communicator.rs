functions::program! {
    "communicator-preview",
    "communicator-send",
    "communicator-send-batch",
    "communicator-resend",
    "communicator-send-free-form-email",
    "communicator-send-confirmation-code",
    "communicator-receive",
    "communicator-preview-free-form-email",
    "subjects-list",
    "subjects-get",
    "subjects-update",
}
