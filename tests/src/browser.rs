//! A shopper's browser: real Chromium over its driver, a fresh profile each time.
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};

use crate::process::Server;
use crate::tools::{self, Tools};
use crate::wait;

/// What a browser with a window calls itself; without one it adds the word headless.
const SHOPPER: &str = "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
/// A page's own work (its script, a request to the Worker) is over long before; a busy machine may need it.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a browser is started: of some thousand one ends before it has a window, and nothing was tested by then.
const STARTS: u32 = 3;

/// The driver that starts browsers.
pub struct Driver {
    address: String,
    chromium: String,
    /// Ends with this value.
    _server: Server,
}

/// One browser window with a profile of its own.
pub struct Browser {
    client: Client,
    http: reqwest::Client,
    driver: String,
}

/// How large a window is, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// 1280 wide.
    Desk,
    /// 390 wide.
    Phone,
}

impl Driver {
    /// Starts the driver that `cargo xtask` found; its log goes to `<folder>/browser.log`.
    pub async fn start(folder: &Path) -> Result<Self> {
        let tools = Tools::from_environment()?;
        let (driver, chromium) = (tools::path("CARTWAKE_CHROMEDRIVER")?, tools::path("CARTWAKE_CHROMIUM")?);
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut server = Server::start(&tools, folder, "browser", &driver, &[format!("--port={port}")], |_| {})?;
        let address = format!("http://127.0.0.1:{port}");
        server.answers(&reqwest::Client::new(), &format!("{address}/status")).await?;
        Ok(Self { address, chromium: chromium.display().to_string(), _server: server })
    }

    /// Opens a window with an empty profile.
    pub async fn open(&self, window: Window) -> Result<Browser> {
        self.open_with(window, &json!({})).await
    }

    /// Opens a window with a profile that has only these preferences.
    pub async fn open_with(&self, window: Window, preferences: &Value) -> Result<Browser> {
        let (width, height) = match window {
            Window::Desk => (1280, 900),
            Window::Phone => (390, 844),
        };
        let size = format!("--window-size={width},{height}");
        let arguments = [
            "--headless",
            // Chromium's sandbox needs privileges that containers and root do not have; it visits only this machine.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-GB",
            // The tests play shoppers, and the tracker keeps what says of itself that a program drives it apart from shoppers.
            "--disable-blink-features=AutomationControlled",
            SHOPPER,
            &size,
        ];
        let mut options = json!({ "binary": self.chromium, "args": arguments, "prefs": preferences });
        if window == Window::Phone {
            // A window narrower than 500 pixels exists only on an emulated device.
            options["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0 } });
        }
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities);
        let mut left = STARTS;
        let client = loop {
            left -= 1;
            match builder.connect(&self.address).await {
                Ok(client) => break client,
                Err(error) if left == 0 => return Err(error).context("chromedriver started no browser"),
                Err(error) => eprintln!("once more: chromedriver started no browser: {error}"),
            }
        };
        Ok(Browser { client, http: reqwest::Client::new(), driver: self.address.clone() })
    }
}

impl Browser {
    /// Goes to an address and waits until the page has loaded.
    pub async fn visit(&self, address: &str) -> Result<()> {
        self.client.goto(address).await.with_context(|| format!("cannot open {address}"))
    }

    /// The address of the page.
    pub async fn address(&self) -> Result<String> {
        Ok(self.client.current_url().await?.to_string())
    }

    /// Waits for an element and returns it.
    pub async fn find(&self, css: &str) -> Result<Element> {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => Ok(element),
            Err(_) => bail!("no {css} on {}, which shows: {}", self.address().await?, self.words().await?),
        }
    }

    /// The beginning of the page's text, for messages.
    async fn words(&self) -> Result<String> {
        let text = self.evaluate("return document.body.innerText.replace(/\\s+/g, ' ').slice(0, 600)").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks an element once it is there and nothing (a sticky header, a passing message) lies over it.
    pub async fn click(&self, css: &str) -> Result<()> {
        self.find(css).await?;
        let to_the_middle = format!(
            "document.querySelector({})?.scrollIntoView({{ block: 'center', behavior: 'instant' }})",
            json!(css)
        );
        let clicked = wait::until("a click", PATIENCE, || async {
            self.evaluate(&to_the_middle).await?;
            let element = self.client.find(Locator::Css(css)).await?;
            Ok(element.click().await.ok())
        });
        match clicked.await {
            Ok(()) => Ok(()),
            Err(_) => bail!("cannot click {css} on {}, which shows: {}", self.address().await?, self.words().await?),
        }
    }

    /// The same in a frame of the page.
    pub async fn click_inside(&self, frame: &str, css: &str) -> Result<()> {
        let page = self.client.window().await?;
        self.find(frame).await?.enter_frame().await?;
        let clicked = self.click(css).await;
        // To the page itself, also where the click has led to another.
        self.client.switch_to_window(page).await?;
        clicked
    }

    /// Types into a field, key by key as a shopper does.
    pub async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        let element = self.find(css).await?;
        element.send_keys(text).await.with_context(|| format!("cannot type into {css}"))
    }

    /// Replaces what stands in a field, key by key, and leaves it with the tabulator.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        // WebDriver's code points for control, none held, and the tabulator.
        let keys = format!("\u{e009}a\u{e000}{text}\u{e004}");
        self.type_into(css, &keys).await
    }

    /// The text of an element once it is there.
    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.find(css).await?.text().await?)
    }

    /// Waits until an element's text satisfies a condition and returns it.
    pub async fn text_when(&self, css: &str, what: &str, is_right: impl Fn(&str) -> bool) -> Result<String> {
        let is_right = &is_right;
        let what = format!("{css} to show {what}");
        let shown = wait::until(&what, PATIENCE, || async move {
            // The element may be replaced while it is read; the next look finds the new one.
            let Ok(element) = self.client.find(Locator::Css(css)).await else { return Ok(None) };
            Ok(element.text().await.ok().filter(|text| is_right(text)))
        });
        match shown.await {
            Ok(text) => Ok(text),
            Err(error) => bail!("{error} on {}, which shows: {}", self.address().await?, self.words().await?),
        }
    }

    /// Runs a script in the page (`return …`) and gives what it returns.
    pub async fn evaluate(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Waits until a script in the page returns something that is true in JavaScript's eyes.
    pub async fn until(&self, what: &str, script: &str) -> Result<Value> {
        wait::until(what, PATIENCE, || async move {
            let value = self.evaluate(script).await?;
            let is_nothing =
                matches!(&value, Value::Null | Value::Bool(false)) || value == json!("") || value == json!(0);
            Ok((!is_nothing).then_some(value))
        })
        .await
    }

    /// What pages and the browser wrote into the console since the last look.
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = self.command("se/log", &json!({ "type": "browser" })).await?;
        let entries = entries.as_array().cloned().unwrap_or_default();
        Ok(entries.iter().filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect())
    }

    /// A command of the browser's developer tools, for what the driver has no word for.
    pub async fn tool(&self, command: &str, parameters: &Value) -> Result<Value> {
        self.command("goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await
    }

    /// A command that only this driver knows.
    async fn command(&self, name: &str, body: &Value) -> Result<Value> {
        let session = self.client.session_id().await?.context("the browser is closed")?;
        let address = format!("{}/session/{session}/{name}", self.driver);
        let answer: Value = self.http.post(address).json(body).send().await?.json().await?;
        if let Some(error) = answer["value"]["error"].as_str() {
            bail!("{name}: {error}, {}", answer["value"]["message"]);
        }
        Ok(answer["value"].clone())
    }

    /// Opens another tab with the same profile and goes on there.
    pub async fn open_tab(&self) -> Result<()> {
        let tab = self.client.new_window(true).await?;
        Ok(self.client.switch_to_window(tab.handle).await?)
    }

    /// Goes on in the tab that was opened as the `place`-th, from 0.
    pub async fn switch_to_tab(&self, place: usize) -> Result<()> {
        let tabs = self.client.windows().await?;
        let tab = tabs.into_iter().nth(place).with_context(|| format!("there is no tab {place}"))?;
        Ok(self.client.switch_to_window(tab).await?)
    }

    /// Goes back in the history.
    pub async fn back(&self) -> Result<()> {
        Ok(self.client.back().await?)
    }

    /// Saves what the window shows as a PNG file.
    pub async fn photograph(&self, file: &Path) -> Result<()> {
        let image = self.client.screenshot().await?;
        fs::write(file, image).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Closes the window as a shopper who leaves, and forgets the profile.
    pub async fn leave(self) -> Result<()> {
        // Away from the page first: `pagehide` is the last moment at which a tracker may speak.
        self.visit("about:blank").await?;
        Ok(self.client.close().await?)
    }
}
