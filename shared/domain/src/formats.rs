//! How single values are written: phone numbers, e-mail addresses, languages, zones, places.
//!
//! Each rule takes the text and says what is wrong with it in words that follow the field's name. Rules about several
//! fields at once belong to [`super::update`].

pub mod mail_address;

use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};
use url::Url;

use crate::{
    compliance::{rule::Jurisdiction, served_by},
    heading::is_hidden,
};

/// What a rule says.
pub type Verdict = Result<(), String>;

/// The bundled time zones: what a lender may name must not depend on the machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// States, the federal district, territories, freely associated states and military post (USPS Publication 28,
/// appendix B).
const US_STATES: &str = "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN \
                         MO MP MS MT NC ND NE NH NJ NM NV NY OH OK OR PA PR PW RI SC SD TN TX UT VA VI VT WA WI WV WY";

/// Every code that ISO 3166-1 assigns to a country or territory.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
                         BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
                         EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
                         HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
                         LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
                         NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
                         SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
                         TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

fn verdict(holds: bool, otherwise: &str) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A valid number in E.164. A number that can be understood otherwise is shown as it should be.
pub fn phone(text: &str) -> Verdict {
    match e164(text)? {
        e164 if e164 == text => Ok(()),
        e164 => Err(format!("must be in E.164; write {e164}")),
    }
}

/// A valid number in E.164, however it is written; without a country it is one of the US.
///
/// # Errors
/// What is wrong with it.
pub fn e164(text: &str) -> Result<String, String> {
    let is_valid = |number: &PhoneNumber| number.is_valid() || served_by_area_code(number).is_some();
    let number = PHONE_NUMBER_UTIL.parse(text, Some(Region::US)).ok().filter(is_valid);
    number
        .map(|number| number.format_as(PhoneNumberFormat::E164).into_owned())
        .ok_or_else(|| "must be a valid phone number in E.164, such as +13125550142".into())
}

/// The country of a number in E.164, as ISO 3166-1 alpha-2.
pub fn country_of(e164: &str) -> Option<String> {
    let number = PHONE_NUMBER_UTIL.parse(e164, None).ok()?;
    let known = number.get_region_code().map(|region| region.as_region_str().as_str().to_owned());
    let is_of_a_state = || served_by_area_code(&number).is_some_and(|whose| !whose.is_empty());
    known.or_else(|| is_of_a_state().then(|| "US".to_owned()))
}

/// Whose area code a number of the North American Numbering Plan has: an area code of ours, then an exchange from 200 on that is
/// no service code such as 911. New area codes come every year, and our table of them is kept (`docs/compliance.md`).
fn served_by_area_code(number: &PhoneNumber) -> Option<&'static [Jurisdiction]> {
    let national = number.national_number.to_string();
    let (area_code, exchange) = (national.get(..3)?, national.get(3..6)?);
    let is_exchange = exchange >= "200" && !exchange.ends_with("11");
    (number.country_code == 1 && national.len() == 10 && is_exchange).then(|| served_by(area_code))?
}

/// An address that mail can be sent to ([`mail_address`]), and nothing beside it.
pub fn email(text: &str) -> Verdict {
    verdict(mail_address::sendable(text).is_some(), "must be an e-mail address, such as john@example.com")
}

/// An origin as browsers write it (RFC 6454, section 6.2): `https`, a name and a port that is not 443; or `http://localhost` with any
/// port but 80, for pages that somebody is at work on.
pub fn origin(text: &str) -> Verdict {
    let (scheme, host) = text.split_once("://").unwrap_or_default();
    let is_plain = |url: &Url| {
        let is_named = url.domain().is_some_and(|name| !name.starts_with('.') && !name.ends_with('.'));
        is_named && url.origin().ascii_serialization() == text
    };
    let is_taken = match scheme {
        "https" => !host.contains('*'),
        "http" => host.split(':').next() == Some("localhost"),
        _ => false,
    };
    let holds = is_taken && text.len() <= 255 && Url::parse(text).is_ok_and(|url| is_plain(&url));
    verdict(
        holds,
        "must hold origins such as https://app.acme.example or http://localhost:3000: no path, no wildcard, no credentials, in small letters",
    )
}

/// A device's token: opaque, one word.
pub fn push_token(text: &str) -> Verdict {
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.~:".contains(&b);
    let holds = (1..=4096).contains(&text.len()) && text.bytes().all(is_safe);
    verdict(holds, "must be a device token of 1 to 4096 letters, digits and - _ . ~ :")
}

/// ISO 639-1, and what it had before: `in`, `iw`, `ji`, `jw`, `mo` and `sh`, which systems still say.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es \
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw \
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng \
    nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv \
    sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// ISO 639-1.
pub fn language(text: &str) -> Verdict {
    let holds = text.len() == 2 && LANGUAGES.split(' ').any(|code| code == text);
    verdict(holds, "must be an ISO 639-1 code of two small letters, such as en")
}

/// [`language`] as a regular expression.
pub(crate) fn language_pattern() -> String {
    let mut groups: Vec<String> = Vec::new();
    for code in LANGUAGES.split(' ') {
        let (first, second) = code.split_at(1);
        match groups.last_mut().filter(|group| group.starts_with(first)) {
            Some(group) => group.push_str(second),
            None => groups.push(format!("{first}[{second}")),
        }
    }
    format!("^({}])$", groups.join("]|"))
}

/// The shape of a BCP 47 tag: a language of two or three letters, then subtags of up to eight letters or digits, of
/// which the last is no lone letter (RFC 5646, section 2.1).
pub fn locale(text: &str) -> Verdict {
    let mut parts = text.split('-');
    let is_language =
        |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    let is_subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let ends_well = text.rsplit('-').next().is_some_and(|last| last.len() > 1);
    let holds =
        text.len() <= 35 && parts.next().is_some_and(is_language) && parts.all(is_subtag) && ends_well;
    verdict(holds, "must be a BCP 47 tag, such as en-US")
}

/// A name of the IANA time zone database, in its spelling.
pub fn time_zone(text: &str) -> Verdict {
    match ZONES.get(text).ok().as_ref().and_then(|zone| zone.iana_name()) {
        Some(name) if name == text => Ok(()),
        Some(name) => Err(format!("must be an IANA time zone in its own spelling; write {name}")),
        None => Err("must be an IANA time zone, such as America/New_York".into()),
    }
}

/// The shape of an ISO 4217 code.
pub fn currency(text: &str) -> Verdict {
    verdict(is_capitals(text, 3), "must be an ISO 4217 code of three capitals, such as USD")
}

/// An ISO 3166-1 alpha-2 code that is some country's.
pub fn country(text: &str) -> Verdict {
    let is_known = countries().any(|country| country == text);
    verdict(is_known, "must be a country's ISO 3166-1 code of two capitals, such as US")
}

/// Every country that [`country`] takes.
pub(crate) fn countries() -> impl Iterator<Item = &'static str> {
    COUNTRIES.split(' ')
}

/// Every state that [`us_state`] takes.
pub(crate) fn us_states() -> impl Iterator<Item = &'static str> {
    US_STATES.split(' ')
}

/// Every zone that [`time_zone`] takes.
pub(crate) fn time_zones() -> Vec<String> {
    let named = ZONES.available().map(|name| name.to_string());
    named.filter(|name| time_zone(name).is_ok()).collect()
}

/// What the Postal Service calls a state.
pub fn us_state(text: &str) -> Verdict {
    let is_known = us_states().any(|state| state == text);
    verdict(is_known, "must be a US state or territory in two capitals, such as IL")
}

/// Five digits, or nine with or without the hyphen.
pub fn zip(text: &str) -> Verdict {
    let are_digits = |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let holds = match text.split_once('-') {
        Some((zip, extension)) => are_digits(zip, 5) && are_digits(extension, 4),
        None => are_digits(text, 5) || are_digits(text, 9),
    };
    verdict(holds, "must be a ZIP code of 5 or 9 digits, such as 60601 or 60601-1234")
}

/// A line of text of 1 to `most` characters.
pub fn line(text: &str, most: usize) -> Verdict {
    verdict(!text.contains(ends_line), "must be on one line, without line breaks")?;
    bounded(text, most)
}

/// What somebody said, in 1 to `most` characters on as many lines as it takes.
pub fn text(text: &str, most: usize) -> Verdict {
    bounded(text, most)
}

/// A heading of 1 to `most` characters ([`crate::heading`]).
pub fn heading(text: &str, most: usize) -> Verdict {
    if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
        let number = u32::from(hidden);
        return Err(format!("must not have characters that are not seen; it has U+{number:04X}"));
    }
    verdict(!text.contains('\t'), "must not have tabs")?;
    line(text, most)
}

fn bounded(text: &str, most: usize) -> Verdict {
    if let Some(control) = text.chars().find(|c| c.is_control() && !ends_line(*c) && *c != '\t') {
        let number = u32::from(control);
        return Err(format!("must not have control characters, such as U+{number:04X}"));
    }
    let characters = text.chars().count();
    verdict(characters <= most, &format!("must have at most {most} characters"))?;
    verdict(!text.chars().all(is_unseen), "must have characters that can be seen")
}

/// Whether a line ends there (Unicode Standard, section 5.8).
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether nothing is seen there: a blank, what only steers how others are shown, or what fills the place of a letter of Hangul.
fn is_unseen(c: char) -> bool {
    let is_filler = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    c.is_whitespace() || is_hidden(c) || is_filler || matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_capitals(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rule = fn(&str) -> Verdict;

    const ALL: [(&str, Rule); 10] = [
        ("phone", phone),
        ("email", email),
        ("push token", push_token),
        ("language", language),
        ("locale", locale),
        ("time zone", time_zone),
        ("currency", currency),
        ("country", country),
        ("state", us_state),
        ("zip", zip),
    ];

    #[test]
    fn what_is_written_right_passes() {
        for (kind, texts) in [
            // The last two are of 2026, and of the Bahamas.
            ("phone", &["+13125550142", "+442079460018", "+18005550199", "+16212340142", "+12422340142"][..]),
            ("email", &["john@example.com", "j.o'neil+loans@mail.example.co.uk", "kunde@bücher.example"]),
            ("push token", &["fcm:APA91b-x_y"]),
            ("language", &["en", "es", "tl", "iw", "zu"]),
            ("locale", &["en", "en-US", "zh-Hant-TW", "es-419", "th-TH-u-ca-gregory"]),
            ("time zone", &["America/Chicago", "America/Indiana/Knox", "UTC", "Pacific/Honolulu"]),
            ("currency", &["USD"]),
            ("country", &["US", "DE", "AD", "PR", "UM", "ZW"]),
            ("state", &["IL", "DC", "PR", "AE"]),
            ("zip", &["60601", "60601-1234", "606011234"]),
        ] {
            let rule = ALL.iter().find(|(name, _)| *name == kind).expect("listed").1;
            for text in texts {
                assert_eq!(rule(text), Ok(()), "{kind} {text}");
            }
        }
    }

    #[test]
    fn what_is_written_wrong_is_told_what_would_be_right() {
        for (rule, text, says) in [
            (phone as Rule, "(312) 555-0142", "must be in E.164; write +13125550142"),
            (phone, "3125550142", "write +13125550142"),
            (phone, "+1 312 555 0142", "write +13125550142"),
            (phone, "+1312555014", "must be a valid"),
            (phone, "+19995550142", "must be a valid"),
            (phone, "+16211340142", "must be a valid"),
            (phone, "+16219110142", "must be a valid"),
            (phone, "(621) 234-0142", "write +16212340142"),
            (phone, "hello", "must be a valid"),
            (phone, "", "must be a valid"),
            (language, "qq", "ISO 639-1"),
            (language, "a ", "ISO 639-1"),
            (email, "john", "john@example.com"),
            (email, "john@", "john@example.com"),
            (email, "@example.com", "john@example.com"),
            (email, "john@localhost", "john@example.com"),
            (email, "john@[127.0.0.1]", "john@example.com"),
            (email, "pat@example.123", "john@example.com"),
            (email, "pat@ex%61mple.com", "john@example.com"),
            (email, "John <john@example.com>", "john@example.com"),
            (email, "\"john doe\"@example.com", "john@example.com"),
            (email, "jürgen@example.com", "john@example.com"),
            (email, " john@example.com", "john@example.com"),
            (email, "john@example.com\r\nBcc: x@example.com", "john@example.com"),
            (push_token, "a b", "letters, digits"),
            (push_token, "a/b", "letters, digits"),
            (push_token, "", "letters, digits"),
            (language, "eng", "ISO 639-1"),
            (language, "EN", "ISO 639-1"),
            (locale, "en_US", "en-US"),
            (locale, "english", "en-US"),
            (locale, "en-", "en-US"),
            (locale, "en-US-u", "en-US"),
            (time_zone, "america/new_york", "write America/New_York"),
            (time_zone, "EST5", "IANA"),
            (time_zone, "+05:00", "IANA"),
            (time_zone, "../etc/passwd", "IANA"),
            (currency, "usd", "ISO 4217"),
            (country, "USA", "ISO 3166-1"),
            (country, "XX", "such as US"),
            (country, "ZZ", "such as US"),
            (country, "UK", "such as US"),
            (country, "us", "two capitals"),
            (country, "US DE", "two capitals"),
            (us_state, "Illinois", "two capitals"),
            (us_state, "il", "two capitals"),
            (us_state, "XX", "two capitals"),
            (us_state, "AK AL", "two capitals"),
            (zip, "6060", "5 or 9"),
            (zip, "60601-", "5 or 9"),
            (zip, "60601-12", "5 or 9"),
            (zip, "６０６０１", "5 or 9"),
        ] {
            let message = rule(text).expect_err(text);
            assert!(message.contains(says), "{text:?}: {message}");
        }
        assert_eq!(heading("Pat  Case", 9), Ok(()));
        let hidden = heading("invoice\u{202e}fdp.exe", 50);
        assert_eq!(hidden.unwrap_err(), "must not have characters that are not seen; it has U+202E");
        assert!(line("a\nb", 10).is_err());
        assert!(line("   ", 10).is_err());
        assert!(line("abc", 2).is_err());
        assert_eq!(line("Ⅻ é", 3), Ok(()));
    }

    #[test]
    fn a_number_of_every_area_code_is_one_and_of_the_us_where_a_state_has_it() {
        let rows = include_str!("../data/area_codes.csv").lines().filter(|row| !row.starts_with('#'));
        for row in rows {
            let (code, of_state) = row.split_once(',').unwrap();
            let number = format!("+1{code}2340142");
            assert_eq!(phone(&number), Ok(()), "{row}");
            let country = country_of(&number).unwrap_or_default();
            let is_foreign = of_state.starts_with(',');
            let territories = ["AS", "GU", "MP", "PR", "VI"];
            assert_eq!(country == "US" || territories.contains(&&*country), !is_foreign, "{row}: {country}");
        }
    }

    #[test]
    fn every_country_stands_once_in_the_order_of_the_standard() {
        let all: Vec<&str> = COUNTRIES.split(' ').collect();
        assert_eq!(all.len(), 249);
        assert!(all.iter().all(|country| is_capitals(country, 2)) && all.is_sorted_by(|a, b| a < b));
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_rule(text in "\\PC{0,60}") {
            for (_, rule) in ALL {
                let _ = rule(&text);
            }
        }

        #[test]
        fn the_form_proposed_for_a_number_is_accepted(text in "[+(]?[0-9 ()-]{6,18}") {
            if let Some((_, proposed)) = phone(&text).err().as_deref().and_then(|m| m.split_once("write +")) {
                prop_assert_eq!(phone(&format!("+{proposed}")), Ok(()));
            }
        }
    }
}
