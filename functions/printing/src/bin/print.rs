functions::program! {
    Some(printing::press());
    "template-versions-render-file",
    "communicator-render",
    "communicator-render-to-document",
    "console-templates",
    "letters-print",
}
