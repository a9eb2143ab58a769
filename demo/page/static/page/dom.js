// The few things that the other modules do to the document.
export const $ = (id) => document.getElementById(id);

// make("li", { class: "badge" }, "text", child): an element. Text is never read as HTML.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const format = new Intl.NumberFormat("en-US");
export const grouped = (number) => format.format(number);

export const clock = (moment) => new Date(moment).toLocaleTimeString("en-GB");

export function show(element, visible) {
  element.hidden = !visible;
}

export function tell(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}
