//! Chromium, driven by the DevTools protocol over a pipe: pages as borrowers see them.
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// Commands come in as descriptor 3 and answers go out as 4 (`--remote-debugging-pipe`).
const RUN: &str = "exec chromium --headless --no-sandbox --disable-gpu --no-first-run --remote-debugging-pipe \
                   --user-data-dir=\"$0\" about:blank 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";

/// A tab of a browser of its own.
pub struct Browser {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    profile: PathBuf,
    session: Option<String>,
    last: u64,
    /// Pages loaded that nobody waited for yet.
    loaded: u32,
    /// What the browser complained of.
    complaints: Vec<String>,
}

impl Browser {
    /// Starts one with a window of this width in CSS pixels.
    ///
    /// # Panics
    /// Where Chromium is missing.
    pub fn start(width: u32, runs_scripts: bool) -> Self {
        let found = Command::new("sh").args(["-c", "command -v chromium"]).stdout(Stdio::null()).status();
        assert!(
            found.is_ok_and(|status| status.success()),
            "no chromium found, in which pages are opened (Debian: apt install chromium)"
        );
        let profile = std::env::temp_dir().join(format!("postrider-browser-{}-{width}", std::process::id()));
        let mut process = Command::new("sh")
            .args(["-c", RUN])
            .arg(&profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let commands = process.stdin.take().expect("piped");
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        let mut browser = Self {
            process,
            commands,
            answers,
            profile,
            session: None,
            last: 0,
            loaded: 0,
            complaints: Vec::new(),
        };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.ask("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Log", "Runtime", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        let screen = json!({ "width": width, "height": 640, "deviceScaleFactor": 1, "mobile": true });
        browser.ask("Emulation.setDeviceMetricsOverride", screen);
        browser.ask("Emulation.setScriptExecutionDisabled", json!({ "value": !runs_scripts }));
        browser
    }

    /// Has a window of another width, in light or dark colors, and prefers a language.
    pub fn become_one(&mut self, width: u32, height: u32, dark: bool, language: &str) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", screen);
        let scheme = if dark { "dark" } else { "light" };
        let colors = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.ask("Emulation.setEmulatedMedia", colors);
        self.ask("Network.setExtraHTTPHeaders", json!({ "headers": { "Accept-Language": language } }));
    }

    /// Runs a script of the test's own in the page, whatever the page lets in, and gives what its promise comes to.
    pub fn run(&mut self, script: &str) -> Value {
        let asked = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{answer:#}");
        answer["result"]["value"].clone()
    }

    /// Types into a field of the page.
    pub fn type_into(&mut self, selector: &str, text: &str) {
        let focus = format!("document.querySelector({}).focus()", json!(selector));
        self.run(&focus);
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Clicks on something that leads to another page, and waits for that.
    pub fn follow(&mut self, selector: &str) {
        self.loaded = 0;
        self.evaluate(&format!("document.querySelector({}).click()", json!(selector)));
        self.wait_for_page();
    }

    /// The page as it looks, whole, as a PNG in base 64.
    pub fn picture(&mut self) -> String {
        let asked = json!({ "format": "png", "captureBeyondViewport": true });
        self.ask("Page.captureScreenshot", asked)["data"].as_str().unwrap_or_default().to_owned()
    }

    /// What the browser complained of since this was asked last: errors of scripts, and what a policy did not let in.
    pub fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// Opens a page and waits for it.
    pub fn open(&mut self, url: &str) {
        self.ask("Page.navigate", json!({ "url": url }));
        self.wait_for_page();
    }

    /// What an expression is in the page, whether or not the page's own scripts run.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true });
        self.ask("Runtime.evaluate", asked)["result"]["value"].clone()
    }

    /// Presses a key: `Tab`, `ArrowDown`, `Enter`.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "ArrowDown" => (40, None),
            "Enter" => (13, Some("\r")),
            other => panic!("no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if let (Some(text), "keyDown") = (text, kind) {
                event["text"] = text.into();
            }
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Waits until a page was loaded.
    pub fn wait_for_page(&mut self) {
        while self.loaded == 0 {
            self.read();
        }
        self.loaded = 0;
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).expect("the browser runs");
        loop {
            let answer = self.read();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.answers.read_until(0, &mut message).expect("the browser runs");
        message.pop();
        let message: Value = serde_json::from_slice(&message).expect("the browser speaks JSON");
        self.loaded += u32::from(message["method"] == "Page.loadEventFired");
        let is_error =
            message["method"] == "Log.entryAdded" && message["params"]["entry"]["level"] == "error";
        if is_error || message["method"] == "Runtime.exceptionThrown" {
            self.complaints.push(message["params"].to_string());
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself, and what is left of its profile is in the temporary folder.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
