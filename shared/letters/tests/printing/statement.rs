//! A loan statement of three pages, written for a browser: letterhead, address window, table of 60 rows.

use crate::{looks::assert_looks_like, print, text};

const STATEMENT: &str = include_str!("cases/statement.html");

#[test]
fn a_statement_looks_as_its_author_meant() {
    let pdf = print(STATEMENT).unwrap();
    assert_eq!(letters::page_count(&pdf).unwrap(), 3);
    assert_looks_like(&pdf, "statement");
}

#[test]
fn a_statement_says_all_it_says() {
    let text = text(&print(STATEMENT).unwrap());
    for words in [
        "MARÍA JOSÉ NÚÑEZ ÁLVAREZ",
        "5% of the unpaid amount",
        "«pago automático»",
        "“first in, first out”",
        "12/15/2031 $384.73 $381.87 $2.86 $0.00",
        "Page 1 of 3",
        "Page 3 of 3",
    ] {
        assert!(text.contains(words), "{words} is not in: {text}");
    }
    assert_eq!(text.matches("Due date").count(), 2, "the head of the table, once on each of its pages");
}

#[test]
fn the_same_statement_is_the_same_bytes() {
    assert_eq!(print(STATEMENT).unwrap(), print(STATEMENT).unwrap());
}
