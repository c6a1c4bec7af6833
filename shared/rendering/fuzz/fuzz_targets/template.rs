//! Any text as a template, in all parts and as a shared one, with any JSON for its context: it ends in a text or a message.
//!
//! The input is the template, a zero byte, and the context.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use rendering::{Library, Options, Source, Version};

fuzz_target!(|input: &[u8]| {
    let mut halves = input.splitn(2, |byte| *byte == 0);
    let template = String::from_utf8_lossy(halves.next().unwrap_or_default()).into_owned();
    let context = serde_json::from_slice(halves.next().unwrap_or(b"{}")).unwrap_or_default();

    let shared = BTreeMap::from([("shared".to_owned(), template.clone())]);
    let library = Library::new(shared).unwrap_or_default();
    let _ = library.check();
    let source = Source {
        subject_line: Some(template.clone()),
        content_text: Some("{% include 'shared' %}".to_owned()),
        content_html: Some(template),
    };
    if let Ok(version) = Version::compile(&source, &library) {
        version.undefined(&context).for_each(drop);
        for strict_undefined in [false, true] {
            let _ = version.render(&context, Options { strict_undefined });
        }
    }
});
