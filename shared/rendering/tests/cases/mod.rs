//! Cases recorded from Jinja2's own tests, and whether we agree with them. Used by a test and an example.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use rendering::{
    Problem, limits,
    program::{Program, Settings, Undefined},
};
use serde::Deserialize;
use serde_json::Value;

/// One template rendered by Jinja2, and what came of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub id: u32,
    kind: Kind,
    env: Env,
    main: String,
    templates: BTreeMap<String, String>,
    ctx: Value,
    out: Option<String>,
    lineno: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Render,
    RuntimeError,
    SyntaxError,
}

#[derive(Debug, Clone, Deserialize)]
struct Env {
    autoescape: bool,
    trim_blocks: bool,
    lstrip_blocks: bool,
    keep_trailing_newline: bool,
    undefined: String,
}

/// What we did with a case, where it is not what Jinja2 did.
pub type Difference = String;

impl Case {
    /// All cases of a file.
    pub fn read(json: &str) -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Whether we agree with Jinja2.
    pub fn difference(&self) -> Option<Difference> {
        let case = self.clone();
        let (checked, rendered) = match limits::confined(move || Ok(case.run())) {
            Ok(outcome) => outcome,
            Err(problem) => (Ok(()), Err(problem)),
        };
        match self.kind {
            Kind::Render => match rendered {
                Ok(text) if Some(&text) == self.out.as_ref() => None,
                Ok(text) => Some(format!("rendered {text:?}, not {:?}", self.out)),
                Err(problem) => Some(format!("{:?}: {problem}", problem.kind)),
            },
            Kind::SyntaxError => match checked {
                Ok(()) => Some("accepted".to_owned()),
                Err(problem) => self.other_line(&problem),
            },
            Kind::RuntimeError => match rendered {
                Ok(text) => Some(format!("rendered {text:?}")),
                Err(problem) => self.other_line(&problem),
            },
        }
    }

    fn run(&self) -> (Result<(), Problem>, Result<String, Problem>) {
        let settings = Settings {
            autoescape: self.env.autoescape,
            trim_blocks: self.env.trim_blocks,
            lstrip_blocks: self.env.lstrip_blocks,
            keep_trailing_newline: self.env.keep_trailing_newline,
        };
        let undefined = match self.env.undefined.as_str() {
            "StrictUndefined" => Undefined::Strict,
            "ChainableUndefined" => Undefined::Chainable,
            _ => Undefined::Lenient,
        };
        match Program::new(self.templates.clone(), settings) {
            Ok(program) => {
                (program.check(&self.main).map(|_| ()), program.render(&self.main, &self.ctx, undefined))
            }
            Err((_, problem)) => (Err(problem.clone()), Err(problem)),
        }
    }

    fn other_line(&self, problem: &Problem) -> Option<Difference> {
        (self.lineno.is_some() && self.lineno != problem.line)
            .then(|| format!("refused in line {:?}, not {:?}: {problem}", problem.line, self.lineno))
    }
}

/// The outcome of all cases of a file.
pub struct Report {
    totals: BTreeMap<Kind, (usize, usize)>,
    /// Ids of the cases in which we differ, and how.
    pub differences: BTreeMap<u32, Difference>,
}

impl Report {
    pub fn of(cases: &[Case]) -> Self {
        let mut report = Self { totals: BTreeMap::new(), differences: BTreeMap::new() };
        for case in cases {
            let difference = case.difference();
            let (passed, total) = report.totals.entry(case.kind).or_default();
            *total += 1;
            *passed += usize::from(difference.is_none());
            report.differences.extend(difference.map(|difference| (case.id, difference)));
        }
        report
    }

    #[allow(dead_code, reason = "the example prints them")]
    pub fn failing(&self) -> BTreeSet<u32> {
        self.differences.keys().copied().collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, (passed, total)) in &self.totals {
            let name = match kind {
                Kind::Render => "render",
                Kind::RuntimeError => "runtime_error",
                Kind::SyntaxError => "syntax_error",
            };
            writeln!(f, "{name}: {passed}/{total}")?;
        }
        let failing: Vec<_> = self.differences.keys().map(u32::to_string).collect();
        write!(f, "failing: {}", failing.join(" "))
    }
}
