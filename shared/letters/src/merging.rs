//! Several PDFs made one, page after page: a letter and what is enclosed with it.
//!
//! Only pages are carried over, with what they show and need. What a document does by itself (scripts, actions), its
//! outline, and the tags that tell its structure stay behind: none of them reaches paper. What would change what is
//! shown, were it left behind, is refused.

use std::collections::HashSet;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, dictionary};

use crate::{Refusal, limits};

/// What a page has from the nodes above it unless it says otherwise (PDF 32000-1, table 30).
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
/// What a page does or belongs to, rather than shows.
const LEFT_BEHIND: [&[u8]; 4] = [b"StructParents", b"AA", b"B", b"Metadata"];
/// Nodes above a page. A file may have loops.
const DEPTH: usize = 64;

/// The pages of all `parts` in one PDF, in their order. A single part comes back as it is.
///
/// # Errors
/// When there is no part, one is not a PDF, is encrypted, has no pages or has layers, which would all be shown; or all
/// together have more than [`limits::PAGES`] pages or [`limits::MERGED`] bytes.
pub fn merge(parts: &[&[u8]]) -> Result<Vec<u8>, Refusal> {
    if parts.is_empty() {
        return Err(Refusal::new("there is no document to print"));
    }
    if parts.iter().map(|part| part.len()).sum::<usize>() > limits::MERGED {
        let megabytes = limits::MERGED / 1024 / 1024;
        return Err(Refusal::new(format!("the documents together are larger than {megabytes} MB")));
    }
    let mut merged = Document::with_version("1.7");
    let root = merged.new_object_id();
    let mut pages = Vec::new();
    for (part, number) in parts.iter().zip(1..) {
        let mut part =
            opened(part).map_err(|problem| Refusal::new(format!("document {number} {problem}")))?;
        part.renumber_objects_with(merged.max_id + 1);
        let own = leaves(&part).map_err(|problem| Refusal::new(format!("document {number} {problem}")))?;
        for id in own {
            pages.push(Object::Reference(id));
            let page = page(&part, id, root);
            part.objects.insert(id, Object::Dictionary(page));
        }
        if pages.len() > limits::PAGES {
            return Err(Refusal::new(format!(
                "the documents together have more than {} pages",
                limits::PAGES
            )));
        }
        merged.max_id = part.max_id;
        merged.objects.append(&mut part.objects);
    }
    if let [part] = parts {
        return Ok(part.to_vec());
    }
    let count = pages.len() as i64;
    merged.objects.insert(
        root,
        Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => pages, "Count" => count }),
    );
    let catalog = merged.add_object(dictionary! { "Type" => "Catalog", "Pages" => root });
    merged.trailer.set("Root", catalog);
    merged.prune_objects();
    let mut bytes = Vec::new();
    merged.save_to(&mut bytes).map_err(|_| Refusal::new("the documents cannot be joined"))?;
    Ok(bytes)
}

/// A PDF whose pages can be carried over as they are.
///
/// # Errors
/// What keeps it from being one, to follow its name.
fn opened(bytes: &[u8]) -> Result<Document, &'static str> {
    let options = LoadOptions { max_decompressed_size: Some(limits::MERGED), ..LoadOptions::default() };
    let pdf = Document::load_mem_with_options(bytes, options).map_err(|error| match error {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => {
            "is encrypted: save it without a password"
        }
        _ => "is not a PDF that can be read",
    })?;
    if pdf.is_encrypted() || pdf.was_encrypted() {
        return Err("is encrypted: save it without a password");
    }
    let catalog = pdf.catalog().map_err(|_| "is not a PDF that can be read")?;
    if catalog.has(b"OCProperties") {
        return Err("has layers, some of which may be hidden: print it to a PDF without them");
    }
    if leaves(&pdf)?.is_empty() {
        return Err("has no pages");
    }
    Ok(pdf)
}

/// The pages of a PDF, in their order.
///
/// # Errors
/// When its tree of pages is none, so that each reader would show others: something in it is not where it is said to be,
/// has two places, or is not counted.
fn leaves(pdf: &Document) -> Result<Vec<ObjectId>, &'static str> {
    const BROKEN: &str = "has pages that cannot be told apart: print it to a new PDF";
    let root = pdf.catalog().and_then(|catalog| catalog.get(b"Pages")).and_then(Object::as_reference);
    let root = root.map_err(|_| BROKEN)?;
    let (mut leaves, mut known, mut open) = (Vec::new(), HashSet::new(), vec![(root, 0)]);
    while let Some((id, depth)) = open.pop() {
        let node = pdf.get_dictionary(id).map_err(|_| BROKEN)?;
        if !known.insert(id) || depth > DEPTH {
            return Err(BROKEN);
        }
        if node.has_type(b"Page") {
            leaves.push(id);
            continue;
        }
        let kids = node.get_deref(b"Kids", pdf).and_then(Object::as_array).map_err(|_| BROKEN)?;
        for kid in kids.iter().rev() {
            open.push((kid.as_reference().map_err(|_| BROKEN)?, depth + 1));
        }
    }
    let count =
        pdf.get_dictionary(root).and_then(|root| root.get_deref(b"Count", pdf)).and_then(Object::as_i64);
    if count.is_ok_and(|count| usize::try_from(count) == Ok(leaves.len())) { Ok(leaves) } else { Err(BROKEN) }
}

/// The page `id` below `parent`, with all that it inherited.
fn page(pdf: &Document, id: ObjectId, parent: ObjectId) -> Dictionary {
    let mut page = pdf.get_dictionary(id).cloned().unwrap_or_default();
    let mut above = page.clone();
    for _ in 0..DEPTH {
        for name in INHERITED {
            if !page.has(name)
                && let Ok(value) = above.get(name)
            {
                page.set(name, value.clone());
            }
        }
        let next = above.get(b"Parent").and_then(Object::as_reference);
        let Ok(next) = next.and_then(|id| pdf.get_dictionary(id)) else { break };
        above = next.clone();
    }
    for name in LEFT_BEHIND {
        page.remove(name);
    }
    page.set("Parent", parent);
    page
}
