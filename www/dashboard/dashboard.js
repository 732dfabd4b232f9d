// The script of the dashboard: it copies values, refreshes the list of carts and proposes time zones.
// Everything works without it. It never parses text as HTML: the renewed list arrives through XMLHttpRequest as a
// document, which runs no script and is no Trusted Types sink, so the page needs no policy.

// A poll reads up to 60 rows of D1: every 15 s, and only while somebody looks, keeps a whole day below 350,000 rows.
const RENEWAL_MS = 15_000;

offerCopying();
renewWhileWatched();
closeHelpOnEscapeAndOutside();
proposeZones();
checkSelectors();
hideBrokenPictures();

// The browser that uses a selector judges it: this one tells the owner before the form is sent.
function checkSelectors() {
  for (const field of document.querySelectorAll("input[name^=selector_]")) {
    // A field that is wrong must be seen, also where its part of the form was closed again.
    field.addEventListener("invalid", () => { field.closest("details").open = true; });
    field.addEventListener("input", () => {
      field.setCustomValidity("");
      if (field.value.trim() === "") return;
      try {
        document.createDocumentFragment().querySelector(field.value);
      } catch {
        field.setCustomValidity("This is not a CSS selector. Write it like #checkout-email or .cart-item .price, or leave the field empty.");
      }
    });
  }
}

function offerCopying() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const value = document.getElementById(button.dataset.copy)?.textContent ?? "";
      const written = await navigator.clipboard.writeText(value).then(() => true, () => false);
      button.textContent = written ? "Copied" : "Selected";
      if (!written) selectText(button.dataset.copy);
      setTimeout(() => { button.textContent = "Copy"; }, 2_000);
    });
  }
}

function selectText(id) {
  const range = document.createRange();
  range.selectNodeContents(document.getElementById(id));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

function renewWhileWatched() {
  if (!document.querySelector("[data-renewed-from]")) return;
  let timer = 0;
  let last = performance.now();

  const plan = () => {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    timer = setTimeout(renew, Math.max(0, last + RENEWAL_MS - performance.now()));
  };

  const renew = () => {
    last = performance.now();
    const shown = document.querySelector("[data-renewed-from]");
    if (!shown) return;
    const request = new XMLHttpRequest();
    request.open("GET", shown.dataset.renewedFrom);
    request.responseType = "document";
    request.timeout = RENEWAL_MS;
    request.onloadend = () => {
      const fresh = request.status === 200 ? request.responseXML?.getElementById(shown.id) : null;
      // Logged out or offline: the list stays as it is, and says so.
      if (fresh) replace(shown, document.importNode(fresh, true));
      else shown.querySelector(".live")?.classList.add("stalled");
      plan();
    };
    request.send();
  };

  document.addEventListener("visibilitychange", plan);
  plan();
}

/** Puts the fresh list in place of the shown one; untouched when equal, and the keyboard stays where it was. */
function replace(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  const focused = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  shown.replaceWith(fresh);
  if (focused) [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
}

function closeHelpOnEscapeAndOutside() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const help of document.querySelectorAll("details.how[open]")) {
      help.open = false;
      if (help.contains(document.activeElement)) help.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const help of document.querySelectorAll("details.how[open]")) if (!help.contains(event.target)) help.open = false;
  });
}

function proposeZones() {
  const list = document.getElementById("zones");
  if (!list) return;
  for (const zone of Intl.supportedValuesOf?.("timeZone") ?? []) list.append(new Option(zone, zone));
  const field = document.querySelector("input[list=zones]");
  if (field.value === "") field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

/** A product's picture may be gone; the empty frame looks better than the browser's torn one. */
function hideBrokenPictures() {
  for (const picture of document.querySelectorAll(".picture img")) {
    const hide = () => { picture.hidden = true; };
    if (picture.complete && picture.naturalWidth === 0) hide();
    else picture.addEventListener("error", hide);
  }
}
