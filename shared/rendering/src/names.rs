//! Names that a template uses and nothing has: found when it is saved, not when it is sent.

use minijinja::{
    Environment, Template, Value,
    machinery::{Instruction, Instructions, get_compiled_template},
    value::ValueKind,
};

use crate::rewrite;

/// A name that does not exist, and where it is used.
pub(crate) struct Unknown {
    /// From 1.
    pub line: Option<usize>,
    /// Byte of the compiled source.
    pub at: Option<usize>,
    /// For the author.
    pub message: String,
}

/// The first filter, test, function or template that `template` names and that does not exist. No context has
/// functions, so a function among its `variables` does not.
pub(crate) fn unknown(
    template: &Template<'_, '_>,
    environment: &Environment<'_>,
    variables: &[String],
    is_template: impl Fn(&str) -> bool,
) -> Option<Unknown> {
    let compiled = get_compiled_template(template);
    let has_test = |test: &str, name: &str| {
        // The engine knows its filters and tests only by the tests of these names.
        environment.empty_state().perform_test(test, &[Value::from(name)]).unwrap_or(false)
    };
    let missing = |instructions: &Instructions<'_>, index: u32| match instructions.get(index)? {
        Instruction::ApplyFilter(name, ..) if !has_test("filter", &squeezed(name)) => {
            Some(format!("there is no filter called {name}"))
        }
        Instruction::PerformTest(name, ..) if !has_test("test", &squeezed(name)) => {
            Some(format!("there is no test called {name}"))
        }
        Instruction::CallFunction(name, _)
            if variables.iter().any(|variable| variable == name)
                && !["super", "caller", "loop"].contains(name) =>
        {
            Some(format!("there is no function called {name}"))
        }
        Instruction::LoadBlocks | Instruction::Include(false) => {
            let name = constant_before(instructions, index)?;
            (!is_template(&name)).then(|| format!("there is no template called {name}"))
        }
        _ => None,
    };
    std::iter::once(&compiled.instructions).chain(compiled.blocks.values()).find_map(|instructions| {
        (0..).take_while(|index| instructions.get(*index).is_some()).find_map(|index| {
            Some(Unknown {
                message: missing(instructions, index)?,
                line: instructions.get_line(index),
                at: instructions.get_span(index).map(|span| span.start_offset as usize),
            })
        })
    })
}

/// The engine allows white space within a name.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

/// The name of a template where it is written out: a constant, perhaps counted on its way.
fn constant_before(instructions: &Instructions<'_>, index: u32) -> Option<String> {
    let mut before = index.checked_sub(1)?;
    if matches!(instructions.get(before)?, Instruction::CallFunction(name, _) if *name == rewrite::INCLUDED) {
        before = before.checked_sub(1)?;
    }
    match instructions.get(before)? {
        Instruction::LoadConst(name) if name.kind() == ValueKind::String => name.as_str().map(str::to_owned),
        _ => None,
    }
}
