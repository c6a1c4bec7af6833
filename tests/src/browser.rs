//! Chromium, driven by the DevTools protocol over a pipe: pages as borrowers see them.
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use data_encoding::BASE64;
use serde_json::{Value, json};

/// Commands come in as descriptor 3 and answers go out as 4 (`--remote-debugging-pipe`). Lines are as wide in one system as in another
/// with the same fonts, and a window has no scrollbars, as on a phone.
const RUN: &str = "exec chromium --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
                   --font-render-hinting=none --remote-debugging-pipe --user-data-dir=\"$0\" about:blank \
                   3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";

/// How often Tab is pressed on the way to something, before there is said to be no way.
const MOST_TABS: usize = 150;

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
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("postrider-browser-{}-{number}", std::process::id()));
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
        // Without motion, a page looks at once as it is going to.
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme }, { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.ask("Emulation.setEmulatedMedia", media);
        self.ask("Network.setExtraHTTPHeaders", json!({ "headers": { "Accept-Language": language } }));
    }

    /// Runs a script of the test's own in the page, whatever the page lets in, and gives what its promise comes to.
    pub fn run(&mut self, script: &str) -> Value {
        let asked = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{answer:#}");
        answer["result"]["value"].clone()
    }

    /// Types into a field of the page, in the place of what stands there.
    pub fn type_into(&mut self, selector: &str, text: &str) {
        self.click(selector);
        self.press("Control+A");
        self.keys(text);
    }

    /// Types where the focus is: into a field, or how the name of an option begins.
    pub fn keys(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\n' => self.press("Enter"),
                other => self.key(&json!({ "key": other, "text": other })),
            }
        }
    }

    /// Clicks on something, over which nothing may lie.
    pub fn click(&mut self, selector: &str) {
        let place = format!(
            "(() => {{ const it = document.querySelector({}); it.scrollIntoView({{ block: 'center' }}); \
             const at = it.getClientRects()[0]; const [x, y] = [at.x + at.width / 2, at.y + at.height / 2]; \
             return it.contains(document.elementFromPoint(x, y)) ? {{ x, y }} : null }})()",
            json!(selector)
        );
        let place = self.run(&place);
        assert!(place.is_object(), "something lies over {selector}");
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// Clicks on something that leads to another page, and waits for that.
    pub fn follow(&mut self, selector: &str) {
        self.loaded = 0;
        self.click(selector);
        self.wait_for_page();
    }

    /// Loses all cookies, as if their time were over.
    pub fn lose_cookies(&mut self) {
        self.ask("Network.clearBrowserCookies", json!({}));
    }

    /// Goes on with Tab until something has the focus, as everybody must be able to, and see that it has.
    pub fn reach(&mut self, selector: &str) {
        let is_there = format!("document.activeElement.matches({})", json!(selector));
        let mut tabs = 0;
        while self.evaluate(&is_there) != true {
            tabs += 1;
            assert!(tabs < MOST_TABS, "Tab does not lead to {selector}");
            self.press("Tab");
        }
        let outline = self.evaluate("getComputedStyle(document.activeElement).outlineStyle");
        assert_eq!(outline, "solid", "{selector} does not show that it has the focus");
    }

    /// What something in the page says to whoever sees it.
    pub fn reads(&mut self, selector: &str) -> String {
        let said = self.run(&format!("document.querySelector({}).innerText", json!(selector)));
        said.as_str().unwrap_or_default().to_owned()
    }

    /// The page as it looks, whole, as a PNG.
    pub fn picture_of_page(&mut self) -> Vec<u8> {
        self.capture(true)
    }

    /// The part of the page that the window shows, as a PNG.
    pub fn picture_of_window(&mut self) -> Vec<u8> {
        self.capture(false)
    }

    fn capture(&mut self, whole: bool) -> Vec<u8> {
        let asked = json!({ "format": "png", "captureBeyondViewport": whole });
        let captured = self.ask("Page.captureScreenshot", asked);
        BASE64.decode(captured["data"].as_str().unwrap_or_default().as_bytes()).expect("base 64")
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

    /// Presses a key: `Tab`, `ArrowDown`, `Enter`, `Control+A`.
    pub fn press(&mut self, key: &str) {
        self.key(&match key {
            "Tab" => json!({ "key": key, "code": key, "windowsVirtualKeyCode": 9 }),
            "ArrowDown" => json!({ "key": key, "code": key, "windowsVirtualKeyCode": 40 }),
            "Enter" => json!({ "key": key, "code": key, "windowsVirtualKeyCode": 13, "text": "\r" }),
            // It is the system that makes of these keys what they do, and here is none.
            "Control+A" => json!({ "key": "a", "code": "KeyA", "modifiers": 2, "commands": ["selectAll"] }),
            other => panic!("no key {other}"),
        });
    }

    fn key(&mut self, key: &Value) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = key.clone();
            event["type"] = kind.into();
            if kind == "keyUp" {
                event["text"] = "".into();
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
