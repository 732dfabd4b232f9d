// Builds elements without markup strings, so that the pages need neither `innerHTML` nor inline anything.

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, unknown>} attributes `on…` functions become listeners, `true` an empty attribute; `false`, `null` and `undefined` are left out
 * @param {...(Node | string | null | false)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

/** The one element with this id. @returns {HTMLElement} */
export function byId(id) {
  return document.getElementById(id);
}

/** Replaces the children of `parent`; focus returns to the control with the same id. */
export function render(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.id : '';
  parent.replaceChildren(...children.filter((child) => child !== null && child !== false));
  if (focused) byId(focused)?.focus();
}
