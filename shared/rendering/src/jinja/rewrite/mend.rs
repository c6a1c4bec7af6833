//! What Jinja2 takes and the engine's parser does not: a leading `+`, and several expressions without
//! parentheses around them.

use minijinja::machinery::Token;

use super::{
    calls::{BLOCK, KEPT},
    writer::{Edits, Placed},
};

pub(super) fn mend(tokens: &[Placed<'_>]) -> Edits {
    let mut edits = Edits::default();
    let (mut macros, mut blocks) = (0_usize, Vec::new());
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
            // The engine takes only calls.
            Token::Ident("do") if begins_tag => {
                let end = after.iter().take_while(|(token, ..)| !matches!(token, Token::BlockEnd)).count();
                if let [(_, start, _), .., (.., end)] | [(_, start, end)] = &after[..end] {
                    edits.enclose(*start, *end, format!("{KEPT}("));
                }
            }
            Token::Ident("macro" | "call") if begins_tag => macros += 1,
            Token::Ident("endmacro" | "endcall") if begins_tag => macros = macros.saturating_sub(1),
            // The engine takes no blocks within macros; a call that hands its body over does as well.
            Token::Ident("block") if begins_tag => {
                blocks.push(macros > 0);
                if let ([(Token::Ident(name), start, end), rest @ ..], true) = (after, macros > 0) {
                    edits.replace(token, "call");
                    edits.replace(&(Token::Ident(name), *start, *end), format!("{BLOCK}(\"{name}\")"));
                    if let [modifier @ (Token::Ident("scoped"), ..), ..] = rest {
                        edits.replace(modifier, "");
                    }
                }
            }
            Token::Ident("endblock") if begins_tag && blocks.pop() == Some(true) => {
                edits.replace(token, "endcall");
                if let [name @ (Token::Ident(_), ..), ..] = after {
                    edits.replace(name, "");
                }
            }
            // What a filter gives can be called; for the engine only in parentheses.
            Token::ParenOpen if matches!(before, [.., (Token::ParenClose, ..)]) => {
                if let Some(start) = filtered(before) {
                    edits.enclose(tokens[start].1, before[before.len() - 1].2, "(");
                }
            }
            _ => {}
        }
    }
    edits
}

/// Where the expression begins whose last filter has its arguments end with these tokens.
fn filtered(tokens: &[Placed<'_>]) -> Option<usize> {
    let opening = |close: usize| {
        let mut depth = 0_usize;
        (0..=close).rev().find(|index| {
            match tokens[*index].0 {
                Token::ParenClose | Token::BracketClose | Token::BraceClose => depth += 1,
                Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    };
    let mut at = opening(tokens.len() - 1)?;
    let is_filter = |name: usize| {
        matches!((&tokens.get(name)?.0, &tokens.get(name.checked_sub(1)?)?.0), (Token::Ident(_), Token::Pipe))
            .then_some(())
    };
    is_filter(at.checked_sub(1)?)?;
    // Back over names, dots, pipes, and what is in brackets after a name.
    loop {
        let before = at.checked_sub(1)?;
        at = match tokens[before].0 {
            Token::Dot | Token::Pipe => {
                let operand = before.checked_sub(1)?;
                match tokens[operand].0 {
                    Token::ParenClose | Token::BracketClose | Token::BraceClose => opening(operand)?,
                    _ => operand,
                }
            }
            Token::Ident(_)
                if matches!(tokens[at].0, Token::ParenOpen | Token::BracketOpen)
                    && ends_operand(&tokens[..at]) =>
            {
                before
            }
            Token::ParenClose | Token::BracketClose
                if matches!(tokens[at].0, Token::ParenOpen | Token::BracketOpen) =>
            {
                opening(before)?
            }
            _ => return Some(at),
        };
    }
}

/// What follows the target of an assignment; nothing if a filter does.
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

/// Parentheses around what these tokens begin with, if it has commas.
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
