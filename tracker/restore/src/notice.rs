//! The notice: a status region at the foot of the page that can be closed and goes by itself.

use std::{cell::RefCell, rc::Rc};

use gloo::{events::EventListener, timers::callback::Timeout};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, prelude::JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, HtmlElement};

use crate::outcome::Text;

/// How long it stands when nobody touches it, milliseconds; reading two short lists aloud takes about ten seconds.
const STAYS: u32 = 20_000;
/// A status region must be in the page before its text, or screen readers do not read it; milliseconds.
const SETTLES: u32 = 100;

/// The system's own colours and the page's own letters, so that it fits any shop, light or dark.
const STYLE: &str = "position:fixed;inset:auto 1rem 1rem 1rem;max-width:34rem;margin:0 auto;padding:1rem;box-sizing:border-box;\
    max-height:60vh;overflow:auto;z-index:2147483000;background:Canvas;color:CanvasText;border:1px solid;border-radius:.5rem;\
    box-shadow:0 .25rem 1.5rem rgba(0,0,0,.25);text-align:start;font-size:1rem;line-height:1.5";

/// Shows the text and ends when the notice is gone: closed, or left alone for a while. While the pointer or the focus is
/// in it, it stays.
pub(crate) async fn show(text: &Text) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let document = window.document().ok_or(JsValue::NULL)?;
    let region = element(&document, "div")?;
    region.set_attribute("role", "status")?;
    region.set_attribute("data-cartwake-ignore", "")?;
    document.body().ok_or(JsValue::NULL)?.append_child(&region)?;
    after(SETTLES).await?;
    region.style().set_css_text(STYLE);
    let close = fill(&document, &region, text)?;

    let mut kept = Vec::new();
    let gone = Promise::new(&mut |resolve: Function, _| kept = listen(&region, &close, &Rc::new(resolve)));
    JsFuture::from(gone).await?;
    drop(kept);
    region.remove();
    Ok(())
}

/// Closing, and a clock that runs only while the notice is left alone.
fn listen(region: &HtmlElement, close: &HtmlElement, resolve: &Rc<Function>) -> Vec<EventListener> {
    let end = |resolve: &Function| drop(resolve.call0(&JsValue::NULL));
    let clock = Rc::new(RefCell::new(None));
    let run = {
        let (clock, resolve) = (Rc::clone(&clock), Rc::clone(resolve));
        move || {
            let resolve = Rc::clone(&resolve);
            *clock.borrow_mut() = Some(Timeout::new(STAYS, move || end(&resolve)));
        }
    };
    run();
    let mut listeners = vec![{
        let resolve = Rc::clone(resolve);
        EventListener::new(close, "click", move |_| end(&resolve))
    }];
    for (stay, leave) in [("mouseenter", "mouseleave"), ("focusin", "focusout")] {
        let (clock, run) = (Rc::clone(&clock), run.clone());
        listeners.push(EventListener::new(region, stay, move |_| *clock.borrow_mut() = None));
        listeners.push(EventListener::new(region, leave, move |_| run()));
    }
    listeners
}

/// Writes the text and gives back the button that closes.
fn fill(document: &Document, region: &HtmlElement, text: &Text) -> Result<HtmlElement, JsValue> {
    let sentence = element(document, "p")?;
    sentence.set_text_content(Some(text.sentence));
    sentence.style().set_css_text("margin:0 0 .5rem;font-weight:600");
    region.append_child(&sentence)?;
    for (heading, names) in &text.lists {
        let paragraph = element(document, "p")?;
        paragraph.set_text_content(Some(heading));
        paragraph.style().set_css_text("margin:.5rem 0 0");
        let list = element(document, "ul")?;
        list.style().set_css_text("margin:0;padding-inline-start:1.5rem");
        for name in names {
            let item = element(document, "li")?;
            item.set_text_content(Some(name));
            list.append_child(&item)?;
        }
        region.append_child(&paragraph)?;
        region.append_child(&list)?;
    }
    let close = element(document, "button")?;
    close.set_attribute("type", "button")?;
    close.set_text_content(Some("Close"));
    close.style().set_css_text("margin-top:.75rem;padding:.5rem 1rem;font:inherit");
    region.append_child(&close)?;
    Ok(close)
}

fn element(document: &Document, name: &str) -> Result<HtmlElement, JsValue> {
    Ok(document.create_element(name)?.dyn_into()?)
}

async fn after(milliseconds: u32) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::new(&mut |resolve, _| {
        Timeout::new(milliseconds, move || drop(resolve.call0(&JsValue::NULL))).forget();
    }))
    .await
}
