//! Which template a message gets: by product and language, with fallbacks that the answer names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Descriptor, DescriptorStatus};

/// The template chosen for a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected<'a> {
    /// What was chosen.
    pub descriptor: &'a Descriptor,
    /// In what it is not quite what was asked for.
    pub fallbacks: Vec<Fallback>,
}

/// What a chosen template stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fallback {
    /// There is none in the person's language; this one is in the lender's.
    Language,
    /// There are some for certain products, but none for the loan's; this one is for all products.
    Product,
}

impl Fallback {
    /// As in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Product => "product",
        }
    }
}

/// The best of the templates of one subject and channel: in the person's `language` before the lender's `default` one,
/// for the loan's `product` before all products, the newest of equals. Only enabled ones with an active version count.
///
/// The person's language comes first: a notice that can be read serves better than one that names the product.
pub fn select<'a>(
    candidates: &'a [Descriptor],
    language: &str,
    default: &str,
    product: Option<&str>,
) -> Option<Selected<'a>> {
    let rank = |descriptor: &Descriptor| {
        let other_language = match &descriptor.language {
            own if is_same_language(own, language) => false,
            own if is_same_language(own, default) => true,
            _ => return None,
        };
        let other_product = match (&descriptor.product_id, product) {
            (Some(own), Some(product)) if own == product => false,
            (None, product) => product.is_some(),
            (Some(_), _) => return None,
        };
        Some((other_language, other_product))
    };
    let usable = |descriptor: &&Descriptor| {
        descriptor.status == DescriptorStatus::Enabled && descriptor.active_version_id.is_some()
    };
    let ((other_language, other_product), descriptor) = candidates
        .iter()
        .filter(usable)
        .filter_map(|descriptor| Some((rank(descriptor)?, descriptor)))
        .min_by_key(|(rank, descriptor)| {
            (*rank, std::cmp::Reverse((descriptor.created_at, &descriptor.id)))
        })?;
    let is_special = |descriptor: &Descriptor| descriptor.product_id.is_some();
    let other_product = other_product && candidates.iter().filter(usable).any(is_special);
    let fallbacks = [(other_language, Fallback::Language), (other_product, Fallback::Product)];
    let fallbacks = fallbacks.into_iter().filter_map(|(used, fallback)| used.then_some(fallback)).collect();
    Some(Selected { descriptor, fallbacks })
}

/// Whether two codes of ISO 639-1 are one language: some have an older code, which people and systems still write.
fn is_same_language(one: &str, other: &str) -> bool {
    current(one) == current(other)
}

/// The code that took an older one's place (IANA language subtag registry).
fn current(code: &str) -> &str {
    match code {
        "in" => "id",
        "iw" => "he",
        "ji" => "yi",
        "jw" => "jv",
        "mo" => "ro",
        code => code,
    }
}

/// How amounts and dates are written in a template of this language: as in the borrower's locale if that is of the
/// language, else the lender's, else the language as written in the borrower's or the lender's region. So a Spanish
/// letter of a lender in the United States says `es-US`, whoever it goes to.
pub fn locale(language: &str, borrower: Option<&str>, lender: &str) -> String {
    let known = || borrower.into_iter().chain([lender]);
    if let Some(same) = known().find(|locale| subtags(locale).next() == Some(language)) {
        return same.to_owned();
    }
    let region = |locale| subtags(locale).skip(1).find(|subtag| is_region(subtag));
    match known().find_map(region) {
        Some(region) => format!("{language}-{region}"),
        None => language.to_owned(),
    }
}

fn subtags(locale: &str) -> impl Iterator<Item = &str> {
    locale.split(['-', '_'])
}

fn is_region(subtag: &str) -> bool {
    match subtag.len() {
        2 => subtag.bytes().all(|b| b.is_ascii_alphabetic()),
        3 => subtag.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::Id,
        vocabulary::{Channel, KnownSubject},
    };

    /// `(language, product)` of a template; the later in the list, the newer.
    fn templates(of: &[(&str, Option<&str>)]) -> Vec<Descriptor> {
        let descriptor = |(number, (language, product)): (u64, &(&str, Option<&str>))| Descriptor {
            id: Id::new(number, [0; 10]),
            external_id: None,
            name: format!("{language} {product:?}"),
            subject: KnownSubject::PaymentFailed.into(),
            channel: Channel::Email,
            language: (*language).to_owned(),
            product_id: product.map(str::to_owned),
            sensitive: false,
            status: DescriptorStatus::Enabled,
            active_version_id: Some(Id::new(number, [1; 10])),
            versions: 1,
            revision: 1,
            created_at: jiff::Timestamp::from_second(i64::try_from(number).unwrap()).unwrap(),
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        };
        (0..).zip(of).map(descriptor).collect()
    }

    #[test]
    fn the_nearest_template_is_chosen_and_fallbacks_are_told() {
        use Fallback::{Language, Product};
        let all = [("en", None), ("en", Some("auto")), ("es", None), ("es", Some("auto"))];
        for (of, language, product, expected) in [
            (&all[..], "es", Some("auto"), Some((3, vec![]))),
            (&all[..], "es", None, Some((2, vec![]))),
            (&all[..], "es", Some("home"), Some((2, vec![Product]))),
            (&all[..], "fr", Some("auto"), Some((1, vec![Language]))),
            (&all[..], "fr", Some("home"), Some((0, vec![Language, Product]))),
            // An older code of the same language.
            (&[("en", None), ("he", None)], "iw", None, Some((1, vec![]))),
            (&[("en", None), ("in", None)], "id", None, Some((1, vec![]))),
            // The language comes before the product.
            (&[("es", None), ("en", Some("auto"))], "es", Some("auto"), Some((0, vec![Product]))),
            // Without any for a product there is nothing it stands in for.
            (&[("es", None)], "es", Some("auto"), Some((0, vec![]))),
            // The newest of equals.
            (&[("en", None), ("en", None)], "en", None, Some((1, vec![]))),
            // Neither the person's language nor the lender's, nor for another product.
            (&[("fr", None)], "es", None, None),
            (&[("en", Some("home"))], "en", Some("auto"), None),
            (&[("en", Some("home"))], "en", None, None),
            (&[], "en", None, None),
        ] {
            let candidates = templates(of);
            let selected = select(&candidates, language, "en", product);
            let expected =
                expected.map(|(index, fallbacks)| Selected { descriptor: &candidates[index], fallbacks });
            assert_eq!(selected, expected, "{language} {product:?}");
        }
    }

    #[test]
    fn only_an_enabled_template_with_an_active_version_is_chosen() {
        let mut candidates = templates(&[("en", None), ("en", None), ("en", None)]);
        candidates[1].active_version_id = None;
        candidates[2].status = DescriptorStatus::Disabled;
        assert_eq!(
            select(&candidates, "en", "en", None).map(|selected| selected.descriptor),
            Some(&candidates[0])
        );
    }

    #[test]
    fn amounts_and_dates_are_written_in_the_templates_language() {
        for (language, borrower, lender, expected) in [
            ("en", None, "en-US", "en-US"),
            ("en", Some("en-IN"), "en-US", "en-IN"),
            ("es", Some("es-MX"), "en-US", "es-MX"),
            ("es", Some("en-US"), "en-US", "es-US"),
            ("es", None, "en_US", "es-US"),
            ("en", Some("es-MX"), "en-US", "en-US"),
            ("zh", Some("en"), "en-Latn-GB", "zh-GB"),
            ("es", Some("es-419"), "en-US", "es-419"),
            ("fr", Some("es-419"), "en-US", "fr-419"),
            ("fr", None, "en", "fr"),
        ] {
            assert_eq!(locale(language, borrower, lender), expected, "{language} {borrower:?} {lender}");
        }
    }
}
