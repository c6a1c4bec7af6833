//! A letter as Lob takes it: `POST /v1/letters` as a form with the pages.
//!
//! <https://docs.lob.com/#tag/Letters/operation/letter_create>

use domain::{
    interaction::Interaction,
    letter::{Addressee, ExtraService, Letter, MailClass, Window},
    person::Address,
    vocabulary::Purpose,
};

/// The form of a letter: its fields in order, the pages apart.
pub(super) fn fields(message: &Interaction, letter: &Letter) -> Vec<(&'static str, String)> {
    let mailing = &letter.mailing;
    let mut fields = Vec::new();
    fields.extend(address(&letter.to, TO));
    fields.extend(address(&letter.from, FROM));
    fields.extend([
        ("color", mailing.color.to_string()),
        ("double_sided", mailing.double_sided.to_string()),
        ("address_placement", placement(letter.window).to_owned()),
        ("mail_type", class(mailing.mail_class).to_owned()),
        ("use_type", use_type(message).to_owned()),
        ("return_envelope", mailing.return_envelope.to_string()),
        ("metadata[tenant]", message.tenant.to_string()),
        ("metadata[interaction]", message.id.to_string()),
    ]);
    fields.extend(mailing.extra_service.map(|service| ("extra_service", extra(service).to_owned())));
    if mailing.return_envelope {
        fields.push(("perforated_page", "1".to_owned()));
    }
    fields
}

/// Names of an address's fields.
type Names = [&'static str; 7];
const TO: Names = [
    "to[name]",
    "to[address_line1]",
    "to[address_line2]",
    "to[address_city]",
    "to[address_state]",
    "to[address_zip]",
    "to[address_country]",
];
const FROM: Names = [
    "from[name]",
    "from[address_line1]",
    "from[address_line2]",
    "from[address_city]",
    "from[address_state]",
    "from[address_zip]",
    "from[address_country]",
];

fn address(addressee: &Addressee, names: Names) -> impl Iterator<Item = (&'static str, String)> {
    let Addressee { name, address } = addressee;
    let Address { address_line1, address_line2, city, state, postal_code, country } = address;
    let zip = postal_code.as_ref().map(|code| match code.len() {
        // Lob wants the hyphen that others leave out.
        9 if !addressee.is_abroad() && !code.contains('-') => format!("{}-{}", &code[..5], &code[5..]),
        _ => code.clone(),
    });
    let values = [
        Some(name.clone()),
        Some(address_line1.clone()),
        address_line2.clone(),
        Some(city.clone()),
        state.clone(),
        zip,
        Some(country.clone()),
    ];
    names.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?)))
}

/// Lob prints the addresses itself: onto the first page if it is clear there, or onto a page that is put before it.
const fn placement(window: Window) -> &'static str {
    match window {
        Window::Clear => "top_first_page",
        Window::Address | Window::Covered => "insert_blank_page",
    }
}

const fn class(class: MailClass) -> &'static str {
    match class {
        MailClass::FirstClass => "usps_first_class",
        MailClass::Standard => "usps_standard",
    }
}

const fn extra(service: ExtraService) -> &'static str {
    match service {
        ExtraService::Certified => "certified",
        ExtraService::CertifiedReturnReceipt => "certified_return_receipt",
        ExtraService::Registered => "registered",
    }
}

fn use_type(message: &Interaction) -> &'static str {
    let purposes = message.theme.purposes(message.circumstances.purpose);
    if purposes.contains(&Purpose::Marketing) { "marketing" } else { "operational" }
}

/// The form as multipart/form-data: its content type and its body. The boundary is the digest of the pages, which cannot
/// stand in them.
pub(super) fn multipart(fields: &[(&str, String)], letter: &Letter, pages: &[u8]) -> (String, Vec<u8>) {
    let boundary = &letter.sha256;
    let mut body = Vec::with_capacity(pages.len() + 8 * 1024);
    for (name, value) in fields {
        let part =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let file = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"letter.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    body.extend_from_slice(file.as_bytes());
    body.extend_from_slice(pages);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
