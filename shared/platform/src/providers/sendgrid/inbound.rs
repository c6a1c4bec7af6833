//! A mail as Inbound Parse posts it: taken apart into fields, or raw (`POST the raw, full MIME message`).

use std::collections::HashMap;

use domain::vocabulary::ProviderName;
use mail::Enclosure;
use serde::Deserialize;

use super::form::Form;
use crate::{
    digest::digest_bytes,
    providers::{
        Malformed,
        inbound::{Envelope, Inbound, Vouched, domain_of},
    },
};

/// The field `envelope`.
#[derive(Deserialize)]
struct Handed {
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    from: String,
}

/// What the field `attachment-info` says of a file.
#[derive(Deserialize)]
struct FileInfo {
    filename: Option<String>,
    #[serde(rename = "type")]
    media_type: Option<String>,
    #[serde(rename = "content-id")]
    content_id: Option<String>,
}

/// Reads the form.
pub fn read(mut form: Form) -> Result<Inbound, Malformed> {
    let handed = form.text("envelope").ok_or_else(|| Malformed("no envelope".into()))?;
    let handed: Handed =
        serde_json::from_str(&handed).map_err(|_| Malformed("envelope is no JSON object".into()))?;
    let vouched = vouched(form.text("SPF"), form.text("dkim"), &handed.from);
    let (mail, reference) = match form.bytes("email") {
        Some(raw) => (mail::read(&raw), digest_bytes(&[&raw])),
        None => {
            let headers =
                form.text("headers").ok_or_else(|| Malformed("neither email nor headers".into()))?;
            let (text, html) = (form.text("text"), form.text("html"));
            let parts = [Some(&headers), text.as_ref(), html.as_ref()];
            let reference = digest_bytes(&parts.map(|part| part.map_or(&[][..], |part| part.as_bytes())));
            (mail::assemble(&headers, text, html, files(&mut form)?), reference)
        }
    };
    let mail = mail.map_err(|unreadable| Malformed(unreadable.to_string()))?;
    let from = Some(handed.from).filter(|from| !from.is_empty() && from != "<>");
    let envelope = Envelope { from, to: handed.to, reference, vouched };
    Ok(Inbound::of_mail(ProviderName::Sendgrid, mail, envelope))
}

/// SendGrid tells no DMARC verdict: what counts is which domains SPF and DKIM passed for.
fn vouched(spf: Option<String>, dkim: Option<String>, sender: &str) -> Vouched {
    let spf = spf.filter(|verdict| verdict.trim().eq_ignore_ascii_case("pass"));
    let mut domains: Vec<String> = spf.map(|_| domain_of(sender).to_owned()).into_iter().collect();
    domains.extend(dkim.iter().flat_map(|verdicts| signers(verdicts)));
    Vouched::By(domains)
}

/// The domains for which DKIM passed: `{@example.com : pass, @relay.example : fail}`.
fn signers(verdicts: &str) -> impl Iterator<Item = String> {
    let verdicts = verdicts.trim().trim_start_matches('{').trim_end_matches('}').split(',');
    verdicts.filter_map(|verdict| {
        let (domain, verdict) = verdict.split_once(':')?;
        let is_pass = verdict.trim().eq_ignore_ascii_case("pass");
        is_pass.then(|| domain.trim().trim_start_matches('@').to_owned())
    })
}

fn files(form: &mut Form) -> Result<Vec<Enclosure>, Malformed> {
    let told: HashMap<String, FileInfo> = match form.text("attachment-info") {
        None => HashMap::new(),
        Some(told) => serde_json::from_str(&told)
            .map_err(|_| Malformed("attachment-info is no JSON object of files".into()))?,
    };
    let enclosure = |file: super::form::File| {
        let info = told.get(&file.field);
        Enclosure {
            name: info.and_then(|info| info.filename.clone()).unwrap_or(file.name),
            media_type: info.and_then(|info| info.media_type.clone()).unwrap_or(file.media_type),
            content_id: info.and_then(|info| info.content_id.clone()),
            bytes: file.bytes,
        }
    };
    Ok(form.files().into_iter().map(enclosure).collect())
}
