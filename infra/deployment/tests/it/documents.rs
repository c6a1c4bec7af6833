//! What documents tell whoever runs an installation to type is there.

use std::{collections::BTreeSet, fs, path::Path};

use functions::catalog::{self, ALL};
use platform::{
    queues::Queue,
    secrets::{self, SecretsOf},
};

use crate::cloudformation::Template;

/// The stacks of an installation, by what their names have behind the prefix.
const STACKS: [(&str, &str); 6] = [
    ("", "template.yaml"),
    ("-storage", "infra/storage.yaml"),
    ("-queues", "infra/queues.yaml"),
    ("-alarms", "infra/alarms.yaml"),
    ("-domains", "infra/domains.yaml"),
    ("-pipeline", "infra/pipeline.yaml"),
];

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn guide() -> String {
    read("docs/deploying.md")
}

/// What stands behind each `before`, for as long as characters are those of a word.
fn behind<'a>(text: &'a str, before: &str, is_part: impl Fn(char) -> bool) -> BTreeSet<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(|c| !is_part(c)).next().unwrap_or_default()).collect()
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

#[test]
fn outputs_are_those_of_their_stacks() {
    let guide = guide();
    let asked = behind(&guide, "output $PREFIX", |c| is_name(c) || c == ' ');
    assert!(asked.len() > 5, "{asked:?}");
    for asked in asked {
        let mut words = asked.split(' ');
        let (stack, output) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (_, file) = STACKS.iter().find(|(name, _)| *name == stack).expect(asked);
        assert!(Template::read(file).outputs().contains(output), "{file} has no output {output}");
    }
}

#[test]
fn parameters_are_those_of_a_stack() {
    let guide = guide();
    let all: BTreeSet<String> =
        STACKS.iter().flat_map(|(_, file)| Template::read(file).parameters()).collect();
    let given = guide.split("PARAMETERS=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    let overridden = guide.split("--parameter-overrides ").skip(1);
    let overridden = overridden.map(|rest| rest.split("\n```").next().unwrap_or_default());
    let overridden = overridden.map(|rest| rest.split("\nmake ").next().unwrap_or_default());
    let given = given.chain(overridden).flat_map(str::split_whitespace);
    let mut names: BTreeSet<&str> = given.filter_map(|one| Some(one.split_once('=')?.0)).collect();
    // The first column of the table of parameters.
    let (_, table) = guide.split_once("| parameter | default |").unwrap();
    let table = table.split("\n\n").next().unwrap_or_default();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    names.extend(cells.flat_map(|cell| cell.split('`').filter(|word| word.chars().all(is_name))));
    names.extend(behind(&guide, "$(parameter ", is_name));
    names.remove("");
    assert!(names.len() > 10, "{names:?}");
    let unknown: Vec<_> = names.iter().filter(|name| !all.contains(**name)).collect();
    assert!(unknown.is_empty(), "no template has the parameters {unknown:?}");
}

/// Stacks, functions, queues, the table, the dashboard, and what the guide itself makes for its lender.
#[test]
fn names_behind_the_prefix_are_there() {
    let guide = guide();
    let mut there: BTreeSet<String> = STACKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    there.extend(ALL.iter().map(|function| format!("-{}", function.name)));
    there.extend(Queue::ALL.map(|queue| format!("-{}", queue.name())));
    for (_, alarm) in Template::read("infra/alarms.yaml").resources("AWS::CloudWatch::Alarm") {
        there.insert(alarm["AlarmName"]["Fn::Sub"].as_str().unwrap().replace("${Prefix}", ""));
    }
    // The table's name is a parameter; the restored table's is the reader's to choose.
    there.extend(["-", "-records", "-records-2", "-birch-mail"].map(str::to_owned));
    let unknown: Vec<_> =
        behind(&guide, "$PREFIX", is_name).into_iter().filter(|name| !there.contains(*name)).collect();
    assert!(unknown.is_empty(), "nothing is named $PREFIX{unknown:?}");
    for template in ["infra/storage.yaml", "template.yaml", "infra/alarms.yaml"] {
        assert!(read(template).contains("records"), "{template} names no table");
    }
}

#[test]
fn secrets_stand_where_functions_look_for_them() {
    let guide = guide();
    let mut folders = BTreeSet::new();
    for prefix in ["$PREFIX/", "postrider-prod/"] {
        for name in behind(&guide, prefix, |c| is_name(c) || "/<>".contains(c)) {
            let name = secrets::below("", name).unwrap();
            let of = SecretsOf::ALL.into_iter().find(|of| of.has(name));
            folders.insert(of.unwrap_or_else(|| panic!("{prefix}{name} is read by nobody")));
        }
    }
    assert_eq!(folders, BTreeSet::from(SecretsOf::ALL));
}

#[test]
fn addresses_are_those_of_routes_and_webhooks() {
    let guide = guide();
    let paths: Vec<&str> = catalog::routes().map(|(_, api)| api.path).collect();
    let is_part = |c: char| is_name(c) || c == '/';
    let of_webhooks = behind(&guide, "Url)api/", is_part).into_iter().map(|path| format!("/api/{path}"));
    let of_routes = ["$API/", "ApiUrl)/"].into_iter().flat_map(|before| behind(&guide, before, is_part));
    let asked: BTreeSet<String> = of_webhooks.chain(of_routes.map(|path| format!("/{path}"))).collect();
    assert!(asked.len() > 5, "{asked:?}");
    for asked in asked {
        assert!(paths.iter().any(|path| is_of(path, &asked)), "nobody answers {asked}");
    }
}

/// Whether a path with parameters is a route's: `/people/ext-first` is one of `/people/{id}`.
fn is_of(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    let parts = route.iter().zip(&path);
    route.len() == path.len()
        && route.last() != Some(&"{proxy+}")
        && parts.into_iter().all(|(route, path)| route == path || route.starts_with('{'))
}

#[test]
fn files_and_commands_are_there() {
    let guide = guide();
    let makefile = read("Makefile");
    for target in behind(&guide, "\nmake ", is_name) {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
    for file in behind(&guide, "infra/", |c| is_name(c) || c == '.') {
        read(&format!("infra/{}", file.trim_end_matches('.')));
    }
    for link in behind(&guide, "](", |c| c != ')') {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let text = if file.is_empty() { guide.clone() } else { read(&format!("docs/{file}")) };
        let is_there =
            anchor.is_empty() || text.lines().any(|line| anchored(line) == Some(anchor.to_owned()));
        assert!(is_there, "{file} has no heading {anchor}");
    }
    for file in ["template.yaml", "docs/runbook.md", ".github/workflows/deploy.yml"] {
        read(file);
    }
}

/// The anchor of a heading.
fn anchored(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading.to_lowercase().chars().filter(|c| is_name(*c) || *c == ' ').collect::<String>();
    Some(kept.replace(' ', "-"))
}

/// Whoever is woken finds there what it means.
#[test]
fn the_runbook_knows_every_alarm() {
    let runbook = read("docs/runbook.md");
    let known = behind(&runbook, "`postrider-", |c| c != '`');
    for (_, alarm) in Template::read("infra/alarms.yaml").resources("AWS::CloudWatch::Alarm") {
        let name = alarm["AlarmName"]["Fn::Sub"].as_str().unwrap().trim_start_matches("${Prefix}-");
        assert!(known.iter().any(|pattern| fits(pattern, name)), "docs/runbook.md lacks postrider-{name}");
    }
}

/// Whoever finds a dead letter finds there whether work is lost, and what to do.
#[test]
fn the_runbook_knows_what_the_dead_letters_of_every_queue_are() {
    let runbook = read("docs/runbook.md");
    let (_, table) = runbook.split_once("| queue | what is in it |").unwrap();
    let rows = table.split("\n\n").next().unwrap_or_default().lines();
    let first_cells: String = rows.filter_map(|row| row.strip_prefix("| ")?.split(" |").next()).collect();
    let known = behind(&first_cells, "`", is_name);
    for queue in Queue::ALL {
        assert!(known.contains(&*queue.name()), "docs/runbook.md lacks {}", queue.name());
    }
}

/// Whether a name is as the runbook has it, with `<…>` or `…` for any part: `<queue>-dead`.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern = if pattern.contains('<') { pattern.to_owned() } else { pattern.replace('…', "<>") };
    match (pattern.split_once('<'), pattern.split_once('>')) {
        (Some((before, _)), Some((_, after))) => name
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|part| !part.is_empty()),
        _ => pattern == name,
    }
}
