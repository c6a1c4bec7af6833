//! Documents that would harm a careless printer. Each ends, in time and in little memory, as a PDF or as its
//! author's error message; none ends the process, and none reads a file or opens a connection.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    env, fs,
    io::{self, Read as _, Write as _},
    net::TcpListener,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::letter::Sheet;
use letters::limits;

/// What starting the process and giving up may take beyond [`limits::TIME`].
const SLACK: Duration = Duration::from_secs(5);
/// What no document takes, in kB.
const MEMORY: usize = 512 * 1024;
/// One at a time, so that each has its time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
#[ignore = "prints what it is given; run by the others, in a process of its own"]
fn given() {
    let mut html = String::new();
    io::stdin().read_to_string(&mut html).unwrap();
    let result = letters::print(&html, &Sheet::default());
    let peak = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB").trim().to_owned();
    println!(
        "\nOUTCOME {peak} {}",
        result.map_or_else(|unprinted| unprinted.to_string(), |_| "printed".into())
    );
}

/// Prints in a process of its own: what came of it, within time and memory.
fn outcome(html: &str) -> String {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let started = Instant::now();
    let mut process = Command::new(env::current_exe().unwrap())
        .args(["--exact", "given", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(html.as_bytes()).unwrap();
    let output = String::from_utf8_lossy(&process.wait_with_output().unwrap().stdout).into_owned();
    let took = started.elapsed();
    let shown: String = html.chars().take(150).collect();
    let outcome = output.lines().find_map(|line| line.strip_prefix("OUTCOME "));
    let outcome = outcome.unwrap_or_else(|| panic!("the process ended: {shown}"));
    let (memory, outcome) = outcome.split_once(" kB ").unwrap();
    let memory: usize = memory.parse().unwrap();
    assert!(took < limits::TIME + SLACK, "took {took:?}: {shown}");
    assert!(memory < MEMORY, "took {memory} kB: {shown}");
    outcome.to_owned()
}

#[test]
fn what_is_nested_or_repeated_without_end_ends() {
    for html in [
        "<div>".repeat(5_000),
        "<table><tr><td>".repeat(60) + "a",
        "<div style='display:flex'>".repeat(150) + "a",
        "<div style='display:inline-block'>".repeat(150) + "a",
        "<b><i>".repeat(2_000) + &"<p>".repeat(50) + "a",
        format!("<table>{}", "<tr><td>a".repeat(100_000)),
        format!("<table>{}", "<tr><td>a<td>b<td>c<td>d".repeat(limits::ROWS)),
        "<p>a".repeat(limits::ELEMENTS - 10),
        "lorem ipsum dolor ".repeat(5_000),
        "a".repeat(1_000_000),
        ("a".repeat(limits::WORD) + " ").repeat(90),
        "<div style='position:absolute'>a</div>".repeat(9_000),
        format!("<p {}>a", (0..20_000).map(|n| format!("a{n}=1 ")).collect::<String>()),
    ] {
        assert!(!outcome(&html).is_empty());
    }
}

#[test]
fn styles_that_ask_for_too_much_end() {
    for style in [
        "p{width:99999999px;height:99999999px;padding:1e30px;font-size:1e9px}",
        "p{font-size:100000pt}",
        "p{line-height:1e8}",
        "p{position:fixed;top:99999999px}",
        "p{position:absolute;top:99999999px}",
        "p{display:grid;grid-template-columns:repeat(100000,1px);grid-template-rows:repeat(100000,1px)}",
        "p{display:grid}b{grid-row:999999;grid-column:999999}",
        "body{columns:100000}",
        "p{background:repeating-linear-gradient(red 0,blue .001px);background-size:.1px .1px}",
        "p{box-shadow:0 0 99999px red;filter:blur(9999px);transform:scale(1e9)}",
        "p::before{counter-increment:a 2000000000;content:counter(a) counters(a,'x')}",
        "p{break-before:page;page-break-after:always}",
        "@page{size:1in;margin:0}p{font-size:70pt}",
        "@page{size:1px}",
        "@page{size:100000mm}",
        "@page{margin:-100in}",
        "*{position:fixed}",
        "p{string-set:t content()}@page{@top-left{content:string(t)}}",
        "p{position:running(h)}@page{@top-left{content:element(h)}}",
        "p::after{content:target-counter(url(#a),page)}",
    ] {
        let html = format!("<style>{style}</style>{}", "<p id=a>one <b>two</b></p>".repeat(50));
        assert!(!outcome(&html).is_empty());
    }
    for css in [
        "(".repeat(500_000),
        format!("{}p{}{{}}", ":not(".repeat(190), ")".repeat(190)),
        format!("p{{width:{}1px{}}}", "calc(".repeat(190), ")".repeat(190)),
        format!("{}{{color:red}}", "p ".repeat(20_000)),
        "p:nth-child(2n+1) > b ~ b{color:red}".repeat(1_500),
    ] {
        assert!(!outcome(&format!("<style>{css}</style>{}", "<p>one".repeat(100))).is_empty());
    }
}

#[test]
fn images_that_would_grow_are_refused() {
    // 30,000 × 30,000 pixels, should anybody decode them.
    let bomb = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAdTAAAHUwCAIAAADpRW/tAAAAC0lEQVR4nGNgwAcAAB4AAfb96ZYAAAAASUVORK5CYII=";
    assert!(outcome(&format!("<img src={bomb}>")).contains("12 million pixels"));
    let small =
        "<img src=data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==>";
    assert_eq!(outcome(&small.repeat(10_000)), "the document shows more than 200 images");
    let doubling: String =
        (1..60).map(|n| format!("<g id=a{n}><use href='#a{0}'/><use href='#a{0}'/></g>", n - 1)).collect();
    let svg = format!("<svg width=9 height=9><g id=a0><path d='M0 0h9v9z'/></g>{doubling}</svg>");
    assert_eq!(outcome(&svg), "an SVG image has more than 16 `use` elements");
    for svg in [
        "<svg width=9 height=9><g id=a><use href='#a'/></g></svg>",
        "<svg width=1e30 height=1e30><rect width=1e30 height=1e30 /></svg>",
        "<svg width=900 height=900><path d='M0 0L900 900' stroke=red stroke-dasharray=0.00001 /></svg>",
    ] {
        assert!(!outcome(&format!("<p>a{svg}")).is_empty());
    }
}

#[test]
fn nothing_is_fetched() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let http = format!("http://{}/secret", server.local_addr().unwrap());
    let file = env::temp_dir().join(format!("secret-{}.css", std::process::id()));
    fs::write(&file, "p::before{content:'SECRET'}").unwrap();
    for url in [http, format!("file://{}", file.display()), file.display().to_string()] {
        for html in [
            format!("<link rel=stylesheet href='{url}'>"),
            format!("<style>@import url('{url}');</style>"),
            format!("<style>@import \"{url}\" print;</style>"),
            format!("<style>@font-face{{font-family:a;src:url({url})}}p{{font-family:a}}</style>"),
            format!("<base href='{url}'><a href=a>b</a>"),
            format!("<iframe src='{url}'></iframe><object data='{url}'></object><embed src='{url}'>"),
            format!("<video poster='{url}' src='{url}'></video><input type=image src='{url}'>"),
            format!("<img src='{url}'>"),
            format!("<img srcset='{url} 2x'>"),
            format!("<svg width=9 height=9><image href='{url}' width=9 height=9 /></svg>"),
            format!("<svg width=9 height=9><use href='{url}#a'/></svg>"),
            format!("<style>p{{background:url({url}) ; list-style-image:url({url})}}</style>"),
            format!("<style>p{{background:image-set('{url}' 1x)}}</style>"),
            format!("<style>@page{{@top-left{{content:url({url})}}}}</style>"),
        ] {
            if let Ok(pdf) = letters::print(&format!("{html}<p>a</p>"), &Sheet::default()) {
                let pdf = lopdf::Document::load_mem(&pdf).unwrap();
                assert!(!pdf.extract_text(&[1]).unwrap().contains("SECRET"), "{html}");
            }
        }
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(server.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "nobody connected");
}
