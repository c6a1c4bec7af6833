//! What the pages say, in each language.

use lambda_http::http::StatusCode;
use serde::Serialize;

use crate::Audience;

/// A language there are words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

impl Language {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The first there are words in, of languages as in BCP 47: `es-MX`. English, if there are in none.
    pub fn first_of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |tag: &str| match tag
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "en" => Some(Self::English),
            "es" => Some(Self::Spanish),
            _ => None,
        };
        tags.into_iter().find_map(known).unwrap_or(Self::English)
    }
}

/// What kind of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// E-mails.
    Emails,
    /// Texts.
    Texts,
}

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// To choose what is no longer wanted.
    Choose,
    /// It is no longer sent: these messages, or any.
    Unsubscribed {
        /// Whether any.
        everything: bool,
    },
    /// They are sent again.
    SubscribedAgain,
    /// They are not sent again from here: somebody said so elsewhere.
    SettledElsewhere,
}

/// One page's words. What is absent does not stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    language: Language,
    title: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Form>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

/// A form with one button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Form {
    /// Above the options, or above the button if there is none.
    question: &'static str,
    /// What can be chosen, the first beforehand.
    options: Vec<Choice>,
    button: &'static str,
    /// Sent along with the button if there are no options.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Choice {
    value: &'static str,
    label: String,
}

impl Words {
    /// What a page says to an audience.
    pub fn of(matter: Matter, audience: &Audience<'_>) -> Self {
        let (lender, address, language) = (&audience.lender.name, audience.address, audience.language);
        let english = language == Language::English;
        let messages = audience.medium.in_language(language);
        let (title, text) = match (matter, english) {
            (Matter::Choose, true) => ("Unsubscribe", format!("{lender} sends {messages} to {address}.")),
            (Matter::Choose, false) => {
                ("Cancelar suscripción", format!("{lender} envía {messages} a {address}."))
            }
            (Matter::Unsubscribed { everything: false }, true) => {
                ("You are unsubscribed", format!("{lender} sends no more {messages} to {address}."))
            }
            (Matter::Unsubscribed { everything: false }, false) => {
                ("Suscripción cancelada", format!("{lender} ya no envía {messages} a {address}."))
            }
            (Matter::Unsubscribed { everything: true }, true) => {
                ("You are unsubscribed", format!("{lender} sends you no more messages of any kind."))
            }
            (Matter::Unsubscribed { everything: true }, false) => {
                ("Suscripción cancelada", format!("{lender} ya no le envía mensajes de ningún tipo."))
            }
            (Matter::SubscribedAgain, true) => {
                ("You are subscribed again", format!("{lender} may send {messages} to {address} again."))
            }
            (Matter::SubscribedAgain, false) => {
                ("Suscripción reanudada", format!("{lender} puede volver a enviar {messages} a {address}."))
            }
            (Matter::SettledElsewhere, true) => {
                ("This cannot be changed here", format!("Please contact {lender}."))
            }
            (Matter::SettledElsewhere, false) => {
                ("Esto no se puede cambiar aquí", format!("Comuníquese con {lender}."))
            }
        };
        Self { language, title, text, form: Form::of(matter, audience), note: note(matter, language) }
    }

    /// What stands beside a choice, or on the button that makes it.
    pub fn label(&self, choice: &str) -> Option<String> {
        let form = self.form.as_ref()?;
        let option = form.options.iter().find(|option| option.value == choice);
        let button = (form.value == Some(choice)).then(|| form.button.to_owned());
        option.map(|option| option.label.clone()).or(button)
    }

    /// What a page says in the place of an answer with this status.
    pub fn refusing(status: StatusCode, language: Language) -> Self {
        let english = language == Language::English;
        let (title, text) = match (status, english) {
            (StatusCode::NOT_FOUND, true) => (
                "This link leads nowhere",
                "Please open it again from the message, all of it. You can also tell whoever sent the message that you want \
                 no more.",
            ),
            (StatusCode::NOT_FOUND, false) => (
                "Este enlace no lleva a ninguna parte",
                "Ábralo de nuevo desde el mensaje, completo. También puede decirle a quien envió el mensaje que no desea \
                 recibir más.",
            ),
            (status, true) if status.is_client_error() => {
                ("This could not be understood", "Please open the link in the message again.")
            }
            (status, false) if status.is_client_error() => {
                ("No pudimos entender esto", "Abra de nuevo el enlace del mensaje.")
            }
            (_, true) => ("Something went wrong on our side", "Please try again in a few minutes."),
            (_, false) => ("Algo falló de nuestro lado", "Inténtelo de nuevo en unos minutos."),
        };
        Self { language, title, text: text.into(), form: None, note: None }
    }
}

impl Form {
    fn of(matter: Matter, audience: &Audience<'_>) -> Option<Self> {
        let lender = &audience.lender.name;
        let english = audience.language == Language::English;
        match matter {
            Matter::Choose => Some(Self {
                question: if english { "What do you no longer want?" } else { "¿Qué ya no desea recibir?" },
                options: vec![
                    Choice {
                        value: "channel",
                        label: audience.medium.to_this_address(audience.language).into(),
                    },
                    Choice {
                        value: "all",
                        label: match english {
                            true => format!("All messages from {lender}"),
                            false => format!("Todos los mensajes de {lender}"),
                        },
                    },
                ],
                button: if english { "Unsubscribe" } else { "Cancelar suscripción" },
                value: None,
            }),
            Matter::Unsubscribed { everything: false } => Some(Self {
                question: if english { "Was that a mistake?" } else { "¿Fue un error?" },
                options: Vec::new(),
                button: audience.medium.again(audience.language),
                value: Some("again"),
            }),
            Matter::Unsubscribed { everything: true }
            | Matter::SubscribedAgain
            | Matter::SettledElsewhere => None,
        }
    }
}

fn note(matter: Matter, language: Language) -> Option<&'static str> {
    match (matter, language) {
        (Matter::Choose | Matter::Unsubscribed { .. }, Language::English) => {
            Some("Messages that the law requires may still reach you.")
        }
        (Matter::Choose | Matter::Unsubscribed { .. }, Language::Spanish) => {
            Some("Aún puede recibir mensajes que la ley exige.")
        }
        (Matter::SubscribedAgain | Matter::SettledElsewhere, _) => None,
    }
}

impl Medium {
    fn in_language(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Emails, Language::English) => "e-mails",
            (Self::Emails, Language::Spanish) => "correos electrónicos",
            (Self::Texts, Language::English) => "text messages",
            (Self::Texts, Language::Spanish) => "mensajes de texto",
        }
    }

    fn to_this_address(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Emails, Language::English) => "E-mails to this address",
            (Self::Emails, Language::Spanish) => "Correos electrónicos a esta dirección",
            (Self::Texts, Language::English) => "Text messages to this number",
            (Self::Texts, Language::Spanish) => "Mensajes de texto a este número",
        }
    }

    fn again(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Emails, Language::English) => "Get these e-mails again",
            (Self::Emails, Language::Spanish) => "Volver a recibir estos correos",
            (Self::Texts, Language::English) => "Get these text messages again",
            (Self::Texts, Language::Spanish) => "Volver a recibir estos mensajes",
        }
    }
}
