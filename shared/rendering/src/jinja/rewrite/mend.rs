//! What Jinja2 takes and the engine's parser does not: a leading `+`, and several expressions without
//! parentheses around them.

use minijinja::machinery::Token;

use super::writer::{Edits, Placed};

pub(super) fn mend(tokens: &[Placed<'_>]) -> Edits {
    let mut edits = Edits::default();
    for (index, token) in tokens.iter().enumerate() {
        let (before, after) = (&tokens[..index], &tokens[index + 1..]);
        let begins_tag = matches!(before, [.., (Token::BlockStart, ..)]);
        match token.0 {
            Token::Plus if !ends_operand(before) && !is_not(after) => edits.replace(token, " "),
            Token::VariableStart => enclose_list(after, false, &mut edits),
            Token::Ident("for") if begins_tag => {
                enclose_list(past(after, |token| matches!(token, Token::Ident("in"))), true, &mut edits);
            }
            Token::Ident("set") if begins_tag => {
                enclose_list(past(after, |token| matches!(token, Token::Assign)), false, &mut edits);
            }
            _ => {}
        }
    }
    edits
}

/// What follows the target of an assignment; nothing where a filter does.
fn past<'t, 'a>(tokens: &'t [Placed<'a>], target: fn(&Token<'_>) -> bool) -> &'t [Placed<'a>] {
    let mut tag = tokens.iter().take_while(|(token, ..)| !matches!(token, Token::BlockEnd | Token::Pipe));
    tag.position(|(token, ..)| target(token)).map_or(&[], |end| &tokens[end + 1..])
}

fn is_not(after: &[Placed<'_>]) -> bool {
    matches!(after, [(Token::Ident("not"), ..), ..])
}

/// Whether an operator after these tokens has an operand before it.
fn ends_operand(before: &[Placed<'_>]) -> bool {
    match before {
        [.., (Token::Dot | Token::Pipe, ..), (Token::Ident(_), ..)] => true,
        [.., (Token::BlockStart | Token::Ident("is"), ..), (Token::Ident(_), ..)]
        | [.., (Token::Ident("is"), ..), (Token::Ident("not"), ..), (Token::Ident(_), ..)]
        | [.., (Token::Ident("and" | "or" | "not" | "in" | "if" | "else"), ..)] => false,
        [.., (token, ..)] => matches!(
            token,
            Token::Ident(_)
                | Token::Str(_)
                | Token::String(_)
                | Token::Int(_)
                | Token::Int128(_)
                | Token::Float(_)
                | Token::ParenClose
                | Token::BracketClose
                | Token::BraceClose
        ),
        [] => false,
    }
}

/// Parentheses around what these tokens begin with, where it has commas.
fn enclose_list(tokens: &[Placed<'_>], looped: bool, edits: &mut Edits) {
    let (mut depth, mut commas, mut end) = (0, false, 0);
    for (index, (token, ..)) in tokens.iter().enumerate() {
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth -= 1,
            Token::Comma => commas |= depth == 0,
            Token::VariableEnd | Token::BlockEnd => break,
            Token::Ident("if" | "recursive") if looped && depth == 0 => break,
            _ => {}
        }
        end = index + 1;
    }
    if let (true, [(_, start, _), .., (.., end)]) = (commas, &tokens[..end]) {
        edits.enclose(*start, *end, "(");
    }
}
