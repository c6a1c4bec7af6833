//! The groups of operations, in words.

/// What the operations of a tag are for. A test finds tags that are missing here.
pub(super) fn description(tag: &str) -> Option<&'static str> {
    DESCRIPTIONS.iter().find(|(name, _)| *name == tag).map(|(_, description)| *description)
}

const DESCRIPTIONS: [(&str, &str); 24] = [
    ("Administration", "Settings of your tenant, and the API keys that speak for it."),
    ("Auto-responses", "Rules that answer texts and e-mails of borrowers by themselves (000)."),
    ("Batches", "Messages sent to many borrowers at once: how far they are, and what became of each (000)."),
    ("Borrowers", "A borrower's interactions, in the words of the Communications API (000)."),
    ("Communication logs", "Every message that was sent or came in, with its status (000)."),
    (
        "Communication messages",
        "Messages in a core banking system's words: send, find and resend them (003).",
    ),
    (
        "Communication templates",
        "Templates in the words of the Communications API: the wording is part of the template (000).",
    ),
    ("Communications", "Send messages, preview them, and ask whether one may be sent (000, 004)."),
    ("Communicator", "Send, render and record messages by their subject (001)."),
    (
        "Compliance guard",
        "Ask whether a person may be contacted, and read and change the rules that decide it.",
    ),
    ("Documents", "Files of a borrower, which messages carry as attachments or enclose in letters."),
    ("Event subscriptions", "Read what happened, in order and from where you stopped (003)."),
    ("Events", "Report events of your core system, and set which messages they make (003)."),
    ("In-app notices", "Notices that your app shows to a borrower."),
    ("Interactions", "Every contact with a borrower, sent by Postrider or recorded by you (001)."),
    (
        "People",
        "Borrowers and others with their contacts, loans, cases and consents, as your system of record knows them.",
    ),
    ("Statements", "Account statements of a borrower, about which messages are sent."),
    ("Statistics", "How many messages were sent, delivered, blocked and failed, by day and channel."),
    ("Subjects", "What messages are about: themes, case types, and who may send them (001)."),
    ("System", "This document, and whether the system is up."),
    ("Tasks", "What your people have to do, such as a call that a borrower asked for."),
    (
        "Templates",
        "Templates, their versions and shared parts: write, preview, activate, export and import them (002).",
    ),
    ("Webhook endpoints", "Your URLs that are called when something happens, with a signature (003)."),
    ("Webhooks", "Where providers report deliveries and hand over what borrowers write."),
];
