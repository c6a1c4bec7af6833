//! Decimals of the context are exact, from the lender's digits to the borrower's letter.

use rendering::{Options, Source, render};

const CONTEXT: &str = r#"{
    "a": 312.50, "b": 0.1, "c": 0.2, "i": 3, "zero": 0.00, "one": 1.0, "negative": -7.5,
    "big": 12345678901234567.89, "huge": 123456789012345678901234567890, "tiny": 1e-7,
    "payments": [{"amount": 100.10, "kind": "b"}, {"amount": 20.05, "kind": "a"}, {"amount": 100.1, "kind": "c"}]
}"#;

fn evaluated(expression: &str) -> String {
    let source = Source { content_text: Some(format!("{{{{ {expression} }}}}")), ..Source::default() };
    match render(&source, &serde_json::from_str(CONTEXT).unwrap_or_default(), Options::default()) {
        Ok(rendered) => rendered.content_text.unwrap_or_default(),
        Err(error) => format!("! {}", error.message),
    }
}

#[test]
fn decimals_calculate_and_compare_exactly() {
    for (expression, expected) in [
        // Digits are those that came.
        ("a", "312.50"),
        ("big", "12345678901234567.89"),
        ("huge", "123456789012345678901234567890"),
        ("tiny", "0.0000001"),
        ("[a, b]", "[312.50, 0.1]"),
        ("a ~ ''", "312.50"),
        ("a|string|length", "6"),
        ("a|tojson", "312.50"),
        ("big|currency", "$12,345,678,901,234,567.89"),
        // Arithmetic, among decimals, with integers, and with fractions of the template.
        ("b + c", "0.3"),
        ("b + c == 0.3", "True"),
        ("a + 1", "313.50"),
        ("1 + a", "313.50"),
        ("a - 0.5", "312.00"),
        ("a * 2", "625.00"),
        ("a * 1.05", "328.1250"),
        ("a / 2", "156.25"),
        ("one / 3", "0.3333333333333333333333333333"),
        ("a // 100", "3.0"),
        ("a % 100", "12.50"),
        ("negative // 2", "-4.0"),
        ("negative % 2", "0.5"),
        ("b ** 2", "0.01"),
        ("-a", "-312.50"),
        ("-negative|abs", "7.5"),
        ("big + 0.01", "12345678901234567.90"),
        ("big * 2", "24691357802469135.78"),
        ("1 / zero", "! nothing can be divided by zero"),
        ("a + 'x'", "! 312.50 + \"x\" cannot be calculated"),
        ("big ** 9", "! the result has more digits than a number can have"),
        // A default in the place of a number would be another amount.
        ("('9' * 40)|int", "! the number has more digits than a number can have"),
        ("('9' * 40 ~ '_0')|int", "! the number has more digits than a number can have"),
        ("('9' * 400)|float", "! the number has more digits than a number can have"),
        ("'1e-40'|int, '1e-40'|float, '1e-40'|currency", "(0, 0.0, '$0.00')"),
        ("'nine'|int(7)", "7"),
        ("'nine'|float(7)", "7"),
        // Comparison is by value, whatever the kinds.
        ("a > 312", "True"),
        ("a > 313", "False"),
        ("312.5 == a", "True"),
        ("a != 312.50", "False"),
        ("one == 1", "True"),
        ("1 < a < 1000", "True"),
        ("a in [312.5]", "True"),
        ("{1: 'x'}[one]", "x"),
        ("a > 'x'", "! 312.50 and \"x\" cannot be ordered"),
        ("'none' if zero else 'zero'", "zero"),
        ("zero|default('x', true)", "x"),
        // Filters and tests.
        ("payments|sum('amount')", "220.25"),
        ("payments|map(attribute='amount')|max", "100.10"),
        ("payments|sort(attribute='amount,kind')|map(attribute='kind')|join", "abc"),
        ("payments|unique(attribute='amount')|list|length", "2"),
        ("payments|groupby('amount')|map('first')|join(' ')", "20.05 100.10"),
        ("payments|selectattr('amount', 'gt', 100)|list|length", "2"),
        ("payments|selectattr('amount', '==', 20.05)|map(attribute='kind')|first", "a"),
        ("a|round", "313.0"),
        ("a|round(1)", "312.5"),
        ("a|round(0, 'floor')", "312.0"),
        ("a|round(-2)", "300.0"),
        ("a|int", "312"),
        ("a|int + 1", "313"),
        ("'12345678901234567.89'|float", "12345678901234567.89"),
        ("i|float", "3.0"),
        ("a is number, a is float, a is integer, i is integer", "(True, True, False, True)"),
        ("one is odd, one is divisibleby 1, a is string", "(True, True, False)"),
        ("a is eq 312.5, a is lt 400, a is in [1, 312.5]", "(True, True, True)"),
        // Formats show the very digits, or say that they cannot.
        ("'%.2f' % a", "312.50"),
        ("'%s and %.1f and %d' % (a, a, a)", "312.50 and 312.5 and 312"),
        ("'%.1f'|format(0.25 * one)", "0.3"),
        ("'{:,.2f}'.format(a * 1000)", "312,500.00"),
        ("'{}'.format(a)", "312.50"),
        ("'%.2f' % big", "12345678901234567.89"),
    ] {
        assert_eq!(evaluated(expression), expected, "{expression}");
    }
}
