//! The words of a message, folded: however they are written, the same words come out.

use std::borrow::Cow;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::lexicon::{self, Classes};

/// A word in small letters without diacritics, with what the lexicon knows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Letters and digits.
    pub text: Cow<'static, str>,
    /// Its classes.
    pub classes: Classes,
}

impl Word {
    fn new(text: Cow<'static, str>) -> Self {
        let classes = lexicon::classes(&text);
        Self { text, classes }
    }
}

/// A word as it was written, and whether a sentence begins with it.
struct Raw {
    text: String,
    is_first: bool,
}

/// The sentences of `text`, none of them empty. A comma ends one too: what is said behind it stands by itself.
pub fn sentences(text: &str) -> Vec<Vec<Word>> {
    let mut sentences: Vec<Vec<Word>> = Vec::new();
    for raw in spelled_out(raw_words(text)) {
        let words = canonical(&raw.text).into_iter().map(Word::new);
        match sentences.last_mut() {
            Some(sentence) if !raw.is_first => sentence.extend(words),
            Some(_) | None => sentences.push(words.collect()),
        }
    }
    for sentence in &mut sentences {
        join_compounds(sentence);
    }
    sentences
}

/// Lines at least this long, in bytes, were broken by a mail program and go on in the next.
const WRAPPED_LINE: usize = 50;

fn raw_words(text: &str) -> Vec<Raw> {
    let mut reader = Reader { words: Vec::new(), word: String::new(), is_first: true };
    let mut line = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        line += c.len_utf8();
        if c == '\n' {
            reader.end_word();
            reader.is_first |= line < WRAPPED_LINE || next == Some('\n');
            line = 0;
        } else if is_invisible(c) || is_apostrophe(c) || is_combining_mark(c) {
        } else if let Some(letter) = enclosed_letter(c) {
            reader.word.push(letter);
        } else if next == Some(EMOJI_PRESENTATION) || is_symbol(c) {
            reader.end_word();
        } else if c == '&' {
            reader.end_word();
            reader.word.push_str("and");
            reader.end_word();
        } else if c == '+' && next.is_none_or(char::is_whitespace) {
            reader.end_word();
            reader.word.push_str("mas");
        } else if c == '#' && !next.is_some_and(char::is_alphanumeric) {
            reader.end_word();
            reader.word.push_str("number");
        } else {
            let follows_blank = reader.word.is_empty();
            decompose_compatible(c, |part| reader.take(part, next, follows_blank));
        }
    }
    reader.end_word();
    reader.words
}

struct Reader {
    words: Vec<Raw>,
    word: String,
    is_first: bool,
}

impl Reader {
    fn end_word(&mut self) {
        if !self.word.is_empty() {
            let text = std::mem::take(&mut self.word);
            self.words.push(Raw { text, is_first: std::mem::take(&mut self.is_first) });
        }
    }

    fn take(&mut self, c: char, next: Option<char>, follows_blank: bool) {
        if c.is_alphanumeric() {
            self.word.extend(latin(c).to_lowercase());
        } else if !is_combining_mark(c) && !is_apostrophe(c) {
            self.end_word();
            // "s.t.o.p", "3:00" and "opt-out" are no sentences.
            let precedes_blank = next.is_none_or(|next| !next.is_alphanumeric());
            self.is_first |= match c {
                '!' | '?' | ';' | '(' | ')' | '[' | ']' | '"' | '“' | '”' | '«' | '»' | '—' | '¡' | '¿'
                | '|' => true,
                '.' | ',' | ':' => precedes_blank,
                '-' | '–' => precedes_blank || follows_blank,
                _ => false,
            };
        }
    }
}

/// Asks for the colored picture of the character before it (Unicode Technical Standard 51, section 1.4.3).
const EMOJI_PRESENTATION: char = '\u{fe0f}';

/// Whether `c` shows nothing and parts nothing.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '‛' | '`' | '´' | 'ʼ' | 'ʹ' | '′' | '＇')
}

/// Signs that would decompose into letters.
fn is_symbol(c: char) -> bool {
    matches!(c, 'ℹ' | '™' | '℠')
}

/// The letter in a circle, a square or a flag: Unicode does not decompose these.
fn enclosed_letter(c: char) -> Option<char> {
    let first = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        _ => return None,
    };
    char::from_u32(u32::from(c) - first + u32::from('a'))
}

/// Letters of other alphabets, and the Latin ones that look like them.
const ALIKE: [(&str, &str); 5] = [
    ("АВЕКМНОРСТУХІЈЅԌԚԜҮ", "ABEKMHOPCTYXIJSGQWY"),
    ("авекмнорстухіјѕһԁԛԝѵү", "abekmhopctyxijshdqwvy"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΣΤΥΧ", "ABEZHIKMNOPSTYX"),
    ("αβγεηικμνορσςτυχω", "abyenikmvopostuxw"),
    ("ıłøđɑɡ", "ilodag"),
];

/// The Latin letter that looks like `c`: keyboards and forgers mix alphabets.
fn latin(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let found = |(others, letters): &(&str, &str)| {
        others.chars().zip(letters.chars()).find(|(other, _)| *other == c).map(|(_, letter)| letter)
    };
    ALIKE.iter().find_map(found).unwrap_or(c)
}

/// "S T O P" is one word: letters that stand alone, at least three of them.
fn spelled_out(words: Vec<Raw>) -> Vec<Raw> {
    let is_letter = |raw: &Raw| raw.text.chars().all(char::is_alphabetic) && raw.text.chars().count() == 1;
    let mut joined = Vec::with_capacity(words.len());
    for run in words.chunk_by(|left, right| is_letter(left) == is_letter(right)) {
        match run {
            [first, _, _, ..] if is_letter(first) => joined
                .push(Raw { text: run.iter().map(|raw| &*raw.text).collect(), is_first: first.is_first }),
            _ => joined.extend(run.iter().map(|raw| Raw { text: raw.text.clone(), is_first: raw.is_first })),
        }
    }
    joined
}

/// The words that `raw` stands for: contractions in full, short forms and slips of the finger as they are meant.
fn canonical(raw: &str) -> Vec<Cow<'static, str>> {
    let word = calmed(&lettered(raw));
    if is_meant_as_unsubscribe(&word) {
        return vec![Cow::Borrowed(if word.ends_with("ed") { "unsubscribed" } else { "unsubscribe" })];
    }
    if let Some(keyword) = keyword_in(&word) {
        return vec![Cow::Borrowed(keyword)];
    }
    match lexicon::spelling(&word) {
        Some(meant) => meant.split(' ').map(Cow::Borrowed).collect(),
        None => vec![Cow::Owned(word)],
    }
}

/// "st0p": a zero among letters is an o.
fn lettered(raw: &str) -> Cow<'_, str> {
    let others = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
    let is_among_letters = raw.chars().any(char::is_alphabetic) && raw.contains('0');
    if is_among_letters && !raw.trim_end_matches(others).contains(others) {
        Cow::Owned(raw.replace('0', "o"))
    } else {
        Cow::Borrowed(raw)
    }
}

/// "stoooop", "STOPPP": no word has the same letter three times in a row, so the letter was meant once, or twice if
/// only that is a word. A keyword may also end in its last letter twice.
fn calmed(word: &str) -> String {
    let runs = || word.as_bytes().chunk_by(|left, right| left == right);
    if word.is_ascii() && word.bytes().any(|b| b.is_ascii_alphabetic()) && runs().any(|run| run.len() > 2) {
        let limited = |long: usize, double: usize| -> String {
            let kept = runs().flat_map(|run| run.iter().take(if run.len() > 2 { long } else { double }));
            kept.map(|b| char::from(*b)).collect()
        };
        let readings = [limited(2, 2), limited(1, 2), limited(1, 1)];
        let [.., plain] = &readings;
        return readings.iter().find(|word| lexicon::is_known(word)).unwrap_or(plain).clone();
    }
    let mut chars = word.chars().rev();
    match (chars.next(), chars.next()) {
        (Some(last), Some(before)) if last == before && word.len() > 4 => {
            let once = &word[..word.len() - last.len_utf8()];
            if lexicon::is_keyword(once) && !lexicon::is_known(word) {
                once.to_owned()
            } else {
                word.to_owned()
            }
        }
        _ => word.to_owned(),
    }
}

/// The longest of the words of the law is the one that is misspelled most.
fn is_meant_as_unsubscribe(word: &str) -> bool {
    let begins = ["unsub", "unsus", "unsuc", "unsbu", "unsbs", "usubs", "unubs"]
        .iter()
        .any(|start| word.starts_with(start));
    let goes_on =
        ["crib", "cirb", "scib", "srib", "rcib", "cribe", "ribe"].iter().any(|part| word.contains(part));
    begins && goes_on && word.len() < 14
}

/// The word of the law that `word` is with a number of up to two digits behind it, several times over, or with a finger on
/// the next key: "stop2", "stopstop", "stip".
fn keyword_in(word: &str) -> Option<&'static str> {
    /// The keys around each letter of "stop".
    const NEXT_KEYS: [&[u8]; 4] = [b"awedxz", b"ryfg", b"iklp", b"ol"];
    const OTHER_WORD: &str = "atop";
    let plain = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_meant = |keyword: &str| {
        word.len() - plain.len() <= 2
            && !plain.is_empty()
            && plain.as_bytes().chunks(keyword.len()).all(|part| part == keyword.as_bytes())
    };
    let slips = || word.bytes().zip(*b"stop").zip(NEXT_KEYS).filter(|((typed, meant), _)| typed != meant);
    let has_slipped = word.len() == 4
        && word != OTHER_WORD
        && slips().count() == 1
        && slips().all(|((typed, _), keys)| keys.contains(&typed));
    if has_slipped {
        return Some("stop");
    }
    lexicon::OF_THE_LAW.iter().copied().find(|keyword| is_meant(keyword))
}

/// What is written apart and means one: "opt out", "any more", "e mail".
fn join_compounds(sentence: &mut Vec<Word>) {
    let mut at = 0;
    while at + 1 < sentence.len() {
        match lexicon::compound(&sentence[at].text, &sentence[at + 1].text) {
            Some(meant) => {
                sentence.splice(at..at + 2, meant.split(' ').map(|word| Word::new(Cow::Borrowed(word))));
                at += usize::from(meant.contains(' '));
            }
            None => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_alike_are_latin() {
        for (others, letters) in ALIKE {
            assert_eq!(others.chars().count(), letters.len(), "{others}");
            assert!(!others.chars().any(|c| c.is_ascii()), "{others}");
        }
    }

    #[test]
    fn words_come_out_the_same_however_they_are_written() {
        let table = [
            ("STOP", "stop"),
            ("ＳＴＯＰ", "stop"),
            ("𝐒𝐓𝐎𝐏 Ⓢⓣⓞⓟ 🆂🆃🅾️🅿️", "stop stop stop"),
            ("s\u{200b}t\u{200d}o\u{ad}p", "stop"),
            ("S.T.O.P.", "stop"),
            ("S T O P", "stop"),
            ("stoooop stoppp stopp st0p stpo", "stop stop stop stop stop"),
            ("STOPALLLL", "stopall"),
            ("No más", "no mas"),
            ("nO MA\u{301}S", "no mas"),
            ("don't don’t dont do not", "do not do not do not do not"),
            ("opt-out OPTOUT opt out", "optout optout optout"),
            ("un-subscribe unsubcribe unsuscribe", "unsubscribe unsubscribe unsubscribe"),
            ("pls txt u", "please text you"),
            ("e-mail", "email"),
            ("any more. no longer", "anymore / nolonger"),
            ("Stop. I paid, thanks", "stop / i paid / thanks"),
            ("stop\nJohn", "stop / john"),
            (
                "I would like you to know that I do not want you to\ncall me",
                "i would like you to know that i do not want you to call me",
            ),
            ("at 3:30 pm", "at 3 30 pm"),
            ("st\u{43e}p ЅТОР stορ SΤΟΡ", "stop stop stop stop"),
            ("stop1 STOP12 optout2 st0p1 stop123 100", "stop stop optout stop stop123 100"),
            ("STOPstop stoo stip srop dtop atop shop", "stop stop stop stop stop atop shop"),
            ("I take back", "i withdraw"),
            ("STOP ™ ℹ ☎️", "stop"),
            ("wrong #", "wrong number"),
            ("", ""),
            ("!!! 🛑", ""),
        ];
        for (text, words) in table {
            let found = sentences(text)
                .iter()
                .map(|sentence| sentence.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
                .join(" / ");
            assert_eq!(found, words, "{text:?}");
        }
    }
}
