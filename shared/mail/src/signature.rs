//! Signatures: lines that a program adds below what a person writes.

use crate::lines::{Cue, Line};

/// Lines below a divider without its blank that are a signature. With the blank it is one by RFC 3676, section 4.3;
/// but blanks at the ends of lines get lost, and some divide their text by two hyphens.
const LINES: usize = 12;
/// Characters of the line by which a program or a device names itself.
const LINE: usize = 160;

/// How these lines begin, in small letters.
const SENT_FROM: &[&str] = &[
    "sent from",
    "sent via",
    "sent with",
    "sent by",
    "sent using",
    "get outlook for",
    "download outlook",
    "enviado desde",
    "enviado con",
    "enviado mediante",
    "enviado do",
    "enviado de",
    "enviado a partir",
    "enviado pelo",
    "obtener outlook",
    "obtén outlook",
    "obter o outlook",
    "envoyé de",
    "envoyé depuis",
    "envoyé à partir",
    "obtenir outlook",
    "téléchargez outlook",
    "von meinem",
    "gesendet von",
    "gesendet mit",
    "diese nachricht wurde von meinem",
    "outlook für",
    "holen sie sich outlook",
    "inviato da",
    "inviato con",
    "scarica outlook",
    "verzonden vanaf",
    "verstuurd vanaf",
    "verzonden met",
    "outlook voor",
    "skickat från",
    "hämta outlook",
    "sendt fra",
    "sendt med",
    "hent outlook",
    "lähetetty",
    "wysłane z",
    "wysłano z",
    "pobierz outlook",
    "odesláno z",
    "отправлено с",
    "отправлено из",
    "надіслано з",
    "iphone'umdan",
    "iphone’umdan",
    "dikirim dari",
    "gửi từ",
    "发自我的",
    "从我的",
    "傳送自",
    "從我的",
    "iphoneから送信",
    "ipadから送信",
    "나의 iphone",
    "내 iphone",
    "나의 ipad",
];

/// What they name, in small letters.
const SENDERS: &[&str] = &[
    "android",
    "aol",
    "at&t",
    "blackberry",
    "blue",
    "cell",
    "device",
    "dispositivo",
    "fairmail",
    "fastmail",
    "galaxy",
    "gerät",
    "gmail",
    "gmx",
    "handy",
    "honor",
    "huawei",
    "icloud",
    "ios",
    "ipad",
    "iphone",
    "ipod",
    "k-9",
    "k9",
    "lg ",
    "mail für",
    "mail for",
    "mail pour",
    "mailspring",
    "mobil",
    "móvil",
    "motorola",
    "moto ",
    "nokia",
    "oneplus",
    "oppo",
    "outlook",
    "phone",
    "pixel",
    "proton",
    "redmi",
    "samsung",
    "smartphone",
    "spark",
    "superhuman",
    "t-mobile",
    "tablet",
    "telefon",
    "telefono",
    "teléfono",
    "téléphone",
    "thunderbird",
    "tutanota",
    "tuta",
    "verizon",
    "vivo",
    "windows",
    "xiaomi",
    "xperia",
    "yahoo",
    "zoho",
];

/// Marks the signatures in a stretch of what was written newly.
pub(crate) fn mark(lines: &[Line], is_old: &mut [bool]) {
    for (line, is_old) in lines.iter().zip(is_old.iter_mut()) {
        *is_old |= line.cue == Some(Cue::Signature);
    }
    let is_written = |at: &usize, is_old: &[bool]| !lines[*at].is_blank() && !is_old[*at];
    let divider = lines.iter().rposition(|line| line.depth == 0 && line.text == "--");
    if let Some(divider) = divider.filter(|divider| lines.len() - divider <= LINES + 1) {
        is_old[divider..].fill(true);
    }
    // A device may name itself and its program, one below the other.
    for _ in 0..2 {
        let last = (0..lines.len()).rfind(|at| is_written(at, is_old));
        if let Some(last) = last.filter(|last| names_sender(&lines[*last].text)) {
            is_old[last..].fill(true);
        }
    }
}

fn names_sender(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    // Where its name leads is not part of it.
    let rest =
        line.split(['<', '[']).next().unwrap_or_default().trim_start_matches(['-', '*', '_', ' ', '(']);
    let from = if rest.is_empty() { line.trim_start_matches(['[', '<']) } else { rest };
    from.chars().count() <= LINE
        && SENT_FROM.iter().any(|start| from.starts_with(start))
        && SENDERS.iter().any(|sender| line.contains(sender))
        && !from.contains(['$', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::{Flow, plain};

    #[test]
    fn what_a_program_adds_is_told_from_what_a_person_writes() {
        for (text, kept) in [
            ("Yes\n\nSent from my iPhone", 2),
            ("Yes\nSent from Yahoo Mail for iPhone\n", 1),
            ("Yes\nGet Outlook for iOS<https://aka.ms/o0ukef>", 1),
            ("Yes\nSent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows", 1),
            ("Yes\nEnviado desde mi iPhone", 1),
            ("Yes\nVon meinem iPhone gesendet", 1),
            ("Yes\niPhoneから送信", 1),
            ("Yes\n-- \nAda\nAcme", 1),
            ("Yes\n--\nAda\n\nSent from my iPad", 1),
            ("Yes\nSent from my iPhone\nand I mean it", 3),
            ("I sent from my phone already", 1),
            ("Sent from my bank yesterday", 1),
            ("one\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14", 16),
        ] {
            let lines = plain(text, Flow::Fixed);
            let mut is_old = vec![false; lines.len()];
            mark(&lines, &mut is_old);
            assert_eq!(is_old.iter().filter(|is_old| !**is_old).count(), kept, "{text}");
        }
    }
}
