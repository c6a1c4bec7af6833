use super::*;

#[test]
fn stopping_something_else_is_no_opt_out() {
    let wordings = [
        "I can't stop by today",
        "Can I stop by tomorrow?",
        "I'll stop by your office at 5",
        "Stop by anytime",
        "stop payment on my check",
        "I need to stop payment on a check",
        "Please stop my autopay",
        "can I stop my autopay?",
        "stop autopay",
        "Stop the automatic payments",
        "Stop charging me late fees",
        "stop the foreclosure please",
        "stop reporting me to the credit bureaus",
        "I want to cancel my autopay",
        "cancel my loan application",
        "please don't cancel my loan",
        "Cancel my appointment",
        "I quit my job",
        "I had to quit my job last month",
        "I stopped getting your emails",
        "When does my loan end?",
        "end of the month works",
        "I can pay at the end of the month",
        "the weekend works",
        "I get off work at 5",
        "the bus stop",
        "revoke the authorization for my autopay",
        "How do I opt out of paperless statements?",
        "opt out of autopay",
        "opt out of arbitration",
        "remove me from the loan",
        "remove the late fee",
        "please remove my ex from the account",
        "take me off autopay",
        "remove my bank account",
        "nonstop issues with your website",
        "Do you have a one stop shop?",
        "I don't want this loan",
        "I do not want to refinance",
        "I don't need help",
        "I did not consent to this charge",
        "no more payments this year?",
        "When will my payments stop?",
        "I accidentally texted STOP",
        "I replied stop by mistake",
        "did you stop sending reminders?",
    ];
    all_are(&wordings, Asks::Nothing, false);
}

#[test]
fn wanting_contact_is_no_opt_out() {
    let wordings = [
        "don't stop",
        "please don't stop",
        "Don't stop texting me",
        "please do not stop sending reminders",
        "I don't want you to stop texting me",
        "don't unsubscribe me",
        "do not remove me from the list",
        "I did not opt out",
        "I never opted out",
        "I didn't unsubscribe",
        "I don't want to opt out",
        "Did I opt out?",
        "don't opt me out",
        "why did you stop texting me",
        "why don't you call me",
        "Why don't you text me back?",
        "you never called me back",
        "nobody called me",
        "I didn't get a text",
        "I did not receive your email",
        "I don't text much",
        "I can't call right now",
        "can't call right now",
        "don't forget to call me",
        "please don't hesitate to call me",
        "if you don't call me I will worry",
        "they don't call me back",
        "text me instead",
        "please call me",
        "can you text me the amount",
        "I will stop calling you",
        "I don't want to bother you",
        "no quiero cancelar los mensajes",
        "No dejen de mandarme mensajes",
        "no me han llamado",
    ];
    all_are(&wordings, Asks::Nothing, false);
}

#[test]
fn everything_else_a_borrower_writes_is_a_message() {
    let wordings = [
        "",
        " ",
        "yes",
        "Y",
        "no",
        "ok",
        "Thanks!",
        "👍",
        "🙏🙏",
        "Help me understand my balance",
        "I need help with my payment",
        "can you help?",
        "info on my loan please",
        "start date?",
        "When does it start",
        "I can start paying Friday",
        "I'd like to subscribe to autopay",
        "who is this?",
        "Is this a scam?",
        "how much do I owe",
        "I paid yesterday",
        "I'll pay Friday",
        "Can I get an extension?",
        "I lost my job",
        "my husband passed away",
        "I filed bankruptcy",
        "wrong amount",
        "That is the wrong account number",
        "you have the wrong balance",
        "this isn't right",
        "this is not fair",
        "I'm not sure",
        "I am not working right now",
        "this is not my loan",
        "I don't know",
        "I don't know what you mean",
        "I don't know who my loan officer is",
        "not interested",
        "no thanks",
        "call me at the end of the day",
        "my new number is 312 555 0142",
        "I gave you the wrong number",
        "I dialed the wrong number",
        "Is this the wrong number?",
        "there is no money here",
        "the link doesn't work",
        "I don't live there anymore",
        "¿Cuánto debo?",
        "ya pagué",
        "para cuando es el pago?",
        "puedo pagar a fin de mes",
        "quiero cancelar mi préstamo",
        "cancelar el autopago",
        "necesito ayuda con mi cuenta",
        "no puedo pagar",
        "no me manden a cobranza",
        "la tasa más baja",
        "voy a salir a las 5",
        "cuando termina mi préstamo",
        "quítenme el cargo por mora",
        "dar de baja mi autopago",
        "no entiendo",
    ];
    all_are(&wordings, Asks::Nothing, false);
}

#[test]
fn reactions_of_phones_are_not_the_words_of_the_person() {
    let wordings = [
        "Liked “Your payment is due. Reply STOP to opt out.”",
        "Loved \"Reply STOP to end\"",
        "Laughed at “STOP to cancel”",
        "👍 to “Reply STOP to opt out”",
        "Reacted ❤️ to “Reply STOP to opt out”",
        "Emphasized “Your payment is due. Text STOP to quit.”",
        "Le gustó “Responda ALTO para cancelar”",
    ];
    all_are(&wordings, Asks::Nothing, false);
}

#[test]
fn our_own_instructions_sent_back_are_not_the_words_of_the_person() {
    let wordings = [
        "Ok I will pay Friday\n\nYour payment is due. Reply STOP to opt out.",
        "Thanks. To unsubscribe reply STOP",
    ];
    all_are(&wordings, Asks::Nothing, false);
    all_are(&["Reply STOP to opt out"], Asks::ProbableOptOut, false);
}
