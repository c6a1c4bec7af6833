//! Which channels a message asks not to be contacted by.

use std::sync::LazyLock;

use super::phrase::Phrase;
use super::words::{self, Word};
use super::{fresh, requests};

/// The ways by which a message asks not to be contacted any more. None of them if it names none: what it asks then
/// is about the way it came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// Phone calls and voice mail.
    pub voice: bool,
    /// Text messages.
    pub text: bool,
    /// Electronic mail.
    pub email: bool,
    /// Letters.
    pub mail: bool,
    /// Every way, also those that are not named beside it: "do not contact me".
    pub all: bool,
}

impl Named {
    const NONE: Self = Self { voice: false, text: false, email: false, mail: false, all: false };
    const VOICE: Self = Self { voice: true, ..Self::NONE };
    const TEXT: Self = Self { text: true, ..Self::NONE };
    const EMAIL: Self = Self { email: true, ..Self::NONE };
    const MAIL: Self = Self { mail: true, ..Self::NONE };
    const ALL: Self = Self { all: true, ..Self::NONE };

    const fn with(self, other: Self) -> Self {
        Self {
            voice: self.voice || other.voice,
            text: self.text || other.text,
            email: self.email || other.email,
            mail: self.mail || other.mail,
            all: self.all || other.all,
        }
    }
}

/// Words that name a way wherever they stand in a request. "Correo" is any mail.
const WAYS: [(Named, &str); 8] = [
    (
        Named::VOICE,
        "call|calls|calling|called|voice|voicemail|voicemails|robocall|robocalls|robocalling|phoning|phoned|ring|ringing|\
         dial|dialing|dialer|dnc",
    ),
    (
        Named::VOICE,
        "llamar|llamarme|llamarnos|llamando|llamen|llame|llames|llamada|llamadas|marcar|marcarme|marquen|marque",
    ),
    (
        Named::TEXT,
        "text|texts|texting|texted|sms|mms|message|messages|messaging|messaged|texto|textos|textear|textearme|texteen|\
         textee|texteando|mensaje|mensajes|mensajear|mensajearme|mensajitos",
    ),
    (Named::EMAIL, "email|emails|emailing|emailed|inbox|newsletter|newsletters|electronico|electronicos"),
    (Named::MAIL, "mail|mails|mailing|mailings|mailed|letter|letters|carta|cartas|postal"),
    (Named::EMAIL.with(Named::MAIL), "correo|correos|correspondence|correspondencia"),
    (
        Named::TEXT.with(Named::EMAIL).with(Named::MAIL),
        "write|writing|escribir|escribirme|escriban|escriba|escribas|escribiendo",
    ),
    (Named::VOICE.with(Named::TEXT), "cell|cellphone|celular"),
];

/// Wordings that name a way only together.
const PHRASES: [(Named, &str); 6] = [
    (Named::EMAIL, "mailing list|lists"),
    (Named::VOICE, "by|over|via|through|on|por the|my? phone|telephone|telefono"),
    (Named::VOICE, "phone me|us|my|this|again|here|at|calls|call"),
    (Named::VOICE.with(Named::TEXT), "on|to|up my|this|our _? phone"),
    // A number is called and texted.
    (
        Named::VOICE.with(Named::TEXT),
        "<removing>|<forgetting>|<borren>|lose|forget|ditch|use|removed|deleted|taken my|this|our|the|mi|este|ese|el _? \
         number|numbers|numero|telefono",
    ),
    (Named::VOICE.with(Named::TEXT), "blow|blowing|hit|hitting up"),
];

/// Wordings that mean every way.
const EVERY_WAY: &[&str] = &[
    "alone",
    "en paz",
    "desist|desista|desistan|desistir",
    "<attorney>",
    "harassment|harassing|harass|harassed|bother|bothering|bothered|disturb|disturbing|disturbed|stalking|pester|pestering",
    "acoso|acosar|acosando|acosen|hostigamiento|hostigando|molestar|molestarme|molesten|moleste|molestes|molestando",
    "communicate|communicating|communication|communications|comunicacion|comunicaciones|comunicarse|comuniquen",
    "contacts|hear|hearing|talk|talking|speak|speaking",
    "everything|anything|nothing",
    "go|stay|get away|lost",
    "fuck|fucking|piss|buzz|screw off",
    "let me|us be",
    "block|blocking|blocked",
];

/// Contact by any way, unless the same sentence says by which.
const CONTACT: &str = "contact|contacting|contacted|reach|reaching|contacten|contacte|contactes|contactar|contactarme|\
                       contactado|contactada|contacto|hablen|hable|hablar|hablarme|buscar|buscarme|busquen";

/// How a sentence says by which way.
const BY: &str = "by|via|through|over|on|por way|phone|telephone|text|sms|message|email|mail|letter|telefono|texto|\
                  mensaje|mensajes|correo|correos|carta|cartas|celular|my|the|mi|llamada|llamadas";

/// What is asked for instead, which is no way to stop.
const OFFERS: [&str; 5] = [
    "call|text|email|mail|message|write|phone me|us? instead",
    "just|only|can|may|rather|instead call|text|email|mail|message|write|phone me|us",
    "^ call|text|email|mail|message|write|phone me|us $|<tail>|only",
    "^ call|calls|text|texts|texting|email|emails|mail|letters only|is|are|works|instead",
    "prefer|rather|just|only text|texts|email|emails|mail|letters|calls $|instead|only",
];

/// Letters and nothing else.
const BY_MAIL_ONLY: [&str; 5] = [
    "only|just|solo|solamente _* by|through|via|in|por mail|letter|letters|writing|post|escrito|carta|cartas",
    "contact|reach|write|communicate me|us|with* only by|through|via|in mail|letter|letters|writing|post",
    "by|in|through|via mail|writing|letter only",
    "^ mail|letters only",
    "only send|write|mail me|us? letter|letters|mail",
];

/// How the next sentence goes on with the ways: "don't call, text or email me".
const GOING_ON: &str = "^ or|and|nor|no|not|ni|o|y|e|even|also* text|texts|texting|call|calls|calling|email|emails|emailing|\
                        mail|mails|letters|message|messages|messaging|write|voicemails|mensajes|llamadas|llamen|textos|\
                        correos|cartas|escriban|manden|contact";

struct Grammar {
    ways: Vec<(Named, Phrase)>,
    every_way: Vec<Phrase>,
    contact: Phrase,
    by: Phrase,
    offers: Vec<Phrase>,
    by_mail_only: Vec<Phrase>,
    going_on: Phrase,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let read = |notations: &[&'static str]| notations.iter().copied().map(Phrase::read).collect();
    Grammar {
        ways: WAYS.iter().chain(&PHRASES).map(|(named, notation)| (*named, Phrase::read(notation))).collect(),
        every_way: read(EVERY_WAY),
        contact: Phrase::read(CONTACT),
        by: Phrase::read(BY),
        offers: read(&OFFERS),
        by_mail_only: read(&BY_MAIL_ONLY),
        going_on: Phrase::read(GOING_ON),
    }
});

/// By which ways the new words of `text` ask not to be contacted any more. Asked if [`super::heard`] is a probable
/// opt-out; in doubt it names too many. It reads the sentences that ask, and those that go on with them.
pub fn channels(text: &str) -> Named {
    let sentences = words::sentences(&fresh::fresh(text).text);
    let mut named = Named::NONE;
    let mut asked = false;
    for (sentence, asks) in sentences.iter().zip(requests::asking(&sentences)) {
        asked = asks || asked && GRAMMAR.going_on.is_in(sentence);
        if asked {
            named = named.with(ways(sentence));
        }
    }
    named
}

fn ways(sentence: &[Word]) -> Named {
    let grammar = &*GRAMMAR;
    let is_in = |phrases: &[Phrase]| phrases.iter().any(|phrase| phrase.is_in(sentence));
    if is_in(&grammar.by_mail_only) {
        return Named::VOICE.with(Named::TEXT).with(Named::EMAIL);
    }
    // An offer begins one word before what it names, or at it.
    let offered: Vec<usize> = grammar
        .offers
        .iter()
        .flat_map(|phrase| phrase.beginnings(sentence))
        .flat_map(|at| [at, at + 1])
        .collect();
    let found = grammar
        .ways
        .iter()
        .filter(|(_, phrase)| phrase.beginnings(sentence).any(|at| !offered.contains(&at)));
    let named = found.fold(Named::NONE, |named, (more, _)| named.with(*more));
    let is_every = is_in(&grammar.every_way)
        || grammar.contact.is_in(sentence) && !(named != Named::NONE && grammar.by.is_in(sentence));
    if is_every { named.with(Named::ALL) } else { named }
}
