//! Letters joined with their enclosures, and what stands in the window of their envelope.

use domain::letter::PageSize;
use letters::{Area, is_all_of, limits, merge, page_count, text_within};
use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, dictionary};

use crate::{print, text};

fn pages(name: &str, count: usize) -> Vec<u8> {
    let pages: String = (1..=count).map(|page| format!("<p>{name} {page}</p>")).collect();
    print(&format!("<style>p+p{{break-before:page}}</style>{pages}")).unwrap()
}

/// `pdf` after `change`.
fn changed(pdf: &[u8], change: impl FnOnce(&mut Document)) -> Vec<u8> {
    let mut pdf = Document::load_mem(pdf).unwrap();
    change(&mut pdf);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn pages_follow_each_other_as_the_documents_do() {
    let merged = merge(&[&pages("letter", 2), &pages("agreement", 1), &pages("form", 2)]).unwrap();
    assert_eq!(page_count(&merged).unwrap(), 5);
    assert_eq!(text(&merged), "letter 1 letter 2 agreement 1 form 1 form 2");
    assert_eq!(merge(&[&pages("letter", 2), &merged]).map(|pdf| page_count(&pdf).unwrap()).unwrap(), 7);
}

#[test]
fn a_single_document_comes_back_as_it_is() {
    let letter = pages("letter", 1);
    assert_eq!(merge(&[&letter]).unwrap(), letter);
}

#[test]
fn the_same_documents_are_the_same_bytes() {
    let (letter, form) = (pages("letter", 1), pages("form", 1));
    assert_eq!(merge(&[&letter, &form]).unwrap(), merge(&[&letter, &form]).unwrap());
}

#[test]
fn a_page_keeps_what_it_has_from_the_nodes_above() {
    let wide = changed(&pages("wide", 1), |pdf| {
        let page = pdf.get_pages()[&1];
        let parent = pdf.get_dictionary(page).unwrap().get(b"Parent").unwrap().as_reference().unwrap();
        let page = pdf.get_dictionary_mut(page).unwrap();
        page.remove(b"MediaBox");
        let parent = pdf.get_dictionary_mut(parent).unwrap();
        parent.set("MediaBox", vec![0.into(), 0.into(), 792.into(), Object::Integer(612)]);
    });
    let merged = Document::load_mem(&merge(&[&pages("letter", 1), &wide]).unwrap()).unwrap();
    let widths: Vec<f32> = merged
        .page_iter()
        .map(|page| {
            merged.get_dictionary(page).unwrap().get(b"MediaBox").unwrap().as_array().unwrap()[2].clone()
        })
        .map(|width| width.as_float().unwrap())
        .collect();
    assert_eq!(widths, [612.0, 792.0]);
}

#[test]
fn what_a_document_does_by_itself_stays_behind() {
    let eager = changed(&pages("eager", 1), |pdf| {
        let script = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
        pdf.catalog_mut().unwrap().set("OpenAction", script.clone());
        let page = pdf.get_pages()[&1];
        pdf.get_dictionary_mut(page).unwrap().set("AA", dictionary! { "O" => script });
    });
    assert!(eager.windows(9).any(|bytes| bytes == b"app.alert"));
    let merged = merge(&[&pages("letter", 1), &eager]).unwrap();
    assert!(!merged.windows(9).any(|bytes| bytes == b"app.alert"));
    assert_eq!(text(&merged), "letter 1 eager 1");
}

#[test]
fn a_document_that_cannot_be_joined_is_named() {
    let letter = pages("letter", 1);
    let encrypted = |password: &str| {
        changed(&letter, |pdf| {
            let version = EncryptionVersion::V2 {
                document: pdf,
                owner_password: "owner",
                user_password: password,
                key_length: 128,
                permissions: Permissions::all(),
            };
            let state = EncryptionState::try_from(version).unwrap();
            pdf.encrypt(&state).unwrap();
        })
    };
    let layered = changed(&letter, |pdf| pdf.catalog_mut().unwrap().set("OCProperties", dictionary! {}));
    let empty = changed(&letter, |pdf| {
        let root = pdf.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
        let root = pdf.get_dictionary_mut(root).unwrap();
        root.set("Kids", Vec::new());
        root.set("Count", 0);
    });
    // A tree of pages that comes back to itself, names a page twice, or does not count one.
    let tree = |kids: fn(Object, Object) -> Vec<Object>, count: i64| {
        changed(&letter, |pdf| {
            let root = pdf.catalog().unwrap().get(b"Pages").unwrap().clone();
            let page = Object::Reference(pdf.get_pages()[&1]);
            let node = pdf.get_dictionary_mut(root.as_reference().unwrap()).unwrap();
            node.set("Kids", kids(root, page));
            node.set("Count", count);
        })
    };
    let torn = "has pages that cannot be told apart: print it to a new PDF";
    for (part, problem) in [
        (encrypted(""), "is encrypted: save it without a password"),
        (encrypted("secret"), "is encrypted: save it without a password"),
        (layered, "has layers, some of which may be hidden: print it to a PDF without them"),
        (empty, "has no pages"),
        (tree(|root, page| vec![page, root], 2), torn),
        (tree(|root, page| vec![root, page], 1), torn),
        (tree(|_, page| vec![page.clone(), page], 2), torn),
        (tree(|_, page| vec![page, Object::Reference((9_999, 0))], 2), torn),
        (tree(|_, page| vec![page], 2), torn),
        (b"<html>".to_vec(), "is not a PDF that can be read"),
        (letter[..letter.len() / 2].to_vec(), "is not a PDF that can be read"),
    ] {
        assert_eq!(merge(&[&letter, &part]).unwrap_err().0, format!("document 2 {problem}"));
    }
    assert_eq!(merge(&[]).unwrap_err().0, "there is no document to print");
    let many = pages("many", limits::PAGES);
    assert_eq!(merge(&[&many, &letter]).unwrap_err().0, "the documents together have more than 200 pages");
    let large = vec![b'%'; limits::MERGED];
    assert_eq!(merge(&[&letter, &large]).unwrap_err().0, "the documents together are larger than 32 MB");
}

#[test]
fn a_page_is_of_a_size_only_if_its_points_are_points() {
    let letter = pages("letter", 1);
    assert!(is_all_of(&letter, PageSize::Letter).unwrap() && !is_all_of(&letter, PageSize::A4).unwrap());
    let enlarged = changed(&letter, |pdf| {
        let page = pdf.get_pages()[&1];
        pdf.get_dictionary_mut(page).unwrap().set("UserUnit", 2);
    });
    assert!(!is_all_of(&enlarged, PageSize::Letter).unwrap());
}

#[test]
fn what_stands_within_an_area_is_told() {
    let pdf = print(
        "<style>@page{margin:0}p{position:absolute;margin:0;font:12pt/1 Arial}</style>\
         <p style='left:1in;top:2.25in'>PAT DOE<br>742 EVERGREEN TERRACE</p><p style='left:5in;top:2.25in'>right</p>\
         <p style='left:1in;top:4in'>Dear Pat,</p><p style='left:1in;top:2.5in;visibility:hidden'>hidden</p>",
    )
    .unwrap();
    let inches = |left: f64, top: f64, width: f64, height: f64| Area {
        left: left * 72.0,
        top: top * 72.0,
        width: width * 72.0,
        height: height * 72.0,
    };
    for (area, expected) in [
        (inches(0.875, 2.0, 4.0, 1.125), "PAT DOE 742 EVERGREEN TERRACE"),
        (inches(0.0, 0.0, 8.5, 2.2), ""),
        (inches(4.0, 2.0, 4.0, 1.0), "right"),
        (inches(0.0, 3.5, 8.5, 7.5), "Dear Pat,"),
        // A part of a word is told as far as it lies within.
        (inches(0.0, 3.9, 1.2, 1.0), "Dea"),
    ] {
        assert_eq!(text_within(&pdf, 1, area).unwrap(), expected, "{area:?}");
    }
    let all = inches(0.0, 0.0, 8.5, 11.0);
    assert_eq!(text_within(&pdf, 2, all).unwrap_err().0, "the PDF has no page 2");
    assert_eq!(text_within(&pdf, 0, all).unwrap_err().0, "the PDF has no page 0");
    assert_eq!(text_within(b"<html>", 1, all).unwrap_err().0, "this is not a PDF");
}
