/** Elements of the page, made and found in one line each. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. `attributes` that begin with "on" are listeners, `true` sets an attribute
 * without a value, `false` and null leave it out; those of ARIA say "true" and "false". Children are
 * elements, text, or null for none.
 */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for elements of SVG. */
export function drawn(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** An icon of `icons.svg`, which screen readers pass over: what it stands on has a name. */
export function icon(name) {
  const use = drawn("use", { href: `/static/icons.svg#${name}` });
  return drawn("svg", { class: "icon", "aria-hidden": "true", viewBox: "0 0 20 20" }, use);
}

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A button with an icon and a name; `keys` is told with the name. */
export function iconButton(name, label, action, keys = "") {
  const title = keys ? `${label} (${keys})` : label;
  return element(
    "button",
    { type: "button", class: "tool", "aria-label": label, title, onclick: action },
    icon(name),
  );
}

/** Replace what an element holds; the focus stays on the same one of its controls. */
export function refill(place, children) {
  const controls = () => [...place.querySelectorAll("button, input, select, [tabindex]")];
  const focused = controls().indexOf(document.activeElement);
  place.replaceChildren(...children);
  controls()[focused]?.focus();
}

/** Show or hide an element. */
export function show(target, shown) {
  target.hidden = !shown;
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-")) made.setAttribute(name, String(value));
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}
