//! Names that a template uses: those that nothing has, found when it is saved and not when it is sent, and those of
//! other templates.

use std::collections::BTreeSet;

use minijinja::{
    Environment, Template, Value,
    machinery::{Instruction, Instructions, get_compiled_template},
    value::ValueKind,
};

use super::rewrite::calls::INCLUDED;

/// A name that does not exist.
pub(crate) struct Unknown {
    /// Where it is used.
    pub location: Location,
    /// For the author.
    pub message: String,
}

/// A location of a compiled source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    /// From 1.
    pub line: Option<usize>,
    /// Byte of the compiled source.
    pub at: Option<usize>,
}

/// Another template that one includes, imports or extends by a name written out.
pub(crate) struct Reference {
    /// Its name; if several are given, the first that exists is meant.
    pub names: Vec<String>,
    /// Whether one of them must exist.
    pub required: bool,
    /// Where.
    pub location: Location,
}

/// The first filter, test or function that `template` names and that does not exist. No context has functions, so
/// `functions`, the undeclared names of the template, are none.
pub(crate) fn unknown(
    template: &Template<'_, '_>,
    environment: &Environment<'_>,
    functions: &BTreeSet<String>,
) -> Option<Unknown> {
    let mut state = environment.empty_state();
    let mut has_test = |test: &str, name: &str| {
        // The engine knows its filters and tests only by the tests of these names.
        state.perform_test(test, &[Value::from(name)]).unwrap_or(false)
    };
    let mut missing = |instruction: &Instruction<'_>| match instruction {
        Instruction::ApplyFilter(name, ..) if !has_test("filter", &squeezed(name)) => {
            Some(format!("there is no filter called {name}"))
        }
        Instruction::PerformTest(name, ..) if !has_test("test", &squeezed(name)) => {
            Some(format!("there is no test called {name}"))
        }
        Instruction::CallFunction(name, _)
            if functions.contains(*name) && !["super", "caller", "loop"].contains(name) =>
        {
            Some(format!("there is no function or macro called {name}"))
        }
        _ => None,
    };
    instructions(template).find_map(|(instructions, index)| {
        let message = missing(instructions.get(index)?)?;
        Some(Unknown { message, location: location(instructions, index) })
    })
}

/// The templates that `template` names, in the order it does.
pub(crate) fn references(template: &Template<'_, '_>) -> Vec<Reference> {
    instructions(template)
        .filter_map(|(instructions, index)| {
            let required = match instructions.get(index)? {
                Instruction::LoadBlocks => true,
                Instruction::Include(ignore_missing) => !ignore_missing,
                _ => return None,
            };
            let names = constants_before(instructions, index)?;
            Some(Reference { names, required, location: location(instructions, index) })
        })
        .collect()
}

fn instructions<'t>(template: &'t Template<'_, '_>) -> impl Iterator<Item = (&'t Instructions<'t>, u32)> {
    let compiled = get_compiled_template(template);
    std::iter::once(&compiled.instructions).chain(compiled.blocks.values()).flat_map(|instructions| {
        (0..).take_while(|index| instructions.get(*index).is_some()).map(move |index| (instructions, index))
    })
}

fn location(instructions: &Instructions<'_>, index: u32) -> Location {
    Location {
        line: instructions.get_line(index),
        at: instructions.get_span(index).map(|span| span.start_offset as usize),
    }
}

/// The engine allows white space within a name.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

/// Names of templates if they are written out: a constant, perhaps counted on its way.
fn constants_before(instructions: &Instructions<'_>, index: u32) -> Option<Vec<String>> {
    let mut before = index.checked_sub(1)?;
    if matches!(instructions.get(before)?, Instruction::CallFunction(name, _) if *name == INCLUDED) {
        before = before.checked_sub(1)?;
    }
    let Instruction::LoadConst(value) = instructions.get(before)? else { return None };
    match value.kind() {
        ValueKind::String => Some(vec![value.as_str()?.to_owned()]),
        ValueKind::Seq => value.try_iter().ok()?.map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
