//! What is deployed, written from the catalogue: `template.yaml`, `infra/queues.yaml`, `infra/alarms.yaml`, and the main
//! of each program. All of it is checked in, and a test compares: `make template`.
//!
//! The pages below `pages/` are CloudFormation with loops over functions, roles and queues. Here is what they loop over.

mod functions;
mod roles;

use ::functions::catalog;
use platform::{needs::Need, store::LAYOUT};
use serde::Serialize;
use tera::{Context, Tera};

pub use self::functions::{Queue, queues};
pub use self::roles::{Role, roles};

/// Where the mains of the programs are. The one that prints is in a package of its own, because it holds the PDF engine.
pub const MAINS: [&str; 2] = [LAMBDAS, PRINTING];

const LAMBDAS: &str = "functions/lambdas/src/bin";
const PRINTING: &str = "functions/printing/src/bin";

/// Included by `alarms.yaml`.
const DASHBOARD: (&str, &str) = ("dashboard.json", include_str!("../pages/dashboard.json"));

const PAGES: [(&str, &str); 3] = [
    ("template.yaml", include_str!("../pages/template.yaml")),
    ("infra/queues.yaml", include_str!("../pages/queues.yaml")),
    ("infra/alarms.yaml", include_str!("../pages/alarms.yaml")),
];

#[derive(Serialize)]
struct Deployment {
    functions: Vec<functions::Function>,
    paths: Vec<functions::Path>,
    queues: Vec<Queue>,
    providers: Vec<functions::Provider>,
    indexes: Vec<functions::Indexed>,
    layout: u32,
}

/// Every file, by its path from the root of the repository.
///
/// # Errors
/// Where a page is no template.
pub fn files() -> Result<Vec<(String, String)>, tera::Error> {
    let deployment = Deployment {
        functions: functions::functions(catalog::ALL),
        paths: functions::paths(catalog::ALL),
        queues: queues(catalog::ALL),
        providers: functions::providers(),
        indexes: functions::indexes(),
        layout: LAYOUT,
    };
    let mut pages = Tera::default();
    pages.add_raw_templates(PAGES.into_iter().chain([DASHBOARD]))?;
    let context = Context::from_serialize(&deployment)?;
    let pages = PAGES.iter().map(|(path, _)| Ok(((*path).to_owned(), pages.render(path, &context)?)));
    pages.chain(catalog::programs().map(|(program, functions)| Ok(main(program, functions)))).collect()
}

fn main(program: &str, functions: &[catalog::Function]) -> (String, String) {
    let prints = functions.iter().any(|function| function.may().contains(&Need::Print));
    let (folder, printer) = match prints {
        true => (PRINTING, "    Some(printing::press());\n"),
        false => (LAMBDAS, ""),
    };
    let names: String = functions.iter().map(|function| format!("    \"{}\",\n", function.name)).collect();
    (format!("{folder}/{program}.rs"), format!("functions::program! {{\n{printer}{names}}}\n"))
}

/// `people-get` as CloudFormation names things: `PeopleGet`.
fn logical(name: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('-').map(word).collect()
}
