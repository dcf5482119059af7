//! A browser without a window, and the driver that moves it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::stage::Screen;

const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A driver that listens until it is stopped.
pub(crate) struct Driver {
    child: Mutex<Child>,
    url: String,
}

impl Driver {
    /// Starts the driver, or says what is missing.
    pub(crate) fn start() -> Result<Self, String> {
        for program in [BROWSER, DRIVER] {
            if !Path::new(program).exists() {
                return Err(format!("needs {program}"));
            }
        }
        let mut child = Command::new(DRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{DRIVER} does not start: {error}"))?;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let told = line.split_once("started successfully on port ")?.1;
            told.trim_end_matches('.').parse::<u16>().ok()
        });
        // Whoever does not read on lets the driver wait for ever with its next line.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let port = port.ok_or_else(|| format!("{DRIVER} names no port"))?;
        Ok(Self { child: Mutex::new(child), url: format!("http://127.0.0.1:{port}") })
    }

    /// Ends the driver. The program ends with an exit, which drops nothing.
    pub(crate) fn stop(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// A new browser with a profile of its own.
    pub(crate) async fn open(&self, screen: Screen) -> (WebDriver, TempDir) {
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(BROWSER).unwrap();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        wanted.add_arg(&format!("--window-size={},{}", screen.width, screen.height)).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let browser = WebDriver::new(&self.url, wanted).await.unwrap();
        // A window of a headless browser has a smallest width, the emulated screen has none.
        let size = json!({"width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": false});
        browser.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": if screen.dark { "dark" } else { "light" }}]});
        browser.cdp().send_raw("Emulation.setEmulatedMedia", scheme).await.unwrap();
        (browser, profile)
    }
}
